import { runAction } from '../../src/runner/run-action.ts';
import { contract } from './contract.ts';

await runAction(contract, async (inputs, runner) => {
  const { smokeTest } = await import('./run.ts');
  const { environmentNamed, httpProber, openConfiguration, readRelease } = await import(
    '../../src/composition/index.ts'
  );
  const environment = environmentNamed(await openConfiguration(runner, inputs.config), inputs.environment);
  const release = await readRelease(runner, inputs.release, inputs.digest);
  return smokeTest(inputs, { ...runner, environment, release, prober: httpProber }, runner.signal);
});
