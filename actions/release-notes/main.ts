import { runAction } from '../../src/runner/run-action.ts';
import { contract } from './contract.ts';

await runAction(contract, async (inputs, runner) => {
  const { releaseNotes } = await import('./run.ts');
  const { openNotes } = await import('../../src/composition/index.ts');
  return releaseNotes(inputs, await openNotes(runner, inputs));
});
