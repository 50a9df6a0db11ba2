import type { ControlEntry, HoldRecord, NewControl, WayBackRecord } from '../../src/domain/holds.ts';
import type { HoldLedger } from '../../src/ports/holds.ts';

/** What people said, in memory. */
export class MemoryHolds implements HoldLedger {
  readonly controls: ControlEntry[] = [];
  waysBack: WayBackRecord[] = [];
  /** Ids of ways back that were cut short; and of every one that was asked after. */
  readonly cutShort = new Set<string>();
  readonly askedAfter: string[] = [];
  /** Why what an entry opens does not count, by its id; and every entry that was asked after. */
  readonly doubts = new Map<string, string>();
  readonly doubted: string[] = [];

  async record(entry: NewControl): Promise<ControlEntry> {
    const at = new Date(Date.UTC(2026, 0, 1) + this.controls.length * 1_000).toISOString();
    const recorded = { ...structuredClone(entry), id: `control ${this.controls.length + 1}`, at };
    this.controls.unshift(recorded);
    return recorded;
  }

  doubt = async ({ id }: ControlEntry): Promise<string | undefined> => {
    this.doubted.push(id);
    return this.doubts.get(id);
  };

  gone = async (waysBack: readonly WayBackRecord[]): Promise<ReadonlySet<string>> => {
    const ids = waysBack.map(({ id }) => id);
    this.askedAfter.push(...ids);
    return new Set(ids.filter((id) => !this.cutShort.has(id)));
  };

  read = async (): Promise<HoldRecord> => ({ controls: [...this.controls], waysBack: this.waysBack });
}
