import { runAction } from '../../src/runner/run-action.ts';
import { contract } from './contract.ts';

await runAction(contract, async (inputs, runner) => {
  const { backMerge } = await import('./run.ts');
  const { openConfiguration, openPullRequests } = await import('../../src/composition/index.ts');
  return backMerge(inputs, {
    event: runner.event,
    configuration: await openConfiguration(runner, inputs.config),
    pullRequests: openPullRequests(runner, inputs.token),
  });
});
