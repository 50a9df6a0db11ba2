import { pullRequestsIn } from '../overview.ts';
import { type Change, type Commit, readCommit } from './commit.ts';

/** What lies between two releases, for a reader. Each change stands in one of the lists. */
export interface Changes {
  readonly breaking: readonly Change[];
  readonly features: readonly Change[];
  readonly improvements: readonly Change[];
  readonly fixes: readonly Change[];
  /** Everything else, and what was taken back before it went live. */
  readonly others: readonly (Change & { readonly isUndone: boolean })[];
  readonly knownIssues: readonly string[];
  /** Numbers of the pull requests that it all came by, newest first. */
  readonly pullRequests: readonly number[];
}

/**
 * Sorts commits for a reader. What a later one takes back is neither a feature nor a fix, and still told: a
 * message can say so of whatever it likes.
 *
 * @param commits newest first
 */
export function changesOf(commits: readonly Commit[]): Changes {
  const all = commits.map((commit) => ({ commit, change: readCommit(commit) }));
  const undone = undoneBy(all.map(({ change }) => change));
  // A merge says where changes came from and is none, unless it says more.
  const told = all.filter(({ commit, change }) => commit.parents < 2 || change.isBreaking).map(toChange);
  const standing = told.filter(({ sha }) => !undone.has(sha));
  const calm = standing.filter(({ isBreaking }) => !isBreaking);
  const of = (group: Change['group']) => calm.filter((change) => change.group === group);
  return {
    breaking: standing.filter(({ isBreaking }) => isBreaking),
    features: of('feature'),
    improvements: of('improvement'),
    fixes: of('fix'),
    others: told
      .filter(({ sha, isBreaking, group }) => undone.has(sha) || (!isBreaking && group === 'other'))
      .map((change) => ({ ...change, isUndone: undone.has(change.sha) })),
    knownIssues: all.flatMap(({ change }) => (undone.has(change.sha) ? [] : change.knownIssues)),
    pullRequests: pullRequestsIn(commits.map(({ message }) => message.split('\n', 1)[0]?.trim() ?? '')),
  };
}

const toChange = ({ change }: { readonly change: Change }): Change => change;

/** From the newest on, so that one which was itself taken back takes nothing back. */
function undoneBy(changes: readonly Change[]): ReadonlySet<string> {
  const undone = new Set<string>();
  for (const { sha, reverts } of changes) if (reverts !== undefined && !undone.has(sha)) undone.add(reverts);
  return undone;
}
