import { setMaxListeners } from 'node:events';
import { isMapping } from '@actions/workflow-parser';
import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/template-token';
import { calledInputs, calledSecrets, sameOwner } from './call-inputs.ts';
import { conditionOf, evaluate, evaluateText, holds, type Scope, statusFunctions } from './evaluate.ts';
import type { Conclusion } from './events.ts';
import type { Lane } from './lanes.ts';
import { type Combination, type Expanded, expandStrategy, suffixOf } from './matrix.ts';
import { permissionsOf } from './permissions.ts';
import { leavesOf, nameOf, needsOf, planJobs, plannedJob } from './plan-jobs.ts';
import { fieldsOf } from './read-workflow.ts';
import { runJob } from './run-job.ts';
import type { WorkflowRun } from './run-state.ts';
import type { CallJob, Job, Workflow } from './workflow.ts';

/** What those who need a job learn of it. */
export interface Finished {
  readonly result: Conclusion;
  readonly outputs: Readonly<Record<string, string>>;
}

/** Runs all jobs of one workflow, each as soon as its needs allow, inside the workflow's own concurrency group. */
export async function runWorkflow(within: WorkflowRun): Promise<Finished> {
  const scope = baseScope(within);
  const outcome = await inLane(
    within,
    within.workflow.concurrency,
    scope,
    within.cancelled,
    (signal, lanes) => runJobs({ ...within, cancelled: signal, lanes }),
  );
  return outcome ?? { result: 'cancelled', outputs: {} };
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
    const outcome = await inLane(
      within,
      job.concurrency,
      own,
      stop.signal,
      async (cancelled, lanes): Promise<Finished> => {
        if (job.kind === 'call') return runCall({ ...within, lanes, cancelled }, job, own, inside, inMatrix);
        const result = await runJob({
          within,
          job,
          id,
          permissions: permissionsOf(within.workflow, job, within.ceiling),
          needs: own.contexts.needs as Readonly<Record<string, unknown>>,
          strategy,
          matrix,
          cancelled,
        });
        return { result: result.conclusion, outputs: result.outputs };
      },
      (status, note) => {
        for (const leaf of job.kind === 'call'
          ? leavesOf({ ...job, strategy: undefined }, within.prefix)
          : [id])
          run.tell({ type: 'job-changed', job: leaf, status, ...(note === undefined ? {} : { note }) });
      },
    );
    if (outcome !== undefined) return outcome;
    if (job.kind === 'steps') run.results.push({ id, conclusion: 'cancelled', outputs: {} });
    return { result: 'cancelled', outputs: {} };
  } catch (error) {
    return passOver(within, job, 'failure', messageOf(error), id);
  } finally {
    within.cancelled.removeEventListener('abort', onCancelled);
    matrixStop.removeEventListener('abort', onMatrixStop);
  }
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
 * Runs `work` while holding the concurrency group, when one is named. Undefined when it was cancelled before
 * it got there.
 */
async function inLane<T>(
  within: WorkflowRun,
  concurrency: TemplateToken | undefined,
  scope: Scope,
  cancelled: AbortSignal,
  work: (cancelled: AbortSignal, lanes: readonly string[]) => Promise<T>,
  changed?: (status: 'blocked' | 'cancelled', note?: string) => void,
): Promise<T | undefined> {
  if (concurrency === undefined) return work(cancelled, within.lanes);
  const fields = isMapping(concurrency) ? fieldsOf(concurrency) : new Map([['group', concurrency]]);
  const { repository, lanes } = within.run.request;
  const group = `${repository}:${evaluateText(fields.get('group'), scope)}`;
  const shown = group.slice(repository.length + 1);
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  const onCancelled = () => stop.abort(cancelled.reason);
  if (cancelled.aborted) onCancelled();
  else cancelled.addEventListener('abort', onCancelled, { once: true });
  let lane: Lane | undefined;
  try {
    if (within.lanes.includes(group.toLowerCase()))
      throw new LaneCancelled(
        `Canceling since a deadlock was detected for concurrency group: '${shown}' between a top level workflow and '${within.workflow.name}'`,
      );
    if (lanes.isHeld(group)) changed?.('blocked', `waits for ${shown}`);
    lane = await lanes.enter(
      {
        group,
        cancelInProgress: truth(fields.get('cancel-in-progress'), scope),
        queue: evaluateText(fields.get('queue'), scope) === 'max' ? 'max' : 'single',
        cancel: (why) =>
          stop.abort(
            new LaneCancelled(
              why === 'replaced'
                ? `Canceling since a higher priority waiting request for '${shown}' exists`
                : `Canceling since the queue of '${shown}' is full`,
            ),
          ),
      },
      stop.signal,
    );
    return await work(stop.signal, [...within.lanes, group.toLowerCase()]);
  } catch (error) {
    if (lane !== undefined || !(stop.signal.aborted || error instanceof LaneCancelled)) throw error;
    const why = error instanceof LaneCancelled ? error.message : undefined;
    if (changed !== undefined) changed('cancelled', why);
    else for (const job of within.workflow.jobs.values()) passOver(within, job, 'cancelled', why);
    return undefined;
  } finally {
    lane?.leave();
    cancelled.removeEventListener('abort', onCancelled);
  }
}

class LaneCancelled extends Error {}

/** Ends a job that does not run, with every job of the workflow it would have called. */
function passOver(
  within: WorkflowRun,
  job: Job,
  conclusion: Conclusion,
  note?: string,
  id = `${within.prefix}${job.id}`,
): Finished {
  const { run } = within;
  if (job.kind === 'steps' && job.strategy?.matrix !== undefined && id === `${within.prefix}${job.id}`)
    run.tell({
      type: 'jobs-planned',
      jobs: [{ id, name: `${within.namePrefix}${job.id}`, needs: needsOf(within.workflow, job, within) }],
    });
  const leaves = job.kind === 'call' ? leavesOf(job, within.prefix) : [id];
  for (const leaf of leaves) {
    if (note !== undefined && conclusion === 'failure')
      run.tell({ type: 'annotation', job: leaf, level: 'error', message: note });
    run.tell({ type: 'job-changed', job: leaf, status: conclusion, ...(note === undefined ? {} : { note }) });
    run.results.push({ id: leaf, conclusion, outputs: {} });
  }
  return { result: conclusion, outputs: {} };
}

/** What a job's `if` sees. A skip or failure counts for the whole chain behind it, not only for direct needs. */
function jobScope(within: WorkflowRun, job: Job, settled: ReadonlyMap<string, Finished>): Scope {
  const ancestors = ancestorsOf(within.workflow, job);
  const resultsOf = (named: readonly string[]) =>
    (named.length > 0 ? named : ancestors).map((id) => settled.get(id)?.result);
  const needs = Object.fromEntries(
    job.needs.map((id) => [id, settled.get(id) ?? { result: 'skipped', outputs: {} }]),
  );
  return {
    contexts: { ...baseScope(within).contexts, needs },
    functions: statusFunctions({
      success: (named) =>
        !within.cancelled.aborted && resultsOf(named).every((result) => result === 'success'),
      failure: (named) => resultsOf(named).includes('failure'),
      cancelled: () => within.cancelled.aborted,
    }),
  };
}

function ancestorsOf(workflow: Workflow, job: Job): string[] {
  const found = new Set<string>();
  const visit = (id: string) => {
    if (found.has(id)) return;
    found.add(id);
    for (const need of jobOf(workflow, id).needs) visit(need);
  };
  for (const need of job.needs) visit(need);
  return [...found];
}

const baseScope = (within: WorkflowRun): Scope => ({
  contexts: { github: within.run.github, inputs: within.inputs, vars: within.run.request.variables },
});

function jobOf(workflow: Workflow, id: string): Job {
  const job = workflow.jobs.get(id);
  if (job === undefined) throw new Error(`There is no job '${id}' in ${workflow.path}`);
  return job;
}

/** One failure fails the whole; else one cancel cancels it; what was skipped through and through is skipped. */
export function combine(results: readonly Conclusion[]): Conclusion {
  if (results.includes('failure')) return 'failure';
  if (results.includes('cancelled')) return 'cancelled';
  return results.length > 0 && results.every((result) => result === 'skipped') ? 'skipped' : 'success';
}

const truth = (token: TemplateToken | undefined, scope: Scope): boolean =>
  token !== undefined && evaluate(token, scope) === true;

function stillHolds(condition: string, scope: Scope): boolean {
  try {
    return holds(condition, scope);
  } catch {
    return false;
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
