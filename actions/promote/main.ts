import { runAction } from '../../src/runner/run-action.ts';
import { contract } from './contract.ts';

await runAction(
  contract,
  async (inputs, runner) => {
    const { promote } = await import('./run.ts');
    const { httpProber, openEnvironment, readApprovers, readRelease } = await import(
      '../../src/composition/index.ts'
    );
    const release = await readRelease(runner, inputs.release, inputs.digest);
    const world = await openEnvironment(runner, inputs);
    const approvers = await readApprovers(runner, inputs, world.environment);
    return promote(inputs, { ...world, release, approvers, prober: httpProber }, runner.signal);
  },
  async (inputs, runner) => {
    const { settle } = await import('../../src/composition/index.ts');
    return settle(runner, inputs, 'promote');
  },
);
