import { Failure } from '../../src/domain/failure.ts';
import {
  type EntryState,
  isSettled,
  type LedgerEntry,
  mayBecome,
  type NewEntry,
} from '../../src/domain/ledger.ts';
import { sameRelease } from '../../src/domain/release.ts';
import type { Ledger } from '../../src/ports/ledger.ts';

/** A ledger in memory, held to the same contract suite as the one on GitHub. */
export class MemoryLedger implements Ledger {
  #entries: LedgerEntry[] = [];
  #ticks = 0;

  #now(): string {
    this.#ticks += 1;
    return new Date(Date.UTC(2026, 0, 1) + this.#ticks * 1000).toISOString();
  }

  async open(entry: NewEntry): Promise<LedgerEntry> {
    const own = this.#entries.find(
      (known) =>
        known.task === entry.task &&
        known.environment === entry.environment &&
        known.payload.release.app === entry.payload.release.app &&
        sameRelease(known.payload.release, entry.payload.release) &&
        known.payload.run.id === entry.payload.run.id &&
        !isSettled(known.state),
    );
    if (own) return own;
    const now = this.#now();
    const opened: LedgerEntry = {
      ...structuredClone(entry),
      id: String(this.#entries.length + 1),
      state: 'started',
      openedAt: now,
      changedAt: now,
    };
    this.#entries.unshift(opened);
    return opened;
  }

  async advance(id: string, to: EntryState): Promise<LedgerEntry> {
    const index = this.#entries.findIndex((entry) => entry.id === id);
    const entry = this.#entries[index];
    if (!entry) throw new Failure('LEDGER_ENTRY_UNKNOWN', `There is no entry ${id}.`, 'Open it first.');
    if (!mayBecome(entry.state, to)) {
      throw new Failure(
        'LEDGER_MOVE_REFUSED',
        `Entry ${id} is ${entry.state} and cannot become ${to}.`,
        'Read the ledger again.',
      );
    }
    if (entry.state === to) return entry;
    const moved = { ...entry, state: to, changedAt: this.#now() };
    this.#entries = this.#entries.with(index, moved);
    return moved;
  }

  async entries(environment: string, limit: number): Promise<readonly LedgerEntry[]> {
    return this.#entries.filter((entry) => entry.environment === environment).slice(0, limit);
  }
}
