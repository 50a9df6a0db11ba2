import { join } from 'node:path';
import { machineVariables, type runnerContext, runnerVariables } from './contexts.ts';
import { type Scope, type Status, statusFunctions } from './evaluate.ts';
import type { Conclusion, StepRef } from './events.ts';
import { hashFiles } from './hash-files.ts';
import type { Home } from './home.ts';
import type { Journal } from './journal.ts';
import type { Masks } from './masks.ts';
import { TRACKING_VARIABLE } from './orphans.ts';
import type { Places } from './places.ts';
import type { RunRequest } from './request.ts';
import type { RunDefaults, Step } from './workflow.ts';

/** How a job, or a composite action, stands so far. */
export type Standing = 'success' | 'failure' | 'cancelled';

/** Everything the steps of one job share. */
export interface JobState {
  readonly id: string;
  readonly request: RunRequest;
  readonly places: Places;
  readonly journal: Journal;
  readonly masks: Masks;
  readonly folders: JobFolders;
  /** Marks the processes of this job, so that none outlives it. */
  readonly trackingId: string;
  /** Workflow's and job's `env`, and what steps wrote to GITHUB_ENV. */
  readonly env: Record<string, string>;
  /** What steps wrote to GITHUB_PATH, the last one first. */
  readonly path: string[];
  /** The `github` context of this job, token and all. */
  readonly github: Readonly<Record<string, unknown>>;
  readonly runner: ReturnType<typeof runnerContext>;
  /** GitHub's id of the job. */
  readonly checkRun: number;
  /** Of the job's own workflow file. */
  readonly file: Readonly<Record<string, string>>;
  standing: Standing;
  /** Aborted when the job is cancelled or out of time. Steps whose `if` allows it still run. */
  readonly cancelled: AbortSignal;
  /** Aborted when a cancelled job did not end in time: nothing may run any more. */
  readonly killed: AbortSignal;
  /** What runs at the end, the last one first. */
  readonly posts: PostStep[];
  /** By action and step: what main and pre leave for post. */
  readonly actionStates: Map<string, Record<string, string>>;
}

export interface JobFolders {
  readonly workspace: string;
  readonly temp: string;
  readonly fileCommands: string;
  readonly artifacts: string;
}

/** A list of steps that see the same names: a job's, or a composite action's. */
export interface Frame {
  /** Of the file the steps stand in: where `$/` leads. */
  readonly home: Home;
  /** `''` for a job, `outer.` inside the composite step `outer`. */
  readonly prefix: string;
  /** `inputs`, `needs`, `secrets` and so on: what this list may see beyond what every list sees. */
  readonly contexts: Readonly<Record<string, unknown>>;
  readonly steps: Record<string, StepResult>;
  /** The composite step's own `env`. */
  readonly env: Readonly<Record<string, string>>;
  /** Set inside a composite action. */
  readonly composite: { readonly actionPath: string; standing: Standing } | undefined;
  /** Aborted when the enclosing composite step is cancelled. */
  readonly cancelled: AbortSignal;
  readonly defaults: readonly RunDefaults[];
}

export interface StepResult {
  readonly outputs: Readonly<Record<string, string>>;
  readonly outcome: Conclusion;
  readonly conclusion: Conclusion;
}

/** One step while it runs. */
export interface StepRun {
  readonly ref: StepRef;
  /** The `env` context: job, composite step and step, in this order. */
  readonly env: Readonly<Record<string, string>>;
  readonly scope: Scope;
  /** Aborted when this step is cancelled or out of time. */
  readonly signal: AbortSignal;
  readonly outputs: Record<string, string>;
}

export interface PostStep {
  readonly ref: StepRef;
  readonly condition: string;
  readonly frame: Frame;
  readonly env: Readonly<Record<string, string>>;
  run(step: StepRun): Promise<Standing>;
}

/** Does the work of a step and says how it went. A throw is a failure with its message in the log. */
export type Perform = (job: JobState, frame: Frame, step: Step, run: StepRun) => Promise<Standing>;

/** What the steps of a frame can see, with `env` as given. */
export function scopeOf(job: JobState, frame: Frame, env: Readonly<Record<string, string>>): Scope {
  const standing = () => frame.composite?.standing ?? job.standing;
  const status: Status = {
    success: () => standing() === 'success',
    failure: () => standing() === 'failure',
    cancelled: () => job.standing === 'cancelled',
  };
  return {
    contexts: {
      ...frame.contexts,
      github:
        frame.composite === undefined
          ? job.github
          : { ...job.github, action_path: frame.composite.actionPath },
      job: {
        status: job.standing,
        container: {},
        services: {},
        check_run_id: job.checkRun,
        ...job.file,
      },
      runner: job.runner,
      env,
      steps: frame.steps,
    },
    functions: [...statusFunctions(status), hashFiles(job.folders.workspace)],
  };
}

/** The variables of a process: the machine's few, the runner's, and the step's own `env`. */
export function processVariables(
  job: JobState,
  frame: Frame,
  env: Readonly<Record<string, string>>,
): Record<string, string> {
  const machine = machineVariables(job.request.home);
  return {
    ...machine,
    ...runnerVariables(job.runner),
    [TRACKING_VARIABLE]: job.trackingId,
    RUNNER_WORKSPACE: join(job.folders.workspace, '..'),
    ...env,
    // What GITHUB_PATH added stands before a PATH that the step sets itself.
    PATH: [...job.path, env.PATH ?? machine.PATH].join(':'),
    ...(frame.composite === undefined ? {} : { GITHUB_ACTION_PATH: frame.composite.actionPath }),
  };
}
