import { type Scope, statusFunctions } from './evaluate.ts';
import type { Conclusion } from './events.ts';
import type { WorkflowRun } from './run-state.ts';
import type { Job, Workflow } from './workflow.ts';

/** What those who need a job learn of it. */
export interface Finished {
  readonly result: Conclusion;
  readonly outputs: Readonly<Record<string, string>>;
}

/** What a job's `if` sees. A skip or failure counts for the whole chain behind it, not only for direct needs. */
export function jobScope(within: WorkflowRun, job: Job, settled: ReadonlyMap<string, Finished>): Scope {
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

/** What every expression outside a job sees. */
export const baseScope = (within: WorkflowRun): Scope => ({
  contexts: { github: within.run.github, inputs: within.inputs, vars: within.run.request.variables },
});

export function jobOf(workflow: Workflow, id: string): Job {
  const job = workflow.jobs.get(id);
  if (job === undefined) throw new Error(`There is no job '${id}' in ${workflow.path}`);
  return job;
}
