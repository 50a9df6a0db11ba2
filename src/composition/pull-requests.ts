import { createPullRequests } from '../github/pull-requests.ts';
import type { PullRequests } from '../ports/pull-requests.ts';
import type { Runner } from '../runner/runner.ts';
import { connect } from './ledger.ts';

/** Pull requests of this run's repository. */
export const openPullRequests = (runner: Runner, token: string): PullRequests =>
  createPullRequests(connect(runner, token, runner.signal));
