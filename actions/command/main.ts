import { runAction } from '../../src/runner/run-action.ts';
import { contract } from './contract.ts';

await runAction(contract, async (inputs, runner) => {
  const { command } = await import('./run.ts');
  const { openCommand } = await import('../../src/composition/index.ts');
  return command(inputs, await openCommand(runner, inputs));
});
