import { createProposals } from '../github/proposals.ts';
import { createRuns } from '../github/runs.ts';
import type { Runner } from '../runner/runner.ts';
import { openApprovals, openComments } from './comments.ts';
import { openConfiguration } from './configuration.ts';
import { connect, openHolds, openLedger } from './ledger.ts';

/**
 * What it takes to do what a comment asks for: no target, no secret of an environment, and of the checkout
 * nothing but airlock.yml. The event is anybody's, so who wrote the comment is judged by the action itself.
 */
export async function openCommand(
  runner: Runner,
  inputs: { readonly config: string; readonly token: string },
) {
  const { token } = inputs;
  const github = connect(runner, token, runner.signal);
  return {
    ...runner,
    configuration: await openConfiguration(runner, inputs.config),
    comments: openComments(runner, token, ''),
    approvals: openApprovals(runner, token),
    proposals: createProposals(github),
    runs: createRuns(github),
    ledger: openLedger(runner, token),
    holds: openHolds(runner, token),
  };
}
