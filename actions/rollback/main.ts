import { runAction } from '../../src/runner/run-action.ts';
import { contract } from './contract.ts';

await runAction(
  contract,
  async (inputs, runner) => {
    const { rollback } = await import('./run.ts');
    const { environmentOf, httpProber, keepEntry, openConfiguration, openLedger, openTarget, safeReverter } =
      await import('../../src/composition/index.ts');
    const configuration = await openConfiguration(runner, inputs.config);
    const environment = environmentOf(configuration, inputs.environment);
    const world = {
      environment,
      target: await openTarget(runner, configuration, environment, inputs),
      ledger: openLedger(runner, inputs.token),
      prober: httpProber,
      revertSafely: safeReverter(runner, configuration, inputs),
    };
    return rollback(inputs, { ...runner, ...world, keepEntry: keepEntry(runner) }, runner.signal);
  },
  async (inputs, runner) => (await import('../../src/composition/index.ts')).settle(runner, inputs),
);
