import { runAction } from '../../src/runner/run-action.ts';
import { contract } from './contract.ts';

await runAction(
  contract,
  async (inputs, runner) => {
    const { promote } = await import('./run.ts');
    const {
      environmentOf,
      httpProber,
      keepEntry,
      openConfiguration,
      openGatekeeper,
      openLedger,
      openTarget,
      readRelease,
    } = await import('../../src/composition/index.ts');
    const configuration = await openConfiguration(runner, inputs.config);
    const environment = environmentOf(configuration, inputs.environment);
    const world = {
      environment,
      release: await readRelease(runner, inputs.release),
      target: await openTarget(runner, configuration, environment, inputs),
      ledger: openLedger(runner, inputs.token),
      prober: httpProber,
      approvers: await openGatekeeper(runner, inputs.token).approvers(),
    };
    return promote(inputs, { ...runner, ...world, keepEntry: keepEntry(runner) }, runner.signal);
  },
  async (inputs, runner) => (await import('../../src/composition/index.ts')).settle(runner, inputs),
);
