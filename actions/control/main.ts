import { runAction } from '../../src/runner/run-action.ts';
import { contract } from './contract.ts';

await runAction(contract, async (inputs, runner) => {
  const { control } = await import('./run.ts');
  const { openControl } = await import('../../src/composition/index.ts');
  return control(inputs, await openControl(runner, inputs));
});
