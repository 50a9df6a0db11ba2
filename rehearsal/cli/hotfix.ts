import { hotfixWay } from '../../src/domain/hotfix/way.ts';
import type { Play } from './play.ts';

/** How one run of the app's workflows is started. */
export interface Way {
  readonly workflow: string;
  /** Full ref of the branch that is pushed. */
  readonly ref: string;
  /** The environments that it is to enter. */
  readonly environments: readonly string[];
}

const WORKFLOW = '.github/workflows/hotfix.yml';
const BRANCH = 'hotfix/greeting';

/** The workflow of docs/hotfix.md, for an app that has none. */
const callerOf = (suite: string, config: string): string => `name: Hotfix
on: { push: { branches: ['hotfix/**'] } }
permissions: {}
jobs:
  airlock:
    uses: ${suite}/.github/workflows/hotfix.yml@v1
    permissions: { actions: read, contents: read, deployments: write, pull-requests: write }
    with: { config: ${JSON.stringify(config)} }
    secrets: inherit
`;

/** The way of the pipeline. */
export const pipelineWay = ({ caller, stageSet }: Play): Way => ({
  workflow: caller.path,
  ref: 'refs/heads/main',
  environments: stageSet.configuration.environments.map(({ name }) => name),
});

/** Gives the app a hotfix workflow, before its first commit: a hotfix may not bring its own. */
export async function addHotfixCaller({ tree, caller }: Play): Promise<void> {
  if ((await tree.files()).includes(WORKFLOW)) return;
  await tree.write(WORKFLOW, callerOf(caller.suite, caller.config));
}

/** Starts a hotfix branch from what is checked out. */
export async function branchOff({ tree, stageSet }: Play): Promise<Way> {
  await tree.git('switch', '--quiet', '-c', BRANCH);
  const { route } = hotfixWay(stageSet.configuration);
  return { workflow: WORKFLOW, ref: `refs/heads/${BRANCH}`, environments: route.map(({ name }) => name) };
}
