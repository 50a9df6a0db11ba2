import {
  branchesWith,
  defaultBranchHead,
  type Repository,
  requireWholeHistory,
} from '../../src/cycle/history.ts';
import type { Configuration, EnvironmentSettings } from '../../src/domain/configuration.ts';
import type { WorkflowEvent } from '../../src/domain/event.ts';
import { defaultBranchOf } from '../../src/domain/hotfix/branch.ts';
import { mayBear } from '../../src/domain/routes/reach.ts';

/**
 * Why the tag that started a run takes it nowhere: anybody who may push can put a tag on a commit that nobody
 * merged. Undefined where the default branch has the commit, or a branch that goes as far by itself, and for a
 * run that no tag started: by hand somebody chose the commit.
 *
 * @throws Failure HISTORY_SHALLOW, GIT_FAILED, DEFAULT_BRANCH_MISSING
 */
export async function unmergedTag(
  repository: Repository,
  { event, configuration }: { readonly event: WorkflowEvent; readonly configuration: Configuration },
  route: readonly EnvironmentSettings[],
  commit: string,
): Promise<string | undefined> {
  const to = route.at(-1)?.name;
  if (event.refType !== 'tag' || event.name === 'workflow_dispatch' || to === undefined) return undefined;
  const tag = event.ref.replace(/^refs\/tags\//, '');
  const main = defaultBranchOf(event);
  if (main === undefined)
    return `${tag} goes nowhere: the event does not say which branch is the default one`;
  await requireWholeHistory(repository);
  await defaultBranchHead(repository, main);
  const names = configuration.environments.map(({ name }) => name);
  const branches = await branchesWith(repository, commit);
  return branches.some((branch) => mayBear(configuration.routes, { branch, main, to, names }))
    ? undefined
    : `${tag} goes nowhere: its commit is not in ${main}, nor in a branch that goes to ${to}`;
}
