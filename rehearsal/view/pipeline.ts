import type { JobStatus, StepRef } from '../executor/events.ts';
import { cut, duration, type Pen, pad, type Tone, widthOf } from './screen.ts';
import type { JobState, StepState } from './state.ts';

/** One stop of the pipeline, as it is drawn. */
export interface Station {
  readonly label: string;
  readonly job: JobState;
}

const SEPARATOR = ' / ';

/**
 * The stops a person thinks in: jobs that only call others are left out, and so are the parts of a name
 * that tell nothing, because all jobs share them or because a called workflow has one job only.
 */
export function stationsOf(jobs: readonly JobState[]): readonly Station[] {
  const calls = (job: JobState) => jobs.some((other) => other.id.startsWith(job.id + SEPARATOR));
  const leaves = jobs.filter((job) => !calls(job));
  const paths = leaves.map((job) => job.id.split(SEPARATOR));
  const shared = sharedDepth(paths);
  return leaves.map((job, index) => {
    const path = (paths[index] ?? []).slice(shared);
    const caller = job.id.slice(0, job.id.lastIndexOf(SEPARATOR));
    const isOnlyChild =
      path.length > 1 && leaves.filter((other) => other.id.startsWith(caller + SEPARATOR)).length === 1;
    return { job, label: (isOnlyChild ? path.slice(0, -1) : path).join(SEPARATOR) };
  });
}

/** How many leading parts all paths share, leaving each at least one part of its own. */
function sharedDepth(paths: readonly (readonly string[])[]): number {
  const [first = []] = paths;
  const most = Math.min(first.length, ...paths.map((path) => path.length)) - 1;
  let depth = 0;
  while (depth < most && paths.every((path) => path[depth] === first[depth])) depth += 1;
  return depth;
}

const TONES: Readonly<Record<JobStatus, Tone>> = {
  queued: 'quiet',
  blocked: 'quiet',
  waiting: 'asks',
  running: 'busy',
  success: 'good',
  failure: 'bad',
  cancelled: 'stopped',
  skipped: 'skipped',
};

/** How a job or step in this state is marked. */
const toneOf = (status: JobStatus): Tone => TONES[status];

/** What stands under a station: how long it took, or what it waits for. */
function underLabel(job: JobState, now: Date): string {
  switch (job.status) {
    case 'queued':
      return '';
    case 'blocked':
      return 'in line';
    case 'waiting':
      return 'asks you';
    case 'skipped':
    case 'cancelled':
      return job.status;
    default:
      return job.startedAt === undefined
        ? ''
        : duration((job.endedAt ?? now).getTime() - job.startedAt.getTime());
  }
}

/** The pipeline from left to right where it fits, else from top to bottom. */
export function pipelineLines(
  stations: readonly Station[],
  columns: number,
  now: Date,
  pen: Pen,
): readonly string[] {
  const cells = stations.map(({ label, job }) => {
    const tone = toneOf(job.status);
    const under = underLabel(job, now);
    return { label, tone, under, width: Math.max(widthOf(label), widthOf(under)) + 2 };
  });
  const name = (label: string, tone: Tone) =>
    `${pen.mark(tone)} ${tone === 'quiet' || tone === 'skipped' ? pen.dim(label) : pen.bold(label)}`;
  const names = cells.reduce((sum, cell) => sum + cell.width, 0);
  const link = Math.min(7, Math.floor((columns - names) / Math.max(1, cells.length - 1)));
  if (link < 3) {
    const widest = Math.max(0, ...cells.map((cell) => widthOf(cell.label)));
    return cells.map((cell) =>
      `${name(pad(cut(cell.label, Math.min(widest, columns - 12), pen), Math.min(widest, columns - 12)), cell.tone)}  ${pen.dim(cell.under)}`.trimEnd(),
    );
  }
  const last = cells.length - 1;
  const above = cells.map((cell, index) => {
    const drawn = name(cell.label, cell.tone);
    if (index === last) return drawn;
    const reached = cell.tone === 'good' && cells[index + 1]?.tone !== 'skipped';
    // The line takes the room that a longer text below the label leaves free.
    const line = ` ${pen.sign.line.repeat(link - 2 + cell.width - 2 - widthOf(cell.label))} `;
    return drawn + (reached ? pen.tone('good', line) : pen.dim(line));
  });
  const below = cells.map((cell, index) => pad(`  ${cell.under}`, cell.width + (index === last ? 0 : link)));
  return [above.join(''), pen.dim(below.join('').trimEnd())];
}

/** The job a person wants to see now: what runs or asks, else what failed, else what ended last. */
export function jobInFocus(jobs: readonly JobState[]): JobState | undefined {
  const latest = (status: JobStatus) => jobs.filter((job) => job.status === status).at(-1);
  return (
    latest('waiting') ??
    latest('running') ??
    latest('failure') ??
    latest('cancelled') ??
    latest('success') ??
    jobs.find((job) => job.status === 'blocked')
  );
}

/** How a person calls a step: an action by its name, without the repository's commit. */
export function stepName({ name, stage }: StepRef): string {
  const action = /(?:^|\s)Run (\S+?)(?:@\S+)?$/.exec(name)?.[1];
  if (action === undefined) return name;
  const called = action.replace(/^(?:\$|\.)\/(?:actions\/)?/, '');
  return stage === 'main' ? called : `${called} (${stage})`;
}

/**
 * The steps that do something a person follows: a composite's own line is left out, and so are skipped
 * ones and the quiet end of a pre or post step.
 */
export function visibleSteps(job: JobState): readonly StepState[] {
  return job.steps.filter(
    (step) =>
      step.conclusion !== 'skipped' &&
      (step.ref.stage === 'main' || step.conclusion !== 'success') &&
      !job.steps.some(
        (inner) => inner.ref.stage === step.ref.stage && inner.ref.id.startsWith(`${step.ref.id}.`),
      ),
  );
}

/** The step that runs now, else the one that failed, else the last. */
export function stepInFocus(job: JobState): StepState | undefined {
  const steps = visibleSteps(job);
  return (
    steps.findLast((step) => step.conclusion === undefined) ??
    steps.find((step) => step.conclusion === 'failure') ??
    steps.at(-1)
  );
}

/** The last `rows` steps of a job, each with its mark and time. */
export function stepLines(
  job: JobState,
  screen: { columns: number; rows: number },
  now: Date,
  pen: Pen,
): readonly string[] {
  return visibleSteps(job)
    .slice(-screen.rows)
    .map((step) => {
      const isRunning = step.conclusion === undefined && job.status === 'running';
      const tone = toneOf(step.conclusion ?? (isRunning ? 'running' : job.status));
      const spin =
        pen.sign.spinner[Math.floor(now.getTime() / 100) % pen.sign.spinner.length] ?? pen.sign.mark.busy;
      const mark = isRunning ? pen.tone('busy', spin) : pen.mark(tone);
      const time = duration(step.durationMs ?? now.getTime() - step.startedAt.getTime());
      const forgiven = step.outcome === 'failure' && step.conclusion === 'success';
      const name = forgiven ? `${stepName(step.ref)} (failed, and may)` : stepName(step.ref);
      const room = screen.columns - 4 - widthOf(time) - 1;
      const label = cut(name, room, pen);
      return `  ${mark} ${isRunning ? label : pen.dim(label)} ${pen.dim(time)}`;
    });
}
