import { runAction } from '../../src/runner/run-action.ts';
import { contract } from './contract.ts';

await runAction(contract, async (inputs, runner) => {
  const { approve } = await import('./run.ts');
  const { openApproval } = await import('../../src/composition/index.ts');
  return approve(inputs, await openApproval(runner, inputs));
});
