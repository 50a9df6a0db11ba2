import { runAction } from '../../src/runner/run-action.ts';
import { contract } from './contract.ts';

await runAction(contract, async (inputs, runner) => {
  const { smokeTest } = await import('./run.ts');
  const { environmentNamed, httpProber, openAccess, openConfiguration, readRelease } = await import(
    '../../src/composition/index.ts'
  );
  const configuration = await openConfiguration(runner, inputs.config);
  const environment = environmentNamed(configuration, inputs.environment);
  const release = await readRelease(runner, inputs.release, inputs.digest);
  const access = await openAccess(runner, configuration, environment);
  return smokeTest(inputs, { ...runner, environment, release, access, prober: httpProber }, runner.signal);
});
