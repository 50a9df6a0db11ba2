import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { runAction } from '../../src/runner/run-action.ts';
import { contract } from './contract.ts';

await runAction(contract, async (inputs, runner) => {
  const { buildCheck } = await import('./run.ts');
  const { createChecker, diskReleaseStore, openConfiguration, processRunner } = await import(
    '../../src/composition/index.ts'
  );
  const release = { version: inputs.version, commit: inputs.commit, builtAt: inputs['build-time'] };
  const world = {
    configuration: await openConfiguration(runner, inputs.config),
    checker: createChecker({
      ...runner,
      processes: processRunner,
      release,
      configured: inputs.configured,
    }),
    releases: diskReleaseStore,
    lanes: availableParallelism(),
    absolute: (path: string) => resolve(runner.workspace, path),
  };
  return buildCheck(inputs, { ...runner, ...world }, runner.signal);
});
