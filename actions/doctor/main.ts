import { runAction } from '../../src/runner/run-action.ts';
import { contract } from './contract.ts';

await runAction(contract, async (inputs, runner) => {
  const { doctor } = await import('./run.ts');
  const { openExamination } = await import('../../src/composition/index.ts');
  return doctor(inputs, await openExamination(runner, inputs));
});
