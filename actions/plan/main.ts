import { runAction } from '../../src/runner/run-action.ts';
import { contract } from './contract.ts';

await runAction(contract, async (inputs, runner) => {
  const { plan } = await import('./run.ts');
  const { openPlan } = await import('../../src/composition/plan.ts');
  return plan(inputs, await openPlan(runner, inputs), runner.signal);
});
