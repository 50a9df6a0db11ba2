/**
 * What happens during a run, in order, as data. The terminal view, the plain lines, `--json` and the
 * tests all read this one stream. Texts are masked already.
 */
export type RunEvent = { readonly at: Date; readonly runId: number } & (
  | {
      readonly type: 'run-started';
      readonly workflow: string;
      readonly event: string;
      readonly jobs: readonly PlannedJob[];
    }
  /** A called workflow or a matrix adds jobs once its inputs are known. */
  | { readonly type: 'jobs-planned'; readonly jobs: readonly PlannedJob[] }
  | { readonly type: 'job-changed'; readonly job: string; readonly status: JobStatus; readonly note?: string }
  /** A protected environment wants a yes: the job waits until a reviewer answers. */
  | {
      readonly type: 'approval-wanted';
      readonly job: string;
      readonly environment: string;
      readonly reviewers: readonly string[];
    }
  | {
      readonly type: 'approval-given';
      readonly job: string;
      readonly environment: string;
      readonly verdict: 'approved' | 'rejected';
      readonly by: string;
    }
  | { readonly type: 'step-started'; readonly job: string; readonly step: StepRef }
  | {
      readonly type: 'step-ended';
      readonly job: string;
      readonly step: StepRef;
      readonly outcome: Conclusion;
      readonly conclusion: Conclusion;
      readonly durationMs: number;
    }
  | { readonly type: 'log'; readonly job: string; readonly step: StepRef | undefined; readonly line: string }
  | {
      readonly type: 'annotation';
      readonly job: string;
      readonly level: 'notice' | 'warning' | 'error';
      readonly message: string;
      readonly file?: string;
      readonly line?: number;
    }
  | { readonly type: 'summary'; readonly job: string; readonly step: StepRef; readonly markdown: string }
  /** The executor stands in for an action whose own code is not on this machine, and says so. */
  | { readonly type: 'stand-in'; readonly job: string; readonly action: string; readonly what: string }
  | { readonly type: 'run-ended'; readonly conclusion: Conclusion; readonly durationMs: number }
);

export type Conclusion = 'success' | 'failure' | 'cancelled' | 'skipped';
/** `blocked`: waits for its concurrency lane. `waiting`: waits for an approval. */
export type JobStatus = 'queued' | 'blocked' | 'waiting' | 'running' | Conclusion;

export interface PlannedJob {
  /** Unique in the run; a called workflow's jobs are `caller / callee`. */
  readonly id: string;
  readonly name: string;
  readonly needs: readonly string[];
  readonly environment?: string;
}

export interface StepRef {
  /** The step's `id`, or a stable number when it has none; nested composite steps are `outer.inner`. */
  readonly id: string;
  readonly name: string;
  readonly stage: 'pre' | 'main' | 'post';
}
