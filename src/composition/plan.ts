import { createIssues } from '../github/issues.ts';
import { processRunner } from '../runner/processes.ts';
import type { Runner } from '../runner/runner.ts';
import { configuredNames } from './app-variables.ts';
import { keepCalendar, openCalendars } from './calendars.ts';
import { openApprovals, openComments } from './comments.ts';
import { openConfiguration } from './configuration.ts';
import { connect, openGatekeeper, openHolds, openLedger } from './ledger.ts';

/** What it takes to say what a run may do. Stands alone: calendars have weight that no other action needs. */
export async function openPlan(
  runner: Runner,
  inputs: {
    readonly config: string;
    readonly token: string;
    readonly 'team-token': string;
    readonly 'app-variables': string;
  },
) {
  return {
    ...runner,
    configuration: await openConfiguration(runner, inputs.config),
    configured: configuredNames(runner, inputs['app-variables']),
    processes: processRunner,
    ledger: openLedger(runner, inputs.token),
    holds: openHolds(runner, inputs.token),
    gatekeeper: openGatekeeper(runner, inputs.token),
    approvals: openApprovals(runner, inputs.token),
    comments: openComments(runner, inputs.token, inputs['team-token']),
    issues: createIssues(connect(runner, inputs.token, runner.signal)),
    calendars: openCalendars(runner),
    keepFile: keepCalendar(runner),
  };
}
