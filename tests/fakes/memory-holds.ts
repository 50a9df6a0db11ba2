import type { ControlEntry, HoldRecord, NewControl, WayBackRecord } from '../../src/domain/holds.ts';
import type { HoldLedger } from '../../src/ports/holds.ts';

/** What people said, in memory. */
export class MemoryHolds implements HoldLedger {
  readonly controls: ControlEntry[] = [];
  waysBack: WayBackRecord[] = [];

  async record(entry: NewControl): Promise<ControlEntry> {
    const at = new Date(Date.UTC(2026, 0, 1) + this.controls.length * 1_000).toISOString();
    const recorded = { ...structuredClone(entry), id: `control ${this.controls.length + 1}`, at };
    this.controls.unshift(recorded);
    return recorded;
  }

  read = async (): Promise<HoldRecord> => ({ controls: [...this.controls], waysBack: this.waysBack });
}
