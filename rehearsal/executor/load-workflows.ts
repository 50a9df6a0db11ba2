import { isString } from '@actions/workflow-parser';
import { findActionFile, readAction } from './actions.ts';
import { checkCall } from './call-inputs.ts';
import type { Home } from './home.ts';
import type { Places } from './places.ts';
import { fieldsOf, readWorkflow } from './read-workflow.ts';
import { parseReference } from './references.ts';
import { Refusals, StartupFailure } from './refusals.ts';
import { isKnownShell } from './script.ts';
import { unknownInputs } from './stand-ins/names.ts';
import type { Step, Workflow } from './workflow.ts';

/** The top workflow and nine below it. */
const DEEPEST_NEST = 10;
const MOST_CALLED = 50;
/** Composite actions in composite actions. */
const DEEPEST_ACTION = 10;

/**
 * Loads a workflow with every workflow it calls and looks at every action it would use. Throws
 * EXECUTOR_UNSUPPORTED with the name of everything that cannot run here, and `StartupFailure` for what
 * GitHub itself would not start.
 */
export function loadWorkflows(path: string, places: Places): Workflow {
  const refusals = new Refusals();
  const called = new Set<string>();

  const load = (home: Home, file: string, chain: readonly string[]): Workflow => {
    const text = home.read(file);
    if (text === undefined)
      throw new StartupFailure(`The workflow is not valid. ${chain.at(-1) ?? file}: workflow was not found.`);
    const workflow = readWorkflow(home, file, text, refusals, (uses, line) => {
      const at = `${file}:${line}`;
      const target = locateWorkflow(uses, home, places);
      if (typeof target === 'string') {
        refusals.add(target, at);
        return undefined;
      }
      if (chain.length + 1 >= DEEPEST_NEST)
        throw new StartupFailure(
          `The workflow is not valid. ${at}: workflows nest deeper than ${DEEPEST_NEST} levels.`,
        );
      called.add(`${target.home.repository}/${target.path}@${target.home.ref}`);
      if (called.size > MOST_CALLED)
        throw new StartupFailure(
          `The workflow is not valid. ${at}: more than ${MOST_CALLED} workflows are called.`,
        );
      const callee = load(target.home, target.path, [...chain, uses]);
      if (callee.call === undefined)
        throw new StartupFailure(`The workflow is not valid. ${at}: ${uses} has no \`on.workflow_call\`.`);
      return callee;
    });
    for (const job of workflow.jobs.values())
      if (job.kind === 'steps') checkSteps(job.steps, home, file, places, refusals, 0);
      else checkCall(job, file);
    return workflow;
  };

  const workflow = load(places.caller, path, []);
  refusals.check();
  return workflow;
}

/** The workflow that a job calls, or why it cannot be called. In a job, `./` is the file's own repository. */
function locateWorkflow(uses: string, home: Home, places: Places): { home: Home; path: string } | string {
  const reference = parseReference(uses);
  if (reference.kind === 'wrong') return reference.why;
  if (reference.kind !== 'remote') return { home, path: reference.path };
  const remote = places.remote(reference.repository, reference.ref);
  if (remote === undefined) return `\`uses: ${uses}\`: this workflow's code is not on this machine`;
  return { home: remote, path: reference.path };
}

/** Refuses what these steps, and those of the composite actions they use, could not do here. */
export function checkSteps(
  steps: readonly Step[],
  home: Home,
  file: string,
  places: Places,
  refusals: Refusals,
  depth: number,
): void {
  for (const step of steps) {
    const at = `${file}:${step.line}`;
    const { work } = step;
    if (work.kind === 'run') {
      if (work.shell !== undefined && isString(work.shell) && !isKnownShell(work.shell.value))
        refusals.add(`\`shell: ${work.shell.value}\``, at);
      continue;
    }
    const place = places.locateAction(work.uses, home);
    if (place.kind === 'refused') refusals.add(place.why, at);
    if (place.kind === 'stand-in')
      for (const input of unknownInputs(place.name, [...fieldsOf(work.with).keys()]))
        refusals.add(`input \`${input}\` of ${work.uses}`, at);
    if (place.kind !== 'repository' && place.kind !== 'workspace') continue;
    // What stands at `./` may be made by an earlier step: as committed it is only a first look.
    const actionHome = place.kind === 'repository' ? place.home : places.caller;
    const action = findActionFile(actionHome.read, place.folder);
    if (action === undefined) {
      if (place.kind === 'repository') refusals.add(`\`uses: ${work.uses}\`: there is no action.yml`, at);
      continue;
    }
    const read = readAction(action, refusals);
    if (read?.runs.kind !== 'composite') continue;
    if (depth >= DEEPEST_ACTION) refusals.add(`composite actions nested deeper than ${DEEPEST_ACTION}`, at);
    else checkSteps(read.runs.steps, actionHome, action.path, places, refusals, depth + 1);
  }
}
