import { runAction } from '../../src/runner/run-action.ts';
import { contract } from './contract.ts';

await runAction(
  contract,
  async (inputs, runner) => {
    const { rollback } = await import('./run.ts');
    const { httpProber, openEnvironment, safeReverter } = await import('../../src/composition/index.ts');
    const world = { ...(await openEnvironment(runner, inputs)), prober: httpProber };
    const revertSafely = safeReverter(runner, world.configuration, inputs);
    return rollback(inputs, { ...world, revertSafely }, runner.signal);
  },
  async (inputs, runner) => {
    const { settle } = await import('../../src/composition/index.ts');
    return settle(runner, inputs, 'rollback');
  },
);
