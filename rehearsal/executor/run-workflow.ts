import { setMaxListeners } from 'node:events';
import { calledInputs, calledSecrets, sameOwner } from './call-inputs.ts';
import { inLane, NotAdmitted } from './concurrency.ts';
import { conditionOf, evaluateText, holds, type Scope } from './evaluate.ts';
import type { Conclusion } from './events.ts';
import { baseScope, type Finished, jobOf, jobScope } from './job-scope.ts';
import { type Combination, type Expanded, expandStrategy, suffixOf } from './matrix.ts';
import { permissionsOf } from './permissions.ts';
import { leavesFrom, leavesOf, nameOf, needsOf, planJobs, plannedJob } from './plan-jobs.ts';
import type { JobResult } from './request.ts';
import { keptResult } from './rerun.ts';
import { runJob } from './run-job.ts';
import type { WorkflowRun } from './run-state.ts';
import type { CallJob, Job } from './workflow.ts';

/** Runs all jobs of one workflow, each as soon as its needs allow, inside the workflow's own concurrency group. */
export async function runWorkflow(within: WorkflowRun): Promise<Finished> {
  const { concurrency } = within.workflow;
  try {
    return await inLane(within, concurrency, baseScope(within), within.cancelled, (cancelled, lanes) =>
      runJobs({ ...within, cancelled, lanes }),
    );
  } catch (error) {
    if (!(error instanceof NotAdmitted)) throw error;
    for (const job of within.workflow.jobs.values()) passOver(within, job, 'cancelled', error.message);
    return { result: 'cancelled', outputs: {} };
  }
}

async function runJobs(within: WorkflowRun): Promise<Finished> {
  const { workflow } = within;
  const finished = new Map<string, Promise<Finished>>();
  const settled = new Map<string, Finished>();
  const finish = (job: Job): Promise<Finished> => {
    const known = finished.get(job.id);
    if (known !== undefined) return known;
    const promise = (async () => {
      await Promise.all(job.needs.map((id) => finish(jobOf(workflow, id))));
      const outcome = await runOne(within, job, settled);
      settled.set(job.id, outcome);
      return outcome;
    })();
    finished.set(job.id, promise);
    return promise;
  };
  await Promise.all([...workflow.jobs.values()].map(finish));
  const jobs = Object.fromEntries(settled);
  const scope = { contexts: { ...baseScope(within).contexts, jobs } };
  const outputs = (workflow.call?.outputs ?? []).map(({ name, value }) => [name, evaluateText(value, scope)]);
  const result = combine([...settled.values()].map((outcome) => outcome.result));
  return { result, outputs: Object.fromEntries(outputs) };
}

/** Decides whether a job runs, then runs it: every combination of its matrix. */
async function runOne(
  within: WorkflowRun,
  job: Job,
  settled: ReadonlyMap<string, Finished>,
): Promise<Finished> {
  const scope = jobScope(within, job, settled);
  let condition: string;
  let expanded: Expanded;
  try {
    condition = conditionOf(job.if, scope);
    if (!holds(condition, scope))
      return passOver(within, job, within.cancelled.aborted ? 'cancelled' : 'skipped');
    expanded = expandStrategy(job.strategy, scope);
  } catch (error) {
    return passOver(within, job, 'failure', messageOf(error));
  }
  const { combinations, maxParallel } = expanded;
  const matrixStop = new AbortController();
  setMaxListeners(0, matrixStop.signal);
  const outputs: Record<string, string> = {};
  const results: Conclusion[] = [];
  const waiting = [...combinations.entries()];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, combination] = next;
      const outcome = await runCombination(
        within,
        job,
        scope,
        condition,
        expanded,
        index,
        combination,
        matrixStop.signal,
      );
      results.push(outcome.result);
      // A matrix hands on the last value that is not empty.
      for (const [name, value] of Object.entries(outcome.outputs)) if (value !== '') outputs[name] = value;
      if (outcome.result === 'failure' && expanded.failFast && combinations.length > 1)
        matrixStop.abort(new Error('Another job of this matrix failed'));
    }
  };
  await Promise.all(Array.from({ length: Math.min(maxParallel, combinations.length) }, work));
  return { result: combine(results), outputs };
}

async function runCombination(
  within: WorkflowRun,
  job: Job,
  scope: Scope,
  condition: string,
  expanded: Expanded,
  index: number,
  combination: Combination,
  matrixStop: AbortSignal,
): Promise<Finished> {
  const { run } = within;
  const inMatrix = job.strategy?.matrix !== undefined;
  const suffix = inMatrix ? suffixOf(combination) : '';
  const id = `${within.prefix}${job.id}${suffix === '' ? '' : ` (${suffix})`}`;
  const strategy = {
    'fail-fast': expanded.failFast,
    'job-index': index,
    'job-total': expanded.combinations.length,
    'max-parallel': Math.min(expanded.maxParallel, expanded.combinations.length),
  };
  const matrix = combination;
  const own: Scope = { ...scope, contexts: { ...scope.contexts, strategy, matrix } };
  const at = { prefix: within.prefix, namePrefix: within.namePrefix, scope: own, before: within.before };
  const needs = needsOf(within.workflow, job, at);
  if (inMatrix && job.kind === 'steps')
    run.tell({ type: 'jobs-planned', jobs: [plannedJob(job, at, needs, suffix)] });
  if (job.kind === 'steps') {
    const kept = keptResult(run, id, needs);
    if (kept) return keep(within, kept);
  }
  const inside = {
    prefix: `${id} / `,
    namePrefix: `${nameOf(job, at, suffix)} / `,
    before: needs,
  };

  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  const onCancelled = () => {
    // A job whose `if`, asked again, wants to run through a cancel is left alone.
    if (job.kind === 'steps' && stillHolds(condition, own)) return;
    stop.abort(within.cancelled.reason);
  };
  const onMatrixStop = () => stop.abort(matrixStop.reason);
  // A job that starts after the cancel was let in by its `if`.
  if (!within.cancelled.aborted) within.cancelled.addEventListener('abort', onCancelled, { once: true });
  if (matrixStop.aborted) onMatrixStop();
  else matrixStop.addEventListener('abort', onMatrixStop, { once: true });
  try {
    if (stop.signal.aborted) return passOver(within, job, 'cancelled', undefined, id);
    const work = async (cancelled: AbortSignal, lanes: readonly string[]): Promise<Finished> => {
      if (job.kind === 'call') return runCall({ ...within, lanes, cancelled }, job, own, inside, inMatrix);
      const permissions = permissionsOf(within.workflow, job, within.ceiling);
      const needed = own.contexts.needs as Readonly<Record<string, unknown>>;
      const order = { within, job, id, permissions, needs: needed, strategy, matrix, cancelled };
      const { conclusion, outputs } = await runJob(order);
      return { result: conclusion, outputs };
    };
    const blocked = (note: string) => {
      for (const leaf of leavesFrom(job, id))
        run.tell({ type: 'job-changed', job: leaf, status: 'blocked', note });
    };
    return await inLane(within, job.concurrency, own, stop.signal, work, blocked);
  } catch (error) {
    const conclusion = error instanceof NotAdmitted ? 'cancelled' : 'failure';
    return passOver(within, job, conclusion, messageOf(error), id);
  } finally {
    within.cancelled.removeEventListener('abort', onCancelled);
    matrixStop.removeEventListener('abort', onMatrixStop);
  }
}

/** A job that ran in an earlier attempt. */
function keep({ run }: WorkflowRun, kept: JobResult): Finished {
  const { id, conclusion, outputs } = kept;
  run.tell({ type: 'job-changed', job: id, status: conclusion, note: 'of an earlier attempt' });
  run.results.push(kept);
  return { result: conclusion, outputs };
}

function runCall(
  within: WorkflowRun,
  job: CallJob,
  scope: Scope,
  inside: Pick<WorkflowRun, 'prefix' | 'namePrefix' | 'before'>,
  inMatrix: boolean,
): Promise<Finished> {
  const { run } = within;
  const inputs = calledInputs(job, scope);
  const owner = within.workflow.home.repository;
  const inherits = job.secrets === 'inherit' && sameOwner(job.callee.home.repository, owner);
  if (inMatrix)
    run.tell({
      type: 'jobs-planned',
      jobs: planJobs(job.callee, { ...inside, scope: { ...scope, contexts: { ...scope.contexts, inputs } } }),
    });
  return runWorkflow({
    ...within,
    ...inside,
    workflow: job.callee,
    inputs,
    secrets: calledSecrets(job, { secrets: within.secrets, owner }, scope),
    environmentSecrets: within.environmentSecrets && inherits,
    ceiling: permissionsOf(within.workflow, job, within.ceiling),
  });
}

/**
 * Ends a job that does not run, with every job of the workflow it would have called.
 *
 * @param id of one job of a matrix; a matrix that never came to be counts as one job
 */
function passOver(
  within: WorkflowRun,
  job: Job,
  conclusion: Conclusion,
  note?: string,
  id?: string,
): Finished {
  const { run, prefix } = within;
  if (id === undefined && job.strategy?.matrix !== undefined) {
    const planned = { id: `${prefix}${job.id}`, name: `${within.namePrefix}${job.id}` };
    run.tell({ type: 'jobs-planned', jobs: [{ ...planned, needs: needsOf(within.workflow, job, within) }] });
  }
  for (const leaf of id === undefined ? leavesOf(job, prefix) : leavesFrom(job, id)) {
    if (note && conclusion === 'failure')
      run.tell({ type: 'annotation', job: leaf, level: 'error', message: note });
    run.tell({ type: 'job-changed', job: leaf, status: conclusion, ...(note ? { note } : {}) });
    run.results.push({ id: leaf, conclusion, outputs: {} });
  }
  return { result: conclusion, outputs: {} };
}

/** One failure fails the whole; else one cancel cancels it; what was skipped through and through is skipped. */
function combine(results: readonly Conclusion[]): Conclusion {
  if (results.includes('failure')) return 'failure';
  if (results.includes('cancelled')) return 'cancelled';
  return results.length > 0 && results.every((result) => result === 'skipped') ? 'skipped' : 'success';
}

function stillHolds(condition: string, scope: Scope): boolean {
  try {
    return holds(condition, scope);
  } catch {
    return false;
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
