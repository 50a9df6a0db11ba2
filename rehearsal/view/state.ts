import type { Observed } from '../../src/domain/deployment.ts';
import type { Conclusion, JobStatus, PlannedJob, StepRef } from '../executor/events.ts';
import type { Act, Change, Commit, Ending, Load, ViewEvent } from './story.ts';

/** Everything a frame shows. Made from the events alone, so a test can build any moment of a rehearsal. */
export interface RehearsalState {
  readonly startedAt: Date | undefined;
  readonly act: Act;
  readonly app: string;
  readonly commit: Commit | undefined;
  readonly notes: readonly string[];
  readonly notedAt: Date | undefined;
  /** Actions that the executor stood in for so far. */
  readonly standIns: readonly string[];
  readonly run: RunState | undefined;
  /** In the order in which they were first read. */
  readonly environments: readonly EnvironmentState[];
  /** The environment of the newest slots reading that changed something. */
  readonly focus: string | undefined;
  readonly load: LoadState | undefined;
  readonly question: Question | undefined;
  readonly ending: Ending | undefined;
}

export interface RunState {
  readonly id: number;
  readonly workflow: string;
  readonly event: string;
  readonly startedAt: Date;
  readonly jobs: readonly JobState[];
  readonly conclusion: Conclusion | undefined;
  readonly annotations: readonly AnnotationState[];
  readonly summaries: readonly SummaryState[];
}

export interface JobState extends PlannedJob {
  readonly status: JobStatus;
  readonly note: string | undefined;
  readonly startedAt: Date | undefined;
  readonly endedAt: Date | undefined;
  readonly steps: readonly StepState[];
}

export interface StepState {
  readonly ref: StepRef;
  readonly startedAt: Date;
  readonly conclusion: Conclusion | undefined;
  /** Differs from the conclusion when the step may fail without failing its job. */
  readonly outcome: Conclusion | undefined;
  readonly durationMs: number | undefined;
  /** The last lines it printed. */
  readonly log: readonly string[];
}

export interface AnnotationState {
  readonly job: string;
  readonly level: 'notice' | 'warning' | 'error';
  readonly message: string;
}

export interface SummaryState {
  readonly job: string;
  readonly step: StepRef;
  readonly markdown: string;
}

export interface EnvironmentState {
  readonly name: string;
  readonly url: string | undefined;
  readonly observed: Observed;
  /** Ids of the deployments shown in the two slots. */
  readonly blue: string | undefined;
  readonly green: string | undefined;
}

export interface LoadState extends Load {
  readonly environment: string;
  /** Readings of the last seconds, oldest first: what the rate and the present shares come from. */
  readonly recent: readonly (Load & { readonly at: Date })[];
}

export interface Question {
  readonly job: string;
  readonly environment: string;
  readonly reviewers: readonly string[];
  readonly change: Change | undefined;
}

export const EMPTY: RehearsalState = {
  startedAt: undefined,
  act: 'prepare',
  app: '',
  commit: undefined,
  notes: [],
  notedAt: undefined,
  standIns: [],
  run: undefined,
  environments: [],
  focus: undefined,
  load: undefined,
  question: undefined,
  ending: undefined,
};

const LOG_LINES_KEPT = 20;
const NOTES_KEPT = 20;
const LOAD_WINDOW_MS = 3_000;

/** The state after one more event. */
export function reduce(before: RehearsalState, event: ViewEvent): RehearsalState {
  const state = before.startedAt === undefined ? { ...before, startedAt: event.at } : before;
  switch (event.type) {
    case 'act':
      return {
        ...state,
        act: event.act,
        app: event.app,
        commit: event.commit ?? state.commit,
        run: undefined,
        question: undefined,
      };
    case 'comment':
      return {
        ...noted(state, `${event.by} comments “${event.body}” in issue #${event.issue}`, event.at),
        question: state.question?.environment === event.environment ? undefined : state.question,
      };
    case 'note':
      return noted(state, event.text, event.at);
    case 'stand-in':
      return state.standIns.includes(event.action)
        ? state
        : { ...state, standIns: [...state.standIns, event.action] };
    case 'slots':
      return withSlots(state, event);
    case 'load':
      return { ...state, load: nextLoad(state.load, event) };
    case 'change': {
      const change = event.change;
      const asked = state.question;
      return asked?.environment === change.environment ? { ...state, question: { ...asked, change } } : state;
    }
    case 'ending':
      return { ...state, question: undefined, ending: event.ending };
    case 'run-started':
      return {
        ...state,
        run: {
          id: event.runId,
          workflow: event.workflow,
          event: event.event,
          startedAt: event.at,
          jobs: event.jobs.map(plannedJob),
          conclusion: undefined,
          annotations: [],
          summaries: [],
        },
      };
    case 'approval-wanted': {
      const { job, environment, reviewers } = event;
      return { ...state, question: { job, environment, reviewers, change: undefined } };
    }
    case 'approval-given':
      return state.question?.job === event.job ? { ...state, question: undefined } : state;
    default:
      return state.run === undefined || state.run.id !== event.runId
        ? state
        : {
            ...state,
            run: reduceRun(state.run, event),
            question: event.type === 'run-ended' ? undefined : state.question,
          };
  }
}

const noted = (state: RehearsalState, text: string, at: Date): RehearsalState => ({
  ...state,
  notes: [...state.notes, text].slice(-NOTES_KEPT),
  notedAt: at,
});

type InRun = Extract<
  ViewEvent,
  {
    type:
      | 'jobs-planned'
      | 'job-changed'
      | 'step-started'
      | 'step-ended'
      | 'log'
      | 'annotation'
      | 'summary'
      | 'run-ended';
  }
>;

function reduceRun(run: RunState, event: InRun): RunState {
  switch (event.type) {
    case 'jobs-planned': {
      const known = new Set(run.jobs.map((job) => job.id));
      return {
        ...run,
        jobs: [...run.jobs, ...event.jobs.filter((job) => !known.has(job.id)).map(plannedJob)],
      };
    }
    case 'job-changed':
      return withJob(run, event.job, (job) => ({
        ...job,
        status: event.status,
        note: event.note,
        startedAt: event.status === 'running' ? (job.startedAt ?? event.at) : job.startedAt,
        endedAt: isOver(event.status) ? event.at : undefined,
      }));
    case 'step-started':
      return withJob(run, event.job, (job) => ({
        ...job,
        steps: [
          ...job.steps,
          {
            ref: event.step,
            startedAt: event.at,
            conclusion: undefined,
            outcome: undefined,
            durationMs: undefined,
            log: [],
          },
        ],
      }));
    case 'step-ended': {
      const { conclusion, outcome, durationMs } = event;
      const ended = { conclusion, outcome, durationMs };
      return withJob(run, event.job, (job) => ({
        ...job,
        steps: job.steps.some((step) => isSame(step.ref, event.step))
          ? job.steps.map((step) => (isSame(step.ref, event.step) ? { ...step, ...ended } : step))
          : [...job.steps, { ref: event.step, startedAt: event.at, log: [], ...ended }],
      }));
    }
    case 'log': {
      const ref = event.step;
      if (ref === undefined) return run;
      return withJob(run, event.job, (job) => ({
        ...job,
        steps: job.steps.map((step) =>
          isSame(step.ref, ref) ? { ...step, log: [...step.log, event.line].slice(-LOG_LINES_KEPT) } : step,
        ),
      }));
    }
    case 'annotation': {
      const { job, level, message } = event;
      return { ...run, annotations: [...run.annotations, { job, level, message }] };
    }
    case 'summary': {
      const { job, step, markdown } = event;
      return { ...run, summaries: [...run.summaries, { job, step, markdown }] };
    }
    case 'run-ended':
      return { ...run, conclusion: event.conclusion };
  }
}

const plannedJob = (job: PlannedJob): JobState => ({
  ...job,
  status: 'queued',
  note: undefined,
  startedAt: undefined,
  endedAt: undefined,
  steps: [],
});

/** Whether both name the same step. */
export const isSame = (one: StepRef, other: StepRef): boolean =>
  one.id === other.id && one.stage === other.stage;

/** Whether a job will not change any more. */
const isOver = (status: JobStatus): status is Conclusion =>
  status === 'success' || status === 'failure' || status === 'cancelled' || status === 'skipped';

const withJob = (run: RunState, id: string, change: (job: JobState) => JobState): RunState => ({
  ...run,
  jobs: run.jobs.map((job) => (job.id === id ? change(job) : job)),
});

function nextLoad(before: LoadState | undefined, event: Extract<ViewEvent, { type: 'load' }>): LoadState {
  const { at, environment, sent, failed, byVersion } = event;
  const earlier = before?.environment === environment ? before.recent : [];
  const since = at.getTime() - LOAD_WINDOW_MS;
  const recent = [...earlier.filter((one) => one.at.getTime() >= since), { at, sent, failed, byVersion }];
  return { environment, sent, failed, byVersion, recent };
}

function withSlots(state: RehearsalState, event: Extract<ViewEvent, { type: 'slots' }>): RehearsalState {
  const { environment: name, url, observed } = event;
  const before = state.environments.find((one) => one.name === name);
  const after = { name, url, observed, ...assignSlots(observed, before) };
  const changed = before === undefined || JSON.stringify(before.observed) !== JSON.stringify(observed);
  return {
    ...state,
    environments:
      before === undefined
        ? [...state.environments, after]
        : state.environments.map((one) => (one === before ? after : one)),
    focus: changed && observed.deployments.length > 0 ? name : state.focus,
  };
}

/**
 * Which deployment stands in which slot. A deployment keeps its slot while it is shown; a newcomer takes
 * the one that does not hold the live deployment.
 */
function assignSlots(
  observed: Observed,
  before: EnvironmentState | undefined,
): Pick<EnvironmentState, 'blue' | 'green'> {
  const live = observed.live?.id;
  const beside =
    observed.deployments.find((one) => one.id !== live && (one.state === 'staged' || one.weight > 0)) ??
    observed.deployments.find((one) => one.id !== live);
  const shown = new Set([live, beside?.id]);
  let blue = shown.has(before?.blue) ? before?.blue : undefined;
  let green = shown.has(before?.green) ? before?.green : undefined;
  for (const id of [live, beside?.id]) {
    if (id === undefined || id === blue || id === green) continue;
    if (blue === undefined) blue = id;
    else green = id;
  }
  return { blue, green };
}

/** The version of the release under way: known as soon as a target has staged its commit. */
export function versionOf(state: RehearsalState): string | undefined {
  const commit = state.commit?.sha;
  return state.environments
    .flatMap((one) => one.observed.deployments)
    .find((deployment) => deployment.commit === commit)?.version;
}
