import { isMapping } from '@actions/workflow-parser';
import { calledInputs } from './call-inputs.ts';
import { evaluateText, type Scope } from './evaluate.ts';
import type { PlannedJob } from './events.ts';
import { fieldsOf } from './read-workflow.ts';
import type { CallJob, Job, StepsJob, Workflow } from './workflow.ts';

/** Where a workflow stands in the nest, and what is known of it before it runs. */
export interface Standpoint {
  readonly prefix: string;
  readonly namePrefix: string;
  readonly scope: Scope;
  /** Planned ids that the calling job waits for. */
  readonly before: readonly string[];
}

/**
 * The jobs of a workflow and of those it calls, as far as they are known before anything ran. A matrix
 * adds its jobs when it is expanded.
 */
export function planJobs(workflow: Workflow, at: Standpoint): PlannedJob[] {
  return [...workflow.jobs.values()].flatMap((job) => {
    if (job.strategy?.matrix !== undefined) return [];
    const before = needsOf(workflow, job, at);
    if (job.kind === 'steps') return [plannedJob(job, at, before, '')];
    const inside = inputsOf(job, at.scope);
    return planJobs(job.callee, {
      prefix: `${at.prefix}${job.id} / `,
      namePrefix: `${nameOf(job, at, '')} / `,
      scope: { ...at.scope, contexts: { ...at.scope.contexts, inputs: inside } },
      before,
    });
  });
}

/** Planned ids of a job: its own, or those of the workflow it calls. A matrix counts as one. */
export function leavesOf(job: Job, prefix: string): string[] {
  if (job.kind === 'steps' || job.strategy?.matrix !== undefined) return [`${prefix}${job.id}`];
  return leavesFrom(job, `${prefix}${job.id}`);
}

/** Planned ids of one job whose own id is known, such as one of a matrix. */
export const leavesFrom = (job: Job, id: string): string[] =>
  job.kind === 'steps'
    ? [id]
    : [...job.callee.jobs.values()].flatMap((nested) => leavesOf(nested, `${id} / `));

/** Planned ids that a job waits for; the first jobs of a called workflow wait for what their caller needs. */
export function needsOf(workflow: Workflow, job: Job, at: Pick<Standpoint, 'prefix' | 'before'>): string[] {
  if (job.needs.length === 0) return [...at.before];
  return job.needs.flatMap((id) => {
    const need = workflow.jobs.get(id);
    return need === undefined ? [] : leavesOf(need, at.prefix);
  });
}

/** @param suffix of a matrix job: its values */
export function plannedJob(
  job: StepsJob,
  at: Standpoint,
  needs: readonly string[],
  suffix: string,
): PlannedJob {
  const environment = environmentName(job, at.scope);
  return {
    id: `${at.prefix}${job.id}${suffix === '' ? '' : ` (${suffix})`}`,
    name: `${at.namePrefix}${nameOf(job, { ...at, namePrefix: '' }, suffix)}`,
    needs,
    ...(environment === '' ? {} : { environment }),
  };
}

/** A job's name as GitHub shows it, without the names of its callers' jobs when `namePrefix` is empty. */
export function nameOf(job: Job, at: Pick<Standpoint, 'namePrefix' | 'scope'>, suffix: string): string {
  const plain = `${job.id}${suffix === '' ? '' : ` (${suffix})`}`;
  return `${at.namePrefix}${orElse('', () => evaluateText(job.name, at.scope)) || plain}`;
}

/** The environment that a job names; empty when it names none. */
export const environmentName = (job: StepsJob, scope: Scope): string => {
  const { environment } = job;
  const name =
    environment !== undefined && isMapping(environment) ? fieldsOf(environment).get('name') : environment;
  return orElse('', () => evaluateText(name, scope));
};

const inputsOf = (job: CallJob, scope: Scope): Record<string, unknown> =>
  orElse({}, () => calledInputs(job, scope));

/** Before a run, what depends on an output is not known yet. */
function orElse<T>(otherwise: T, work: () => T): T {
  try {
    return work();
  } catch {
    return otherwise;
  }
}
