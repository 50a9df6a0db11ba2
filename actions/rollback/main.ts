import { runAction } from '../../src/runner/run-action.ts';
import { contract } from './contract.ts';

await runAction(
  contract,
  async (inputs, runner) => {
    const { rollback } = await import('./run.ts');
    const { httpProber, openEnvironment, safeReverter } = await import('../../src/composition/index.ts');
    const opened = await openEnvironment(runner, inputs);
    const { configuration } = opened;
    const revertSafely = safeReverter(runner, configuration, inputs);
    const world = { ...opened, app: configuration.app, prober: httpProber, revertSafely };
    return rollback(inputs, world, runner.signal);
  },
  async (inputs, runner) => {
    const { settle } = await import('../../src/composition/index.ts');
    return settle(runner, inputs, 'rollback');
  },
);
