import { conditionOf, evaluate, evaluateText, evaluateTexts, holds } from './evaluate.ts';
import type { Conclusion, StepRef } from './events.ts';
import {
  type Frame,
  type JobState,
  type Perform,
  type PostStep,
  type Standing,
  scopeOf,
} from './job-state.ts';
import type { Step } from './workflow.ts';

/** GitHub's limit for a step without `timeout-minutes`: the job's own. */
const MINUTE_MS = 60_000;

class TimedOut extends Error {}

/** Runs the steps of a job or composite action in order, each as its `if:` says. Never throws for a step. */
export async function runSteps(
  job: JobState,
  frame: Frame,
  steps: readonly Step[],
  perform: Perform,
): Promise<void> {
  for (const [index, step] of steps.entries()) {
    if (job.killed.aborted) return;
    await runStep(job, frame, step, index, perform);
  }
}

/** Runs what was put on the list for the job's end, the last one first. */
export async function runPosts(job: JobState): Promise<void> {
  for (let post = job.posts.pop(); post !== undefined; post = job.posts.pop()) {
    if (job.killed.aborted) return;
    await runPost(job, post);
  }
}

/** The step's id in events and for what it saves: its own, or its number when it has none. */
export const stepId = (frame: Frame, step: Step, index: number): string =>
  `${frame.prefix}${step.id ?? String(index + 1)}`;

async function runStep(
  job: JobState,
  frame: Frame,
  step: Step,
  index: number,
  perform: Perform,
): Promise<void> {
  const outer = { ...job.env, ...frame.env };
  const id = stepId(frame, step, index);
  let ref: StepRef = { id, name: defaultName(step), stage: 'main' };
  let env = outer;
  let condition: string;
  try {
    env = { ...outer, ...evaluateTexts(step.env, scopeOf(job, frame, outer)) };
    ref = { ...ref, name: nameOf(step, job, frame, env) };
    condition = conditionOf(step.if, scopeOf(job, frame, env));
    if (!holds(condition, scopeOf(job, frame, env))) {
      keep(job, frame, step, ref, {}, 'skipped', 'skipped', 0);
      return;
    }
  } catch (error) {
    job.journal.stepStarted(ref);
    job.journal.annotate(ref, { level: 'error', message: messageOf(error) });
    keep(job, frame, step, ref, {}, 'failure', 'failure', 0);
    return;
  }
  await job.request.hooks?.beforeStep?.(job.id, ref);
  const started = Date.now();
  job.journal.stepStarted(ref);
  const outputs: Record<string, string> = {};
  const outcome = await underControl(
    job,
    frame,
    env,
    condition,
    ref,
    minutesOf(step, job, frame, env),
    (signal) => perform(job, frame, step, { ref, env, scope: scopeOf(job, frame, env), signal, outputs }),
  );
  const forgiven = outcome === 'failure' && isForgiven(step, job, frame, env);
  keep(job, frame, step, ref, outputs, outcome, forgiven ? 'success' : outcome, Date.now() - started);
}

async function runPost(job: JobState, post: PostStep): Promise<void> {
  const { ref, frame } = post;
  const env = { ...job.env, ...post.env };
  try {
    if (!holds(post.condition, scopeOf(job, frame, env))) return;
  } catch (error) {
    job.journal.annotate(ref, { level: 'error', message: messageOf(error) });
    if (job.standing === 'success') job.standing = 'failure';
    return;
  }
  await job.request.hooks?.beforeStep?.(job.id, ref);
  const started = Date.now();
  job.journal.stepStarted(ref);
  const outcome = await underControl(job, frame, env, post.condition, ref, undefined, (signal) =>
    post.run({ ref, env, scope: scopeOf(job, frame, env), signal, outputs: {} }),
  );
  if (outcome === 'failure' && job.standing === 'success') job.standing = 'failure';
  job.journal.stepEnded(ref, outcome, outcome, Date.now() - started);
}

/**
 * Runs `work` so that it is cancelled when its time is over, when the composite around it is cancelled, or
 * when the job is cancelled and the step's `if`, asked again, does not want to run any more.
 */
export async function underControl(
  job: JobState,
  frame: Frame,
  env: Readonly<Record<string, string>>,
  condition: string,
  ref: StepRef,
  timeoutMs: number | undefined,
  work: (signal: AbortSignal) => Promise<Standing>,
): Promise<Standing> {
  const control = new AbortController();
  const onJobCancelled = () => {
    if (job.standing !== 'cancelled') job.standing = 'cancelled';
    if (!stillHolds(condition, job, frame, env)) control.abort(job.cancelled.reason);
  };
  const onOuterCancelled = () => control.abort(frame.cancelled.reason);
  const onKilled = () => control.abort(job.killed.reason);
  // A step that starts after the cancel was let in by its `if`, and is left alone.
  if (!job.cancelled.aborted) job.cancelled.addEventListener('abort', onJobCancelled, { once: true });
  if (frame.cancelled.aborted) onOuterCancelled();
  else frame.cancelled.addEventListener('abort', onOuterCancelled, { once: true });
  job.killed.addEventListener('abort', onKilled, { once: true });
  const timer =
    timeoutMs === undefined ? undefined : setTimeout(() => control.abort(new TimedOut()), timeoutMs);
  try {
    const standing = await work(control.signal);
    if (!(control.signal.reason instanceof TimedOut)) return standing;
    const minutes = Math.round(((timeoutMs ?? 0) / (job.request.minuteMs ?? MINUTE_MS)) * 100) / 100;
    const message = `The action '${ref.name}' has timed out after ${minutes} minutes.`;
    job.journal.annotate(ref, { level: 'error', message });
    return 'failure';
  } catch (error) {
    job.journal.annotate(ref, { level: 'error', message: messageOf(error) });
    return control.signal.aborted && !(control.signal.reason instanceof TimedOut) ? 'cancelled' : 'failure';
  } finally {
    clearTimeout(timer);
    job.cancelled.removeEventListener('abort', onJobCancelled);
    frame.cancelled.removeEventListener('abort', onOuterCancelled);
    job.killed.removeEventListener('abort', onKilled);
  }
}

function keep(
  job: JobState,
  frame: Frame,
  step: Step,
  ref: StepRef,
  outputs: Readonly<Record<string, string>>,
  outcome: Conclusion,
  conclusion: Conclusion,
  durationMs: number,
): void {
  if (step.id !== undefined) frame.steps[step.id] = { outputs, outcome, conclusion };
  if (conclusion === 'failure' || conclusion === 'cancelled') {
    const inside = frame.composite;
    if (inside !== undefined && inside.standing === 'success') inside.standing = conclusion;
    if (inside === undefined && job.standing === 'success') job.standing = conclusion;
  }
  job.journal.stepEnded(ref, outcome, conclusion, durationMs);
}

function stillHolds(
  condition: string,
  job: JobState,
  frame: Frame,
  env: Readonly<Record<string, string>>,
): boolean {
  try {
    return holds(condition, scopeOf(job, frame, env));
  } catch {
    return false;
  }
}

function minutesOf(
  step: Step,
  job: JobState,
  frame: Frame,
  env: Readonly<Record<string, string>>,
): number | undefined {
  if (step.timeoutMinutes === undefined) return undefined;
  const minutes = Number(evaluate(step.timeoutMinutes, scopeOf(job, frame, env)));
  return minutes > 0 ? minutes * (job.request.minuteMs ?? MINUTE_MS) : undefined;
}

const isForgiven = (
  step: Step,
  job: JobState,
  frame: Frame,
  env: Readonly<Record<string, string>>,
): boolean =>
  step.continueOnError !== undefined && evaluate(step.continueOnError, scopeOf(job, frame, env)) === true;

const nameOf = (step: Step, job: JobState, frame: Frame, env: Readonly<Record<string, string>>): string => {
  if (step.name !== undefined) return evaluateText(step.name, scopeOf(job, frame, env));
  return step.work.kind === 'run'
    ? `Run ${
        evaluateText(step.work.script, scopeOf(job, frame, env))
          .trimStart()
          .split('\n')[0]
      }`
    : defaultName(step);
};

const defaultName = (step: Step): string => `Run ${step.work.kind === 'uses' ? step.work.uses : 'script'}`;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
