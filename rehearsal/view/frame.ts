import { endingLines } from './ending.ts';
import {
  jobInFocus,
  pipelineLines,
  stationsOf,
  stepInFocus,
  stepLines,
  stepName,
  visibleSteps,
} from './pipeline.ts';
import { questionLines } from './question.ts';
import { cut, duration, ends, nameOf, type Pen, penFor, type Screen, widthOf } from './screen.ts';
import { slotColours, slotLines, trafficLines, trafficTotal } from './slots.ts';
import { type RehearsalState, versionOf } from './state.ts';
import { importantSummary, tableLines, verdictTable } from './summaries.ts';

/** Wider lines are harder to read, not easier. */
const WIDEST = 108;
const NARROW = 60;
const NARROWEST = 28;
const MOST_STEPS = 8;
/** Lines kept for the middle, so that what stands below it does not jump. */
const MIDDLE_ROWS = 12;

/**
 * One picture of the rehearsal, a line each, never higher than the screen and, from 30 columns on, never
 * wider: what matters less gives way first (log, steps, boxes, slots, visitors).
 */
export function frame(state: RehearsalState, screen: Screen, now: Date): readonly string[] {
  const pen = penFor(screen);
  const columns = widthFor(screen);
  const rows = Math.max(1, screen.rows - 1);
  const header = headerLines(state, columns, now, pen);
  const top = [header, pipeline(state, columns, now, pen)];
  const middle = middleOf(state, columns, now, pen);
  const visitors = traffic(state, columns, pen);
  const boxes = screen.columns < NARROW ? [] : [{ top, low: [slots(state, columns, true, pen), visitors] }];
  const choices = [
    ...boxes,
    { top, low: [slots(state, columns, false, pen), visitors] },
    { top, low: [visitors] },
    { top, low: [] },
  ];
  const least = state.question === undefined ? 2 : middle(0).length;
  const chosen = choices.find(({ top, low }) => height([...top, ...low]) + 1 + least <= rows) ?? {
    top: [header],
    low: [],
  };
  const left = Math.max(0, rows - height([...chosen.top, ...chosen.low]) - 1);
  const shown = middle(Math.min(left, Math.max(MIDDLE_ROWS, least)));
  const missing = chosen.low.length === 0 ? 0 : Math.min(left, MIDDLE_ROWS) - shown.length;
  const filled = [...shown, ...Array.from({ length: Math.max(0, missing) }, () => '')];
  const [first = '', , ...others] = stacked([...chosen.top, filled, ...chosen.low]);
  return indented([first, newsLine(state, columns, now, pen), ...others]).slice(0, rows);
}

const NEWS_MS = 8_000;

/** What was noted a moment ago, in the line under the header that is empty otherwise. */
function newsLine(state: RehearsalState, columns: number, now: Date, pen: Pen): string {
  const note = state.notes.at(-1);
  const isNews = state.run !== undefined && now.getTime() - (state.notedAt?.getTime() ?? 0) < NEWS_MS;
  return note === undefined || !isNews ? '' : pen.tone('asks', cut(note, columns, pen));
}

/** The last picture, which stays on screen: as high as it needs to be. */
export function lastFrame(state: RehearsalState, screen: Screen, now: Date): readonly string[] {
  const pen = penFor(screen);
  const columns = widthFor(screen);
  const summary = state.run === undefined ? undefined : importantSummary(state.run);
  const table = summary === undefined ? undefined : verdictTable(summary.markdown);
  const blocks = [
    headerLines(state, columns, now, pen),
    pipeline(state, columns, now, pen),
    summary === undefined || table === undefined
      ? []
      : [
          pen.bold(cut(stepName(summary.step), columns, pen)),
          ...tableLines(table, columns - 2, pen).map((line) => `  ${line}`),
        ],
    state.load === undefined ? [] : [trafficTotal(state.load, columns, pen)],
    state.ending === undefined ? [] : endingLines(state.ending, columns, pen),
  ];
  return indented(stacked(blocks));
}

type Lines = readonly string[];

const widthFor = (screen: Screen): number => Math.max(NARROWEST, Math.min(screen.columns, WIDEST) - 2);

const indented = (lines: Lines): Lines => lines.map((line) => (line === '' ? '' : ` ${line}`));

/** Blocks below each other with one empty line between. */
const stacked = (blocks: readonly Lines[]): Lines =>
  blocks
    .filter((block) => block.length > 0)
    .flatMap((block, index) => (index === 0 ? [...block] : ['', ...block]));

const height = (blocks: readonly Lines[]): number => stacked(blocks).length;

const ACTS = {
  prepare: 'getting ready',
  baseline: 'first release',
  release: 'new release',
  ask: 'what would happen now',
  override: 'an override',
  again: 'the same run again',
  back: 'the way back',
  notes: 'its release notes',
} as const;

function headerLines(state: RehearsalState, columns: number, now: Date, pen: Pen): Lines {
  const elapsed = duration(now.getTime() - (state.startedAt ?? now).getTime());
  const name = `airlock ${pen.sign.dot} ${state.app}`;
  const version = versionOf(state);
  const what =
    state.commit === undefined || state.act === 'prepare'
      ? ACTS[state.act]
      : `${ACTS[state.act]} ${nameOf({ version: version ?? '', commit: state.commit.sha }).trim()}  ${state.commit.subject}`;
  const label = cut(name, Math.floor(columns / 2), pen);
  return [`${pen.bold(label)}  ${ends(what, pen.dim(elapsed), columns - widthOf(label) - 2, pen)}`];
}

function pipeline(state: RehearsalState, columns: number, now: Date, pen: Pen): Lines {
  return state.run === undefined ? [] : pipelineLines(stationsOf(state.run.jobs), columns, now, pen);
}

/** What fills the room between the pipeline and the slots, given how many lines there are. */
function middleOf(state: RehearsalState, columns: number, now: Date, pen: Pen): (rows: number) => Lines {
  if (state.ending !== undefined) {
    const lines = endingLines(state.ending, columns, pen);
    return () => lines;
  }
  if (state.question !== undefined) {
    const lines = questionLines(state.question, columns, pen);
    return () => lines;
  }
  const job = state.run === undefined ? undefined : jobInFocus(state.run.jobs);
  if (state.run === undefined || job === undefined)
    return (rows) =>
      rows < 1 ? [] : state.notes.slice(-rows).map((note) => pen.dim(cut(note, columns, pen)));
  const label = stationsOf(state.run.jobs).find((one) => one.job === job)?.label ?? job.name;
  const log = (stepInFocus(job)?.log ?? [])
    // The runner's marks for folding mean nothing here.
    .map((line) => line.replace(/^##\[\w+\]/, ''))
    .filter((line) => line.trim() !== '');
  return (rows) => {
    const most = Math.min(MOST_STEPS, Math.max(1, rows - 1 - Math.min(3, log.length)));
    const steps = stepLines(job, { columns, rows: most }, now, pen);
    const rest = Math.max(0, rows - 1 - Math.max(steps.length, Math.min(visibleSteps(job).length, most)));
    const shown = rest === 0 ? [] : log.slice(-rest);
    return [
      pen.bold(cut(label, columns, pen)),
      ...steps,
      ...shown.map((line) => pen.dim(`      ${cut(line, columns - 6, pen)}`)),
    ].slice(0, Math.max(0, rows));
  };
}

function slots(state: RehearsalState, columns: number, boxed: boolean, pen: Pen): Lines {
  const running = jobInFocus(state.run?.jobs ?? [])?.environment;
  const known = (name: string | undefined) => state.environments.find((one) => one.name === name);
  const environment = known(running) ?? known(state.focus);
  return environment === undefined ? [] : slotLines(environment, { columns, boxed }, pen);
}

function traffic(state: RehearsalState, columns: number, pen: Pen): Lines {
  return state.load === undefined ? [] : trafficLines(state.load, columns, slotColours(state), pen);
}
