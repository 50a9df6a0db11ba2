import { runAction } from '../../src/runner/run-action.ts';
import { contract } from './contract.ts';

await runAction(
  contract,
  async (inputs, runner) => {
    const { deploy } = await import('./run.ts');
    const { environmentOf, keepEntry, openConfiguration, openLedger, openTarget, unpackRelease } =
      await import('../../src/composition/index.ts');
    const configuration = await openConfiguration(runner, inputs.config);
    const environment = environmentOf(configuration, inputs.environment);
    const { release, appDirectory: directory } = await unpackRelease(runner, inputs.release, inputs.digest);
    const target = await openTarget(runner, configuration, environment, inputs);
    const world = { environment, release, directory, target, ledger: openLedger(runner, inputs.token) };
    return deploy({ ...runner, ...world, keepEntry: keepEntry(runner) }, runner.signal);
  },
  async (inputs, runner) => (await import('../../src/composition/index.ts')).settle(runner, inputs),
);
