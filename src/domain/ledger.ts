import type { Digest, Release } from './release.ts';
import type { Verdict } from './verdict.ts';

/** What an entry records. GitHub shows it as the deployment's task. */
export type Task = 'deploy' | 'promote' | 'rollback' | 'hold' | 'release-hold' | 'override';

/** Where the recorded work stands. */
export type EntryState = 'started' | 'staged' | 'succeeded' | 'superseded' | 'failed' | 'cancelled';

/** The versioned body of a ledger entry. Written once, before the mutation it announces. */
export interface EntryPayload {
  readonly schema: 1;
  readonly release: Release;
  /** The provider and its id for the deployment; absent while a `deploy` has not staged it yet. */
  readonly target: { readonly provider: string; readonly deploymentId?: string };
  /** What was live before: where a rollback would go. */
  readonly previous?: { readonly deploymentId: string; readonly digest: Digest; readonly version: string };
  /** Migrations this run applied, in order. */
  readonly migrations: readonly string[];
  /** Verdicts that let this through, by the check that gave them. */
  readonly verdicts: Readonly<Record<string, Verdict>>;
  readonly run: { readonly id: string; readonly attempt: number; readonly url: string };
  readonly actor: string;
  readonly approvers: readonly string[];
  /** Why, for a rollback, hold or override. */
  readonly reason?: string;
  /** For a rollback: the entry whose release it undoes. */
  readonly undoes?: string;
}

export interface NewEntry {
  readonly task: Task;
  readonly environment: string;
  readonly payload: EntryPayload;
}

export interface LedgerEntry extends NewEntry {
  readonly id: string;
  readonly state: EntryState;
  /** When it was opened and when its state last changed, ISO 8601 in UTC. */
  readonly openedAt: string;
  readonly changedAt: string;
}

/** Which state may follow which. `succeeded → failed` is a release found bad after it went live. */
const NEXT: Readonly<Record<EntryState, readonly EntryState[]>> = {
  started: ['staged', 'succeeded', 'superseded', 'failed', 'cancelled'],
  staged: ['superseded', 'failed', 'cancelled'],
  succeeded: ['superseded', 'failed'],
  superseded: ['failed'],
  failed: [],
  cancelled: [],
};

/** Whether an entry may go from one state to another. Staying where it is is always allowed: reruns do. */
export const mayBecome = (from: EntryState, to: EntryState): boolean =>
  from === to || NEXT[from].includes(to);

/** Whether nothing more will happen to an entry by its own run. */
export const isSettled = (state: EntryState): boolean => state !== 'started' && state !== 'staged';

/** Whether the entry recorded that a release took an environment's traffic. A hold or override did not. */
const isActivation = (entry: LedgerEntry): boolean => entry.task === 'promote' || entry.task === 'rollback';

/** Whether the entry recorded an activation that passed its checks and was not found bad since. */
const wentWell = (entry: LedgerEntry): boolean =>
  isActivation(entry) && (entry.state === 'succeeded' || entry.state === 'superseded');

/**
 * Where a rollback goes: the newest activation that passed its checks, of another digest than the bad
 * one, leaving out every digest that was later found bad. By digest and not "the previous run": the same
 * bad release can stand in the ledger twice.
 *
 * @param entries one environment's entries, newest first
 */
export function lastGood(entries: readonly LedgerEntry[], bad: Digest | undefined): LedgerEntry | undefined {
  return entries.find((entry, index) => {
    if (!wentWell(entry) || entry.payload.release.digest === bad) return false;
    const foundBadLater = entries
      .slice(0, index)
      .some(
        (later) =>
          later.state === 'failed' &&
          isActivation(later) &&
          later.payload.release.digest === entry.payload.release.digest,
      );
    return !foundBadLater;
  });
}

/** Whether this digest went live in the environment with passing checks and still stands as good. */
export function isProven(entries: readonly LedgerEntry[], digest: Digest): boolean {
  const newest = entries.find(
    (entry) => isActivation(entry) && entry.payload.release.digest === digest && isSettled(entry.state),
  );
  return newest !== undefined && wentWell(newest);
}
