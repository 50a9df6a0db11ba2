import { type EntryState, isActivation, type LedgerEntry } from '../ledger.ts';
import { type HotfixAnswer, open, shut, unknown } from './answer.ts';
import type { HotfixRecord } from './settings.ts';

/** A hotfix that went live, whose fix has to be in what comes after it. */
export interface Obligation {
  readonly version: string;
  readonly commit: string;
  readonly hotfix: HotfixRecord;
  /** Whether a normal release went live since: that one was held to it. */
  readonly wasMet: boolean;
}

/**
 * Whether a normal release passed that itself brought every hotfix before it. One that somebody let through
 * without is good for that one time, and settles nothing.
 */
export const wasHeldToIt = ({ task, state, payload }: LedgerEntry): boolean =>
  task === 'promote' &&
  (state === 'succeeded' || state === 'superseded') &&
  payload.hotfix === undefined &&
  payload.overridden?.includes('back-merge') !== true;

/** What the history says about one obligation. */
export type Finding =
  | { readonly kind: 'contained' }
  /** Commits of the fix whose change is not in the release, newest last. */
  | { readonly kind: 'missing'; readonly commits: readonly string[] }
  /** The hotfix's commit is not in the checkout any more: its branch was deleted. */
  | { readonly kind: 'gone' };

/** A promotion that was killed may have made its hotfix live: what nobody closed is owed too. */
const OWED: ReadonlySet<EntryState> = new Set(['started', 'succeeded', 'superseded']);

/**
 * Every hotfix that went live, or may have, and was not found bad, newest first, each commit once.
 *
 * @param entries production's entries of one app, newest first
 */
export function obligations(entries: readonly LedgerEntry[]): readonly Obligation[] {
  const seen = new Set<string>();
  let wasMet = false;
  return entries.flatMap((entry) => {
    const { state, payload } = entry;
    if (!isActivation(entry) || !OWED.has(state)) return [];
    const { hotfix, release } = payload;
    if (wasHeldToIt(entry)) wasMet = true;
    if (hotfix === undefined || seen.has(release.commit)) return [];
    seen.add(release.commit);
    return [{ version: release.version, commit: release.commit, hotfix, wasMet }];
  });
}

/**
 * Whether a normal release brings every hotfix with it. One whose commit is gone is only believed when a
 * release went live since, which was held to it while it was there.
 */
export function backMergeAnswer(
  found: readonly { readonly obligation: Obligation; readonly finding: Finding }[],
): HotfixAnswer {
  const missing = found.flatMap(({ obligation, finding }) =>
    finding.kind === 'missing' ? [{ ...obligation, commits: finding.commits }] : [],
  );
  const [first] = missing;
  if (first) {
    const named = missing.map(
      ({ version, hotfix, commits }) =>
        `${version} from ${hotfix.branch} (${commits.map((sha) => sha.slice(0, 7)).join(', ')})`,
    );
    return shut(
      'BACK_MERGE_MISSING',
      `this release would take a hotfix away again: ${named.join('; ')}`,
      `Merge the pull request from ${first.hotfix.branch} with a merge commit, or on the default branch: git merge ${first.commit}. Then release that.`,
    );
  }
  const gone = found.find(({ obligation, finding }) => finding.kind === 'gone' && !obligation.wasMet);
  if (gone) {
    const { version, commit, hotfix } = gone.obligation;
    return unknown(
      `the commit ${commit.slice(0, 7)} of the hotfix ${version} is not in this checkout, so nobody can tell whether its fix is in the release`,
      `Restore the branch ${hotfix.branch} on its pull request until this release is live, or let somebody record an override with a reason.`,
    );
  }
  return open(
    found.length === 0
      ? 'no hotfix went live'
      : `contains every hotfix: ${found.map(({ obligation }) => obligation.version).join(', ')}`,
  );
}
