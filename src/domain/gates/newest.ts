import { type LedgerEntry, lastPassed } from '../ledger.ts';
import { type ReleaseIdentity, sameRelease } from '../release.ts';
import { type GateAnswer, open, shut, unreadable } from './gate.ts';

/** How the commit that went live last stands to the commit that wants to enter. */
export type Relation = 'same' | 'contained' | 'contains' | 'diverged' | 'unknown';

/**
 * Whether entering would take a newer release away: running an old run again must not be a silent way
 * back. The newer one is that which passed here last, even when something bad has taken its place since.
 * What contains the live commit is newer. Where neither commit contains the other (a hotfix, a rewritten
 * history) the later run wins, so that pushing again always finds a way.
 */
export function newestGate(
  environment: string,
  last: LedgerEntry | undefined,
  runId: string,
  relation: Relation,
): GateAnswer {
  if (!last) return open('newest', `nothing went live in ${environment} with passing checks yet`);
  const { release, run } = last.payload;
  if (relation === 'same')
    return open('newest', `${release.version} went live here last, from this same commit`);
  if (relation === 'contained')
    return open('newest', `this release contains ${release.version}, which went live here last`);
  const next = 'To go back on purpose, use the rollback workflow. To go on, release a newer commit.';
  if (relation === 'contains') {
    const why = `${release.version} went live here last and contains this commit and more: entering would take it away`;
    return shut('newest', 'NOT_NEWEST', why, next);
  }
  const neither =
    relation === 'diverged'
      ? `neither this commit nor that of ${release.version}, which went live here last, contains the other`
      : `the commit of ${release.version}, which went live here last, is not in this repository’s history`;
  const order = compareRuns(run.id, runId);
  if (order === undefined) {
    return unreadable('newest', `${neither}, and the runs cannot be ordered`, next);
  }
  return order > 0
    ? shut('newest', 'NOT_NEWEST', `${neither}, and that one is from a later run`, next)
    : open('newest', `${neither}; this run is the later one`);
}

/**
 * What a later run made live here since this run staged its own: the plan came before and could not know.
 * Asked once the lane is won, where a caller lets runs into an environment side by side.
 *
 * @param entries one environment's entries, newest first
 */
export function overtakenBy(
  entries: readonly LedgerEntry[],
  release: ReleaseIdentity,
  runId: string,
): LedgerEntry | undefined {
  const own = entries.find(
    ({ task, payload }) =>
      task === 'deploy' && payload.run.id === runId && sameRelease(payload.release, release),
  );
  const last = lastPassed(entries);
  if (own === undefined || last?.task !== 'promote' || last.changedAt < own.openedAt) return undefined;
  const isOther = !sameRelease(last.payload.release, release);
  return isOther && (compareRuns(last.payload.run.id, runId) ?? 0) > 0 ? last : undefined;
}

/** GitHub counts runs up. Negative when `one` is the earlier; undefined when it cannot be told. */
function compareRuns(one: string, other: string): number | undefined {
  if (!/^\d{1,18}$/.test(one) || !/^\d{1,18}$/.test(other)) return undefined;
  const difference = BigInt(one) - BigInt(other);
  return difference === 0n ? 0 : difference > 0n ? 1 : -1;
}
