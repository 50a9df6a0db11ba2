import { hotfixWay } from '../../src/domain/hotfix/way.ts';
import { HOTFIX, type Play } from './play.ts';
import type { Way } from './way.ts';

const BRANCH = 'hotfix/greeting';

/** The workflow of docs/hotfix.md, for an app that has none. */
const callerOf = (suite: string, config: string): string => `name: Hotfix
on: { push: { branches: ['hotfix/**'] } }
permissions: {}
jobs:
  airlock:
    uses: ${suite}/.github/workflows/hotfix.yml@v1
    permissions: { actions: read, contents: read, deployments: write, issues: read, pull-requests: write }
    with: { config: ${JSON.stringify(config)} }
    secrets: inherit
`;

/** Gives the app a hotfix workflow, before its first commit: a hotfix may not bring its own. */
export async function addHotfixCaller({ tree, caller }: Play): Promise<void> {
  if ((await tree.files()).includes(HOTFIX)) return;
  await tree.write(HOTFIX, callerOf(caller.suite, caller.config));
}

/** Starts a hotfix branch from what is checked out. */
export async function branchOff({ tree, stageSet, starter }: Play): Promise<Way> {
  await tree.git('switch', '--quiet', '-c', BRANCH);
  const { route } = hotfixWay(stageSet.configuration);
  const environments = route.map(({ name }) => name);
  return { workflow: HOTFIX, ref: `refs/heads/${BRANCH}`, environments, by: starter };
}
