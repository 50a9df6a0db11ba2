import type { WorkflowEvent } from '../domain/event.ts';
import {
  type EntryPayload,
  isSettled,
  type LedgerEntry,
  type NewEntry,
  type Task,
} from '../domain/ledger.ts';
import type { Release } from '../domain/release.ts';
import type { Ledger } from '../ports/ledger.ts';

/** How far back the ledger is read for a decision: GitHub answers this in one page. */
export const LEDGER_DEPTH = 100;

/** A new entry of this run, with what every entry carries. */
export function entryOf(
  task: Task,
  environment: string,
  event: WorkflowEvent,
  about: { release: Release; target: EntryPayload['target'] } & Partial<EntryPayload>,
): NewEntry {
  return {
    task,
    environment,
    payload: {
      schema: 1,
      migrations: [],
      verdicts: {},
      approvers: [],
      run: event.run,
      actor: event.triggeringActor,
      ...about,
    },
  };
}

/** Marks every entry that this activation took the place of. Safe to run again after a kill. */
export async function supersedeOthers(
  ledger: Ledger,
  environment: string,
  winner: LedgerEntry,
): Promise<void> {
  for (const entry of await ledger.entries(environment, LEDGER_DEPTH)) {
    if (entry.id === winner.id) continue;
    const wasLive = entry.state === 'succeeded' && (entry.task === 'promote' || entry.task === 'rollback');
    const wasStaged =
      entry.state === 'staged' && entry.payload.release.digest === winner.payload.release.digest;
    if (!wasLive && !wasStaged) continue;
    await ledger.advance(entry.id, 'superseded', {
      text: wasLive ? `Superseded by ${winner.payload.release.version}` : 'Promoted',
    });
  }
}

/**
 * Settles an entry whose step did not come to its end: a killed or cancelled run is not a success.
 *
 * @returns a line for the log, or nothing when the entry was settled already
 */
export async function settleUnfinished(
  ledger: Ledger,
  environment: string,
  id: string,
): Promise<string | undefined> {
  const entry = (await ledger.entries(environment, LEDGER_DEPTH)).find((candidate) => candidate.id === id);
  if (!entry || isSettled(entry.state) || entry.state === 'staged') return undefined;
  await ledger.advance(id, 'cancelled', { text: 'The run ended before this was finished' });
  return `Ledger entry ${id} (${entry.task} of ${entry.payload.release.version}) is recorded as cancelled.`;
}
