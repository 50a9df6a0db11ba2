import { join } from 'node:path';
import type { Action, NodeRuns } from './actions.ts';
import { conditionOf } from './evaluate.ts';
import { type Frame, type JobState, type Standing, type StepRun, scopeOf } from './job-state.ts';
import { runStepProcess } from './step-process.ts';

/** A node24 action as one step uses it. */
export interface NodeUse {
  readonly action: Action;
  readonly runs: NodeRuns;
  readonly directory: string;
  readonly inputs: Readonly<Record<string, string>>;
}

/** Runs `main`, after putting `post` on the list for the job's end. */
export async function runNodeMain(
  job: JobState,
  frame: Frame,
  use: NodeUse,
  run: StepRun,
): Promise<Standing> {
  const { post, postIf, main } = use.runs;
  if (post !== undefined) {
    const withInputs = { ...frame, contexts: { ...frame.contexts, inputs: use.inputs } };
    job.posts.push({
      ref: { id: run.ref.id, name: `Post ${run.ref.name}`, stage: 'post' },
      condition: postIf === undefined ? 'always()' : conditionOf(postIf, scopeOf(job, withInputs, run.env)),
      // Post steps belong to the job: they see its status and are not cancelled with the composite.
      frame: { ...withInputs, composite: undefined },
      env: run.env,
      run: (step) => runNodeFile(job, frame, use, step, post),
    });
  }
  return runNodeFile(job, frame, use, run, main);
}

/** Runs `pre`, `main` or `post` with the action's inputs and what it saved before. */
export function runNodeFile(
  job: JobState,
  frame: Frame,
  use: NodeUse,
  run: StepRun,
  file: string,
): Promise<Standing> {
  const state = job.actionStates.get(run.ref.id) ?? {};
  return runStepProcess(job, frame, run, {
    command: job.request.node24,
    args: [join(use.directory, file)],
    cwd: job.folders.workspace,
    variables: {
      // The one thing that no runner sets: what Node compiled of a bundle once it compiles for no other step.
      NODE_COMPILE_CACHE: join(job.request.suite.directory, '.rehearsal/compiled'),
      ...Object.fromEntries(
        Object.entries(use.inputs).map(([name, value]) => [
          `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`,
          value,
        ]),
      ),
      ...Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value])),
    },
    onState: (saved) => job.actionStates.set(run.ref.id, { ...state, ...saved }),
  });
}
