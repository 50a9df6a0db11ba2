import { defaultBranchOf } from '../domain/hotfix/branch.ts';
import { createApprovals } from '../github/approvals.ts';
import { createGatekeeper } from '../github/environments.ts';
import { createHoldLedger } from '../github/holds.ts';
import { createIssues } from '../github/issues.ts';
import { createLedger } from '../github/ledger.ts';
import { processRunner } from '../runner/processes.ts';
import type { Runner } from '../runner/runner.ts';
import { configuredNames } from './app-variables.ts';
import { keepCalendar, openCalendars } from './calendars.ts';
import { openApprovals, openComments } from './comments.ts';
import { openConfiguration } from './configuration.ts';
import { connect } from './ledger.ts';

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
  // One for all that is read: what is asked in one moment goes in one request.
  const github = connect(runner, inputs.token, runner.signal);
  return {
    ...runner,
    configuration: await openConfiguration(runner, inputs.config),
    configured: configuredNames(runner, inputs['app-variables']),
    processes: processRunner,
    ledger: createLedger(github),
    holds: createHoldLedger(github, { main: defaultBranchOf(runner.event) }),
    gatekeeper: createGatekeeper(github),
    // What it writes of them a cancel does not cut short.
    approvals: { ...createApprovals(github), record: openApprovals(runner, inputs.token).record },
    comments: openComments(runner, inputs.token, inputs['team-token'], github),
    issues: createIssues(github),
    calendars: openCalendars(runner),
    keepFile: keepCalendar(runner),
  };
}
