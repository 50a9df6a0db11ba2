import type { RunResult } from '../executor/executor.ts';
import type { Commit } from '../view/story.ts';
import { answerByComment } from './answer-by-comment.ts';
import { type RunPlan, type Struck, startAttempt } from './run-attempt.ts';

export interface RunningRelease {
  readonly done: Promise<Released>;
  /** Ends its processes at once. */
  kill(): void;
}

export type Released = RunResult & {
  /** Where the fault cancelled it. */
  readonly struck: Struck | undefined;
  /** Why it still waits for people; undefined when it does not. */
  readonly waits: string | undefined;
};

/** Takes one commit through the caller's workflow, and goes on as people answer by comment. */
export async function runRelease(commit: Commit, plan: RunPlan): Promise<RunningRelease> {
  let attempt = await startAttempt(commit, plan);
  const takeThrough = async (): Promise<Released> => {
    let struck: Struck | undefined;
    for (;;) {
      const result = await attempt.done;
      struck ??= result.struck;
      const answered = await answerByComment(plan, result);
      if (answered.kind !== 'again')
        return { ...result, struck, waits: answered.kind === 'waits' ? answered.why : undefined };
      attempt = await startAttempt(commit, {
        ...plan,
        rerunOf: result.id,
        rerunJob: { job: answered.job, earlier: result.jobs },
        againBy: answered.by,
      });
    }
  };
  return { done: takeThrough(), kill: () => attempt.kill() };
}
