import type { RunNews } from './journal.ts';
import type { Places } from './places.ts';
import type { JobResult, RunRequest } from './request.ts';
import type { OpenedRun, Permissions } from './run-service.ts';
import type { StepsJob, Workflow } from './workflow.ts';

/** Everything the jobs of one run share. */
export interface RunState {
  readonly request: RunRequest;
  readonly opened: OpenedRun;
  readonly places: Places;
  /** The `github` context that every job has. */
  readonly github: Readonly<Record<string, unknown>>;
  readonly tell: (news: RunNews) => void;
  readonly results: JobResult[];
  /** Jobs of this attempt that ran or are to run, where others keep what they came to. */
  readonly again: Set<string>;
  readonly activity: Activity;
}

/** One workflow of the nest while it runs. */
export interface WorkflowRun {
  readonly run: RunState;
  readonly workflow: Workflow;
  /** `''` at the top, `caller / ` below. */
  readonly prefix: string;
  readonly namePrefix: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** Whether jobs here get the secrets of the environment they name. */
  readonly environmentSecrets: boolean;
  /** What the calling job's token may do; for the top, the default token. */
  readonly ceiling: Permissions;
  /** Aborted when this workflow, or one above it, is cancelled. */
  readonly cancelled: AbortSignal;
  /** Concurrency groups that callers above hold. */
  readonly lanes: readonly string[];
  /** Needs of the calling job, as planned ids: what this workflow's first jobs wait for. */
  readonly before: readonly string[];
}

/** Tells the service what the run as a whole is doing. */
export class Activity {
  readonly #report: (status: 'in_progress' | 'waiting') => void;
  #running = 0;
  #waiting = 0;
  #last: 'in_progress' | 'waiting' | undefined;

  constructor(report: (status: 'in_progress' | 'waiting') => void) {
    this.#report = report;
  }

  /** Counts a job as running or waiting for approval until the returned function is called. */
  begin(kind: 'running' | 'waiting'): () => void {
    this.#count(kind, 1);
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.#count(kind, -1);
    };
  }

  #count(kind: 'running' | 'waiting', by: 1 | -1): void {
    if (kind === 'running') this.#running += by;
    else this.#waiting += by;
    const status = this.#waiting > 0 && this.#running === 0 ? 'waiting' : 'in_progress';
    if (status === this.#last) return;
    this.#last = status;
    this.#report(status);
  }
}

/** One job, or one of a matrix, with everything that was decided before it may start. */
export interface JobOrder {
  readonly within: WorkflowRun;
  readonly job: StepsJob;
  /** As in the events. */
  readonly id: string;
  readonly permissions: Permissions;
  readonly needs: Readonly<Record<string, unknown>>;
  readonly strategy: Readonly<Record<string, unknown>>;
  readonly matrix: Readonly<Record<string, unknown>>;
  readonly cancelled: AbortSignal;
}
