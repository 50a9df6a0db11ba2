import { runAction } from '../../src/runner/run-action.ts';
import { contract } from './contract.ts';

await runAction(contract, async (inputs, runner) => {
  const { plan } = await import('./run.ts');
  const { configuredNames, openConfiguration, openGatekeeper, openLedger, processRunner } = await import(
    '../../src/composition/index.ts'
  );
  const world = {
    configuration: await openConfiguration(runner, inputs.config),
    configured: configuredNames(runner, inputs['app-variables']),
    processes: processRunner,
    ledger: openLedger(runner, inputs.token),
    gatekeeper: openGatekeeper(runner, inputs.token),
  };
  return plan(inputs, { ...runner, ...world }, runner.signal);
});
