import { runAction } from '../../src/runner/run-action.ts';
import { contract } from './contract.ts';

await runAction(contract, async (inputs, runner) => {
  const { plan } = await import('./run.ts');
  const {
    configuredNames,
    openApprovals,
    openComments,
    openConfiguration,
    openGatekeeper,
    openHolds,
    openLedger,
    processRunner,
  } = await import('../../src/composition/index.ts');
  const { keepCalendar, openCalendars } = await import('../../src/composition/calendars.ts');
  const world = {
    configuration: await openConfiguration(runner, inputs.config),
    configured: configuredNames(runner, inputs['app-variables']),
    processes: processRunner,
    ledger: openLedger(runner, inputs.token),
    holds: openHolds(runner, inputs.token),
    gatekeeper: openGatekeeper(runner, inputs.token),
    calendars: openCalendars(runner),
    approvals: openApprovals(runner, inputs.token),
    comments: openComments(runner, inputs.token, inputs['team-token']),
    keepFile: keepCalendar(runner),
  };
  return plan(inputs, { ...runner, ...world }, runner.signal);
});
