import { NO_ATTRIBUTES } from '../../src/cycle/change.ts';
import {
  defaultBranchHead,
  git,
  isAncestor,
  lines,
  type Repository,
  requireWholeHistory,
  SHA,
} from '../../src/cycle/history.ts';
import type { Finding, Obligation } from '../../src/domain/hotfix/back-merge.ts';

/**
 * Commits of the default branch itself that are in a hotfix and not in what is live, newest first. Only its
 * own line counts: what was merged into it from the hotfix is no stranger there.
 *
 * @throws Failure GIT_FAILED, DEFAULT_BRANCH_MISSING
 */
export async function broughtAlong(
  repository: Repository,
  { main, live, commit }: { main: string; live: string; commit: string },
): Promise<readonly string[]> {
  const head = await defaultBranchHead(repository, main);
  const [mainline, own] = await Promise.all([
    lines(repository, ['rev-list', '--first-parent', head, `^${live}`, '--']),
    lines(repository, ['rev-list', commit, `^${live}`, '--']),
  ]);
  const onMain = new Set(mainline);
  return own.filter((one) => onMain.has(one));
}

/**
 * Whether a commit brings a hotfix with it: as an ancestor; or change by change, as `git cherry` tells it, for
 * one that was picked or rebased; or because merging it would change nothing, for one that was squashed.
 *
 * @throws Failure HISTORY_SHALLOW, GIT_FAILED
 */
export async function findHotfix(
  repository: Repository,
  commit: string,
  { commit: fix, hotfix: { base } }: Pick<Obligation, 'commit' | 'hotfix'>,
): Promise<Finding> {
  await requireWholeHistory(repository);
  if (!(await exists(repository, fix)) || !(await exists(repository, base))) return { kind: 'gone' };
  if (await isAncestor(repository, fix, commit)) return { kind: 'contained' };
  const [cherry, merges] = await Promise.all([
    lines(repository, ['cherry', commit, fix, base]),
    lines(repository, ['rev-list', '--merges', fix, `^${commit}`, `^${base}`, '--']),
  ]);
  // A merge has no change of its own to compare, and yet may hold one.
  const missing = [...cherry.flatMap((line) => /^\+ ([0-9a-f]{40})$/.exec(line)?.[1] ?? []), ...merges];
  if (missing.length === 0 || (await mergesToNothing(repository, commit, fix))) return { kind: 'contained' };
  return { kind: 'missing', commits: missing };
}

async function exists(repository: Repository, commit: string): Promise<boolean> {
  return SHA.test(commit) && (await git(repository, ['cat-file', '-e', `${commit}^{commit}`])).code === 0;
}

/** A conflict, and a git before 2.38, which cannot tell, are no yes. */
async function mergesToNothing(repository: Repository, commit: string, fix: string): Promise<boolean> {
  const merged = await git(repository, [...NO_ATTRIBUTES, 'merge-tree', '--write-tree', commit, fix]);
  if (merged.code !== 0) return false;
  const [tree] = await lines(repository, ['rev-parse', '--verify', `${commit}^{tree}`]);
  return tree !== undefined && merged.stdout.trim() === tree;
}
