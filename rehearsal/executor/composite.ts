import type { Action, CompositeRuns } from './actions.ts';
import { evaluateText } from './evaluate.ts';
import type { Home } from './home.ts';
import {
  type Frame,
  type JobState,
  type Perform,
  type Standing,
  type StepRun,
  scopeOf,
} from './job-state.ts';
import { runSteps } from './run-steps.ts';

/** A composite action as one step uses it. */
export interface CompositeUse {
  readonly action: Action;
  readonly runs: CompositeRuns;
  readonly home: Home;
  readonly directory: string;
  readonly inputs: Readonly<Record<string, string>>;
}

/**
 * The frame of a composite action's steps. They see its inputs and each other, never `secrets` or `needs`;
 * `success()` and `failure()` look at the action alone, `cancelled()` at the job. When the composite step is
 * cancelled, so are steps that start in it afterwards: the runner links their tokens.
 */
export function compositeFrame(frame: Frame, use: CompositeUse, run: StepRun): Frame {
  const { strategy, matrix } = frame.contexts;
  return {
    home: use.home,
    prefix: `${run.ref.id}.`,
    contexts: { strategy, matrix, inputs: use.inputs },
    steps: {},
    env: run.env,
    composite: { actionPath: use.directory, standing: 'success' },
    cancelled: run.signal,
    defaults: [],
  };
}

/** Runs a composite action and sets its outputs, also after a failure. */
export async function runComposite(
  job: JobState,
  frame: Frame,
  use: CompositeUse,
  run: StepRun,
  perform: Perform,
): Promise<Standing> {
  const inside = compositeFrame(frame, use, run);
  await runSteps(job, inside, use.runs.steps, perform);
  const scope = scopeOf(job, inside, run.env);
  for (const output of use.action.outputs) run.outputs[output.name] = evaluateText(output.value, scope);
  return inside.composite?.standing ?? 'success';
}
