import { createIssues } from '../github/issues.ts';
import { createRuns } from '../github/runs.ts';
import { processRunner } from '../runner/processes.ts';
import type { Runner } from '../runner/runner.ts';
import { openApprovals, openComments } from './comments.ts';
import { openConfiguration } from './configuration.ts';
import { connect, openGatekeeper, openHolds, openLedger } from './ledger.ts';

/** What it takes to ask people for their approval, and to hear them: no target, and no secret of an environment. */
export async function openApproval(
  runner: Runner,
  inputs: { readonly config: string; readonly token: string; readonly 'team-token': string },
) {
  const github = connect(runner, inputs.token);
  return {
    ...runner,
    configuration: await openConfiguration(runner, inputs.config),
    processes: processRunner,
    ledger: openLedger(runner, inputs.token),
    holds: openHolds(runner, inputs.token),
    gatekeeper: openGatekeeper(runner, inputs.token),
    approvals: openApprovals(runner, inputs.token),
    comments: openComments(runner, inputs.token, inputs['team-token']),
    issues: createIssues(github),
    runs: createRuns(github),
  };
}
