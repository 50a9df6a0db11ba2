import type { Conclusion, RunEvent, StepRef } from './events.ts';
import type { Lanes } from './lanes.ts';
import type { Grace } from './processes.ts';
import type { Permissions, RunService } from './run-service.ts';

/** Everything one run of a workflow needs. */
export interface RunRequest {
  /** The caller, `owner/name`. */
  readonly repository: string;
  /** A git work tree of the caller. Files are read as committed at `sha`. */
  readonly source: string;
  /** `.github/workflows/x.yml` in the caller. */
  readonly workflowPath: string;
  readonly event: { readonly name: string; readonly payload: Readonly<Record<string, unknown>> };
  /** Full ref, `refs/heads/main`. */
  readonly ref: string;
  readonly sha: string;
  readonly actor: string;
  /** Who asked for this attempt; the actor when absent. */
  readonly triggeringActor?: string;
  /** All jobs again, as the next attempt of this run. */
  readonly rerunOf?: number;
  /** With `rerunOf`: this job alone, with all that need it. The others keep what they came to. */
  readonly rerunJob?: { readonly job: string; readonly earlier: readonly JobResult[] };
  /** Of `workflow_dispatch`. */
  readonly inputs?: Readonly<Record<string, string | number | boolean>>;
  /** Airlock's own checkout, where `<repository>/path@any-ref` and `$/` inside its files resolve. */
  readonly suite: { readonly repository: string; readonly directory: string };
  readonly service: RunService;
  /** Shared by all runs of the service. */
  readonly lanes: Lanes;
  readonly secrets: Readonly<Record<string, string>>;
  readonly environmentSecrets: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly variables: Readonly<Record<string, string>>;
  readonly environmentVariables: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** What a token may do where no `permissions:` says otherwise; GitHub's restricted default when absent. */
  readonly defaultPermissions?: Permissions;
  /** Path of the Node 24 binary that runs actions. */
  readonly node24: string;
  /** Folder for workspaces, temporary files, artifacts and command files. */
  readonly workRoot: string;
  /** HOME of the steps, so that what they keep there is theirs alone; this user's own when absent. */
  readonly home?: string;
  readonly hooks?: {
    /** Awaited before each step, and each step inside a composite action. */
    beforeStep?(job: string, step: StepRef): void | Promise<void>;
    /** Told the process of a step as soon as it runs, so that a rehearsal can kill it from outside. */
    onProcess?(job: string, step: StepRef, pid: number): void;
  };
  /** Time between the signals of a cancel; GitHub's own when absent. */
  readonly grace?: Grace;
  /** After a cancel, everything that still runs is killed, in milliseconds; GitHub's 5 minutes when absent. */
  readonly cancelTimeoutMs?: number;
  /** Length of a `timeout-minutes` minute, in milliseconds; 60,000 when absent. */
  readonly minuteMs?: number;
  onEvent(event: RunEvent): void;
}

export interface Run {
  readonly id: number;
  readonly attempt: number;
  /** Never rejects for what a workflow does: that is a conclusion. */
  readonly done: Promise<RunResult>;
  cancel(): void;
}

export interface RunResult {
  readonly id: number;
  readonly attempt: number;
  readonly conclusion: Conclusion;
  /** Why GitHub would not have started any job. */
  readonly startupFailure?: string;
  readonly jobs: readonly JobResult[];
}

export interface JobResult {
  /** As in the events: `caller / callee`. */
  readonly id: string;
  readonly conclusion: Conclusion;
  readonly outputs: Readonly<Record<string, string>>;
  readonly environmentUrl?: string;
}
