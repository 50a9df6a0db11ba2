import { runAction } from '../../src/runner/run-action.ts';
import { contract } from './contract.ts';

await runAction(contract, async (inputs, runner) => {
  const { preview } = await import('./run.ts');
  const { openPreview } = await import('../../src/composition/index.ts');
  return preview(inputs, await openPreview(runner, inputs), runner.signal);
});
