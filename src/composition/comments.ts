import { createApprovals } from '../github/approvals.ts';
import { createComments } from '../github/command-comments.ts';
import type { Approvals } from '../ports/approvals.ts';
import type { Comments } from '../ports/comments.ts';
import type { Runner } from '../runner/runner.ts';
import { connect } from './ledger.ts';

/**
 * What people say under issues and pull requests of this run’s repository.
 *
 * @param teamToken reads who belongs to a team; empty where nobody gave one
 */
export function openComments(
  runner: Runner,
  token: string,
  teamToken: string,
  github = connect(runner, token, runner.signal),
): Comments {
  return createComments(
    github,
    teamToken === '' ? {} : { members: connect(runner, teamToken, runner.signal) },
  );
}

/** Who was asked to let runs of this repository in, and what they said. */
export const openApprovals = (runner: Runner, token: string): Approvals =>
  createApprovals(connect(runner, token));
