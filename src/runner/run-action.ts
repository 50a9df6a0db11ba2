import { basename, dirname, resolve } from 'node:path';
import * as core from '@actions/core';
import { Failure } from '../domain/failure.ts';
import type { Outcome } from '../domain/outcome.ts';
import { systemClock } from './clock.ts';
import type { Contract, Inputs, Outputs } from './contract.ts';
import { readEvent } from './event.ts';
import { readInputs, secretValues } from './inputs.ts';
import { createLog, print } from './log.ts';
import { Redactor } from './redactor.ts';
import { reportFailure, reportOutcome, reportOutputs } from './report.ts';
import type { Runner } from './runner.ts';

/**
 * GitHub sends SIGINT on a cancel, SIGTERM 7.5 s later and SIGKILL 2.5 s after that. We are done before
 * the second signal or stop ourselves, so that outputs and the summary are always written.
 */
const CANCEL_GRACE_MS = 6_500;
/**
 * The file that GitHub starts after the job. A mark that main leaves would not do: a main that is killed
 * before it leaves it would be done by post, after the rollback.
 */
const POST_FILE = 'post.js';

/**
 * The work of a step: parsed inputs and the runner's world in, an outcome out. What `report` is given is
 * written at once and stands when the work fails or is killed later; the outcome has the last word.
 */
export type UseCase<C extends Contract> = (
  inputs: Inputs<C>,
  runner: Runner,
  report: (outputs: Outputs<C>) => void,
) => Promise<Outcome<Outputs<C>>>;

/** The work after the job: settles what main left open. Returns a line for the log, or nothing. */
export type Settle<C extends Contract> = (inputs: Inputs<C>, runner: Runner) => Promise<string | undefined>;

/**
 * Runs an action: masks, parses, runs, writes declared outputs, the summary and the exit code. It is the
 * only place where a thrown error ends. The same bundle is GitHub's `main` and `post`.
 */
export async function runAction<C extends Contract>(
  contract: C,
  useCase: UseCase<C>,
  settle?: Settle<C>,
): Promise<never> {
  const redactor = new Redactor();
  const cancel = new AbortController();
  const isPost = basename(process.argv[1] ?? '') === POST_FILE;
  let reported: Outputs<C> = {};
  const report = (outputs: Outputs<C>) => {
    reported = { ...reported, ...outputs };
    reportOutputs(contract, outputs, redactor.redact);
  };
  const fail = (error: unknown) =>
    process.exit(reportFailure(contract, error, isPost ? undefined : reported, redactor.redact));
  const onSignal = (signal: NodeJS.Signals) => {
    if (cancel.signal.aborted) return;
    const failure = new Failure(
      'CANCELLED',
      `${contract.name} was cancelled (${signal}).`,
      'Run the job again to finish or undo what was begun.',
    );
    cancel.abort(failure);
    // It keeps the process alive: work that waits for nothing more must not end without an outcome.
    setTimeout(() => fail(failure), CANCEL_GRACE_MS);
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);

  try {
    for (const secret of secretValues(contract, process.env)) redactor.add(secret);
    if (isPost) {
      const line = await settle?.(readInputs(contract, process.env), createRunner(redactor, cancel.signal));
      if (line) print(redactor.redact(line));
      process.exit(0);
    }
    const runner = createRunner(redactor, cancel.signal);
    const outcome = await useCase(readInputs(contract, process.env), runner, report);
    process.exit(reportOutcome(contract, outcome, redactor.redact));
  } catch (error) {
    return fail(error);
  }
}

function createRunner(redactor: Redactor, signal: AbortSignal): Runner {
  const event = readEvent(process.env);
  const variable = (name: string, fallback: string) => process.env[name] || fallback;
  return {
    log: createLog(redactor),
    redact: redactor.redact,
    clock: systemClock,
    event,
    signal,
    workspace: variable('GITHUB_WORKSPACE', process.cwd()),
    temporary: variable('RUNNER_TEMP', process.cwd()),
    bundles: resolve(dirname(process.argv[1] ?? '.'), '..'),
    variables: process.env,
    api: {
      rest: variable('GITHUB_API_URL', 'https://api.github.com'),
      graphql: variable('GITHUB_GRAPHQL_URL', 'https://api.github.com/graphql'),
      server: variable('GITHUB_SERVER_URL', 'https://github.com'),
    },
    state: { get: (name) => core.getState(name), save: (name, value) => core.saveState(name, value) },
  };
}
