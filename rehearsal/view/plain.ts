import { firstFailure } from './ending.ts';
import { stationsOf, stepName, visibleSteps } from './pipeline.ts';
import { changeFacts } from './question.ts';
import { count, duration, nameOf, type Pen } from './screen.ts';
import { EMPTY, isSame, type RehearsalState, reduce } from './state.ts';
import type { ViewEvent } from './story.ts';
import { importantSummary, tableLines, verdictTable } from './summaries.ts';

const TABLE_COLUMNS = 96;

/**
 * The rehearsal as lines for a log: one for each event that matters, with the time since the start. Hands
 * back a function that takes the events in order and returns the lines of each.
 */
export function plainLines(pen: Pen): (event: ViewEvent) => readonly string[] {
  let state: RehearsalState = EMPTY;
  return (event) => {
    const before = state;
    state = reduce(state, event);
    const elapsed = duration(event.at.getTime() - (state.startedAt ?? event.at).getTime()).padStart(7);
    return linesOf(event, before, state, pen).map((line) => `${pen.dim(elapsed)}  ${line}`.trimEnd());
  };
}

const ACT_TITLES = {
  prepare: 'Getting ready',
  baseline: 'First release, so that something is live',
  release: 'New release',
  ask: 'What would happen now',
  override: 'An override',
  again: 'The same run again',
  back: 'The way back',
  notes: 'Its release notes',
} as const;

function linesOf(
  event: ViewEvent,
  before: RehearsalState,
  after: RehearsalState,
  pen: Pen,
): readonly string[] {
  const where = (job: string) => labelOf(after, job).padEnd(labelWidth(after));
  if (after.act === 'baseline' && isDetail(event)) return [];
  switch (event.type) {
    case 'act': {
      const commit =
        event.commit === undefined ? '' : `: ${event.commit.sha.slice(0, 7)} ${event.commit.subject}`;
      return ['', pen.bold(`${ACT_TITLES[event.act]}${commit}`)];
    }
    case 'note':
      return [`${pen.sign.dot} ${event.text}`];
    case 'job-changed':
      return jobLine(event, before, after, pen);
    case 'step-ended': {
      const job = after.run?.jobs.find(({ id }) => id === event.job);
      if (job === undefined || !visibleSteps(job).some(({ ref }) => isSame(ref, event.step))) return [];
      const mark = pen.mark(
        event.outcome === 'success' ? 'good' : event.outcome === 'failure' ? 'bad' : 'stopped',
      );
      return [`${where(event.job)}   ${mark} ${stepName(event.step)} ${pen.dim(duration(event.durationMs))}`];
    }
    case 'annotation':
      if (event.level === 'notice') return [];
      return [
        `${where(event.job)}     ${pen.tone(event.level === 'error' ? 'bad' : 'asks', event.level)} ${event.message}`,
      ];
    case 'stand-in':
      if (before.standIns.includes(event.action)) return [];
      return [
        `${where(event.job)}     ${pen.dim(`stands in for ${event.action.replace(/@.*/, '')}: ${event.what}`)}`,
      ];
    case 'slots':
      return slotChange(before, after, event.environment, pen);
    case 'approval-wanted':
      return [
        `${where(event.job)} ${pen.mark('asks')} ${event.environment} asks for approval by ${event.reviewers.join(', ')}`,
      ];
    case 'change':
      return changeFacts(event.change, pen).map(({ name, text }) => `    ${name.padEnd(12)} ${text}`);
    case 'approval-given':
      return [
        `${where(event.job)} ${pen.mark(event.verdict === 'approved' ? 'good' : 'bad')} ${event.verdict} by ${event.by}`,
      ];
    case 'comment':
      return [
        `${pen.mark(event.body.startsWith('/approve') ? 'good' : 'bad')} ${event.by} comments “${event.body}” in issue #${event.issue}, “${event.title}”`,
      ];
    case 'run-ended': {
      const failure =
        after.run === undefined || event.conclusion === 'success' ? undefined : firstFailure(after.run);
      const at =
        failure === undefined
          ? ''
          : ` at ${[failure.station, failure.step].filter((one) => one !== undefined).join(', ')}`;
      const mark = pen.mark(event.conclusion === 'success' ? 'good' : 'bad');
      return [`${mark} run ${event.runId}: ${event.conclusion}${at}, ${duration(event.durationMs)}`];
    }
    case 'ending':
      return endingText(after, pen);
    default:
      return [];
  }
}

/** The first release is only there so that something is live: its stations are enough, and what went wrong. */
const isDetail = (event: ViewEvent): boolean =>
  event.type === 'stand-in' ||
  event.type === 'approval-wanted' ||
  event.type === 'approval-given' ||
  event.type === 'comment' ||
  event.type === 'slots' ||
  (event.type === 'job-changed' && event.status === 'running') ||
  (event.type === 'step-ended' && event.outcome === 'success');

function jobLine(
  event: Extract<ViewEvent, { type: 'job-changed' }>,
  before: RehearsalState,
  after: RehearsalState,
  pen: Pen,
): readonly string[] {
  const isStation = stationsOf(after.run?.jobs ?? []).some(({ job }) => job.id === event.job);
  const was = before.run?.jobs.find((job) => job.id === event.job);
  if (!isStation || was?.status === event.status || event.status === 'queued') return [];
  const label = labelOf(after, event.job).padEnd(labelWidth(after));
  const note = event.note === undefined ? '' : `: ${event.note}`;
  const took =
    was?.startedAt === undefined ? '' : ` ${pen.dim(duration(event.at.getTime() - was.startedAt.getTime()))}`;
  switch (event.status) {
    case 'running':
      return was?.startedAt === undefined ? [`${label} ${pen.mark('busy')} started`] : [];
    case 'blocked':
      return [`${label} ${pen.mark('quiet')} waits for its lane${note}`];
    case 'waiting':
      return [];
    case 'success':
      return [`${label} ${pen.mark('good')} done${took}`];
    case 'failure':
      return [`${label} ${pen.mark('bad')} failed${note}${took}`];
    case 'cancelled':
      return [`${label} ${pen.mark('stopped')} cancelled${note}${took}`];
    case 'skipped':
      return [`${label} ${pen.mark('skipped')} skipped${note}`];
  }
}

/** One line when what is live, staged or weighted in an environment is not what it was. */
function slotChange(
  before: RehearsalState,
  after: RehearsalState,
  name: string,
  pen: Pen,
): readonly string[] {
  const text = (state: RehearsalState) =>
    state.environments
      .find((one) => one.name === name)
      ?.observed.deployments.filter(
        ({ state: stands, weight }) => stands === 'live' || stands === 'staged' || weight > 0,
      )
      .map(
        ({ version, state: stands, weight }) =>
          `${version} ${stands}${stands === 'live' || weight > 0 ? ` ${weight}%` : ''}`,
      )
      .join(', ') ?? '';
  const now = text(after);
  return now === '' || now === text(before)
    ? []
    : [`${name.padEnd(labelWidth(after))}   ${pen.sign.arrow} ${now}`];
}

function endingText(state: RehearsalState, pen: Pen): readonly string[] {
  const { ending, run, load } = state;
  if (ending === undefined) return [];
  const summary = run === undefined ? undefined : importantSummary(run);
  const table = summary === undefined ? undefined : verdictTable(summary.markdown);
  return [
    '',
    ...(summary === undefined || table === undefined
      ? []
      : [
          pen.bold(stepName(summary.step)),
          ...tableLines(table, TABLE_COLUMNS, pen).map((line) => `  ${line}`),
          '',
        ]),
    ...(load === undefined
      ? []
      : [`visitors of ${load.environment}: ${count(load.sent)} sent, ${count(load.failed)} failed`]),
    `${pen.mark(ending.foretold ? 'good' : 'bad')} ${pen.bold(ending.headline)}`,
    ...(ending.shown ?? []).map(
      ({ isTrue, what, how }) => `  ${pen.mark(isTrue ? 'good' : 'bad')} ${what}: ${how}`,
    ),
    ...ending.why.map((reason) => `  why: ${reason}`),
    ...ending.live.map(({ environment, release, isNew }) =>
      release === undefined
        ? `  live in ${environment}: nothing`
        : `  live in ${environment}: ${nameOf(release)}, ${isNew ? 'new' : 'as before'}`,
    ),
    ...ending.next.map((place) => `  look at: ${place}`),
  ];
}

const labelOf = (state: RehearsalState, job: string): string =>
  stationsOf(state.run?.jobs ?? []).find((station) => station.job.id === job)?.label ?? job;

const labelWidth = (state: RehearsalState): number =>
  Math.max(0, ...stationsOf(state.run?.jobs ?? []).map(({ label }) => label.length));
