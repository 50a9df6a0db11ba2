import type { EntryState, LedgerEntry, NewEntry } from '../domain/ledger.ts';

/**
 * Append-only record of what was done to environments. It outlives logs, and it is what a rollback
 * trusts. Throws `Failure`; a read that is not complete is an error, never a short list.
 */
export interface Ledger {
  /**
   * Opens an entry before the mutation it announces. The same run opening the same task for the same
   * environment and release of the same app gets its own unsettled entry back, so that a rerun adds nothing.
   */
  open(entry: NewEntry): Promise<LedgerEntry>;
  /**
   * Moves an entry on. Refuses a move that `mayBecome` does not allow, by what GitHub says now and not by
   * what the caller last read. `note` is for people: one short line.
   */
  advance(id: string, to: EntryState, note: { text: string; url?: string }): Promise<LedgerEntry>;
  /**
   * One environment's entries, those of every app of the repository, newest first, at most `limit`.
   *
   * @param suffices ends the reading early: asked of all that was read so far, wherever a ledger has pages
   */
  entries(
    environment: string,
    limit: number,
    suffices?: (read: readonly LedgerEntry[]) => boolean,
  ): Promise<readonly LedgerEntry[]>;
}
