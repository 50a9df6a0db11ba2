import { join } from 'node:path';
import { type Action, findActionFile, readAction } from './actions.ts';
import { compositeFrame, runComposite } from './composite.ts';
import { conditionOf, evaluateText, evaluateTexts, holds } from './evaluate.ts';
import { type Home, readIfThere } from './home.ts';
import { type Frame, type JobState, type Perform, type StepRun, scopeOf } from './job-state.ts';
import { checkSteps } from './load-workflows.ts';
import { runNodeFile, runNodeMain } from './node-action.ts';
import { Refusals } from './refusals.ts';
import { stepId, underControl } from './run-steps.ts';
import { runScript } from './script.ts';
import { standInFor } from './stand-ins/stand-ins.ts';
import type { Step, UsesWork } from './workflow.ts';

/** An action found and read, ready to be used by a step. */
interface Found {
  readonly action: Action;
  readonly home: Home;
  readonly directory: string;
}

/** Does the work of any step. */
export const perform: Perform = async (job, frame, step, run) => {
  if (step.work.kind === 'run') return runScript(job, frame, step.work, run);
  const place = job.places.locateAction(step.work.uses, frame.home);
  if (place.kind === 'stand-in') {
    const inputs = evaluateTexts(step.work.with, run.scope);
    return standInFor(place.name)({ job, run, inputs, action: step.work.uses });
  }
  const found = await findAction(job, frame, step.work);
  const inputs = inputsOf(job, found.action, step.work, run, frame);
  const use = { action: found.action, directory: found.directory, home: found.home, inputs };
  const { runs } = found.action;
  return runs.kind === 'node'
    ? runNodeMain(job, frame, { ...use, runs }, run)
    : runComposite(job, frame, { ...use, runs }, run, perform);
};

/**
 * Runs the `pre` of every action in these steps, those inside composite actions too, before the first step.
 * Actions at `./` have none: their files come with a step.
 */
export async function runPres(job: JobState, frame: Frame, steps: readonly Step[]): Promise<void> {
  for (const [index, step] of steps.entries()) {
    if (step.work.kind !== 'uses') continue;
    if (job.places.locateAction(step.work.uses, frame.home).kind !== 'repository') continue;
    const found = await findAction(job, frame, step.work);
    const { runs } = found.action;
    if (runs.kind === 'node' && runs.pre === undefined) continue;
    const outer = { ...job.env, ...frame.env };
    const env = { ...outer, ...evaluateTexts(step.env, scopeOf(job, frame, outer)) };
    const scope = scopeOf(job, frame, env);
    const name = step.name === undefined ? `Run ${step.work.uses}` : evaluateText(step.name, scope);
    const ref = { id: stepId(frame, step, index), name: `Pre ${name}`, stage: 'pre' } as const;
    const run = { ref, env, scope, signal: job.killed, outputs: {} };
    const inputs = inputsOf(job, found.action, step.work, run, frame);
    const use = { action: found.action, directory: found.directory, home: found.home, inputs };
    if (runs.kind === 'composite') {
      await runPres(job, compositeFrame(frame, { ...use, runs }, run), runs.steps);
      continue;
    }
    const { pre } = runs;
    if (pre === undefined) continue;
    const withInputs = { ...frame, composite: undefined, contexts: { ...frame.contexts, inputs } };
    const condition =
      runs.preIf === undefined ? 'always()' : conditionOf(runs.preIf, scopeOf(job, withInputs, env));
    if (!holds(condition, scopeOf(job, withInputs, env))) continue;
    await job.request.hooks?.beforeStep?.(job.id, ref);
    const started = Date.now();
    job.journal.stepStarted(ref);
    const outcome = await underControl(job, withInputs, env, condition, ref, undefined, (signal) =>
      runNodeFile(job, frame, { ...use, runs }, { ...run, signal }, pre),
    );
    if (outcome !== 'success' && job.standing === 'success') job.standing = outcome;
    job.journal.stepEnded(ref, outcome, outcome, Date.now() - started);
  }
}

async function findAction(job: JobState, frame: Frame, work: UsesWork): Promise<Found> {
  const place = job.places.locateAction(work.uses, frame.home);
  if (place.kind === 'refused') throw new Error(place.why);
  if (place.kind === 'stand-in') throw new Error(`${work.uses} has no files here`);
  const inWorkspace = place.kind === 'workspace';
  // A `$/` inside an action of the workspace leads to the caller's repository.
  const home = inWorkspace ? job.places.caller : place.home;
  const root = inWorkspace ? job.folders.workspace : await home.directory();
  const file = findActionFile((path) => readIfThere(join(root, path)), place.folder);
  if (file === undefined)
    throw new Error(
      `Can't find 'action.yml' or 'action.yaml' under '${place.folder}' of ${inWorkspace ? 'the workspace. Did you forget to run actions/checkout before running your local action?' : home.repository}`,
    );
  const refusals = new Refusals();
  const action = readAction(file, refusals);
  if (inWorkspace && action?.runs.kind === 'composite')
    checkSteps(action.runs.steps, home, file.path, job.places, refusals, 1);
  refusals.check();
  if (action === undefined) throw new Error(`${file.path} is not a valid action`);
  return { action, home, directory: join(root, place.folder) };
}

/** What the step gives, completed with the action's defaults. */
function inputsOf(
  job: JobState,
  action: Action,
  work: UsesWork,
  run: StepRun,
  frame: Frame,
): Record<string, string> {
  const given = evaluateTexts(work.with, run.scope);
  const known = [...action.inputs.keys()];
  const unexpected = Object.keys(given).filter(
    (name) => !known.some((input) => input.toLowerCase() === name.toLowerCase()),
  );
  if (unexpected.length > 0) {
    const message = `Unexpected input(s) '${unexpected.join("', '")}', valid inputs are ['${known.join("', '")}']`;
    job.journal.annotate(run.ref, { level: 'warning', message });
  }
  const inputs: Record<string, string> = {};
  for (const [name, fallback] of action.inputs) {
    const written = Object.keys(given).find((key) => key.toLowerCase() === name.toLowerCase());
    inputs[name] =
      written === undefined ? evaluateText(fallback, scopeOf(job, frame, run.env)) : (given[written] ?? '');
  }
  return { ...inputs, ...Object.fromEntries(unexpected.map((name) => [name, given[name] ?? ''])) };
}
