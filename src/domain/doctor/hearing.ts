import type { Facts, Job, Workflow } from './facts.ts';
import { everyJob } from './places.ts';
import { amongWorkflows, type Fix, no, type Sighting, untold } from './rule.ts';
import { airlockPath } from './uses.ts';

/** A job that calls a part of Airlock. */
export interface Caller {
  readonly workflow: Workflow;
  readonly job: Job;
}

/** Jobs that call a workflow of Airlock, or the action of the same name. */
export function callersOf(facts: Facts, name: string): readonly Caller[] {
  const paths = [`.github/workflows/${name}.yml`, `actions/${name}`];
  return everyJob(facts).filter(({ job: { calls, steps } }) =>
    [...(calls === undefined ? [] : [calls]), ...steps].some(({ text }) =>
      paths.includes(airlockPath(text) ?? ''),
    ),
  );
}

/** Whether a new comment starts it. */
export const hearsComments = ({ events, limits }: Workflow): boolean =>
  events.includes('issue_comment') && (limits.issue_comment?.types?.includes('created') ?? true);

/** Whether the end of another workflow's run starts it. */
export function follows({ events, limits }: Workflow, name: string): boolean {
  if (!events.includes('workflow_run')) return false;
  const { types, workflows = [] } = limits.workflow_run ?? {};
  return (types?.includes('completed') ?? true) && workflows.includes(name);
}

/**
 * Whether comments reach a part of Airlock: some workflow calls it, stands on the default branch, and starts
 * with a new comment.
 *
 * @param name of Airlock’s workflow and action, without `.yml`
 * @param more what else is wrong with the callers
 */
export function amongCallers(
  facts: Facts,
  name: string,
  { allWell, unheard, copy }: { readonly allWell: string; readonly unheard: string; readonly copy: Fix },
  more: (callers: readonly Caller[]) => readonly Sighting[] = () => [],
): readonly Sighting[] {
  const callers = callersOf(facts, name);
  // A file that could not be read may be the one.
  const isSure = facts.workflows.every(({ kind }) => kind === 'read');
  const wrong =
    callers.length === 0
      ? isSure
        ? [no('airlock.yml', `no workflow calls ${name}.yml: ${unheard}`, { fix: copy })]
        : []
      : [
          ...callers.flatMap((caller) => [...deaf(callers, caller), ...elsewhere(facts, caller)]),
          ...more(callers),
        ];
  return amongWorkflows(facts, wrong, allWell);
}

/** One caller that hears is enough. */
const deaf = (callers: readonly Caller[], { workflow, job }: Caller): readonly Sighting[] =>
  callers.some((one) => hearsComments(one.workflow))
    ? []
    : [
        no(workflow.file, 'a new comment does not start it', {
          at: job.at,
          fix: { click: `${workflow.file}: \`issue_comment: { types: [created] }\` under \`on:\`.` },
        }),
      ];

/** GitHub starts a workflow for a comment, and for the end of a run, from the default branch alone. */
function elsewhere(
  { settings: { defaultWorkflows, repository } }: Facts,
  { workflow: { file } }: Caller,
): readonly Sighting[] {
  if (defaultWorkflows.kind === 'unread') return [untold(file, defaultWorkflows)];
  if (defaultWorkflows.value.includes(file)) return [];
  const branch = repository.kind === 'read' ? repository.value.defaultBranch : 'the default branch';
  return [
    no(file, `it is not on ${branch}, and GitHub starts it for comments from there alone`, {
      fix: { click: `Merge ${file} into ${branch}.` },
    }),
  ];
}
