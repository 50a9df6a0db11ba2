import { findStarted, isClosed, settleUnfinished } from '../cycle/ledger-entries.ts';
import { Failure } from '../domain/failure.ts';
import { defaultBranchOf } from '../domain/hotfix/branch.ts';
import type { Task } from '../domain/ledger.ts';
import { connectGitHub } from '../github/api.ts';
import { createGatekeeper } from '../github/environments.ts';
import { createHoldLedger } from '../github/holds.ts';
import { createLedger } from '../github/ledger.ts';
import type { ApprovalHistory, CommitHistory, Gatekeeper } from '../ports/gatekeeper.ts';
import type { HoldLedger } from '../ports/holds.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { Runner } from '../runner/runner.ts';
import { leaveLaneOfJob } from './lane.ts';

const ENTRY = 'airlock-entry';
const CLOSED = 'airlock-closed-entry';
const APP = 'airlock-app';

/** This run's repository on GitHub. */
export const connect = ({ api, clock, event }: Runner, token: string, signal?: AbortSignal) => {
  if (token === '') {
    throw new Failure(
      'TOKEN_MISSING',
      'There is no token for GitHub: `token` is empty.',
      'Leave `token` out of the `with:` block; its default is the job’s own token.',
    );
  }
  return connectGitHub({ token, api, repository: event.repository, clock, ...(signal ? { signal } : {}) });
};

/** The ledger of this run's repository. A cancel does not stop it: what was cut short must be written down. */
export const openLedger = (runner: Runner, token: string): Ledger => createLedger(connect(runner, token));

/** What is locked and held in this run's repository. */
export const openHolds = (runner: Runner, token: string): HoldLedger =>
  createHoldLedger(connect(runner, token), { main: defaultBranchOf(runner.event) });

/** GitHub's own gates of this repository, and who let runs through them. */
export const openGatekeeper = (runner: Runner, token: string): Gatekeeper & ApprovalHistory & CommitHistory =>
  createGatekeeper(connect(runner, token, runner.signal));

/** Keeps from main to post which app this is: before anything is opened, so that a kill finds it kept. */
export const keepApp = ({ state }: Runner, app: string): void => state.save(APP, app);

/** The ledger as main writes it, and how it keeps its own entry for post: which one it is, and that it was closed. */
export function openKeptLedger(runner: Runner, token: string) {
  const ledger = openLedger(runner, token);
  let own: string | undefined;
  return {
    keepEntry(id: string): void {
      own = id;
      runner.state.save(ENTRY, id);
    },
    ledger: {
      ...ledger,
      async advance(id, to, note) {
        const entry = await ledger.advance(id, to, note);
        if (id === own && isClosed(to)) runner.state.save(CLOSED, id);
        return entry;
      },
    } satisfies Ledger,
  };
}

/**
 * Closes the entry that main opened and did not come to close, and gives back the lane. Main may have been killed between GitHub's
 * answer and keeping the id: then the entry is looked for by its run.
 */
export async function settle(
  runner: Runner,
  inputs: { readonly environment: string; readonly token: string },
  task: Task,
): Promise<string | undefined> {
  const { environment, token } = inputs;
  const ledger = openLedger(runner, token);
  const place = { app: runner.state.get(APP), environment };
  try {
    const kept = runner.state.get(ENTRY);
    if (kept !== '' && runner.state.get(CLOSED) === kept) return undefined;
    const id = kept || (await findStarted(ledger, place, task, runner.event.run.id));
    return id === undefined ? undefined : await settleUnfinished(ledger, environment, id);
  } finally {
    await leaveLaneOfJob(runner, token, place);
  }
}
