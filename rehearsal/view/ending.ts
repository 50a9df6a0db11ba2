import { stationsOf, stepName } from './pipeline.ts';
import { cut, nameOf, type Pen, pad, widthOf } from './screen.ts';
import type { RunState } from './state.ts';
import type { Ending, Shown } from './story.ts';

/** Where a run first went wrong. */
export interface FirstFailure {
  /** The station's label. */
  readonly station: string;
  readonly step: string | undefined;
  /** What it said, most telling first. */
  readonly said: readonly string[];
}

/** What the runner says of every step that fails: true, and no reason. */
const RUNNERS_OWN = /^(Process completed with exit code \d+|The operation was canceled)\.$/;

const LAST_LINES = 3;

const LONGEST_LINE = 300;
/** What surrounds an error where Node dies of it: the place in the code, the stack, its own version. */
const AROUND_AN_ERROR = /^(\s*$|##\[|\s+at |\s*\^+$|Node\.js v)/;
const ERROR = /^(Uncaught )?(\w+\.)*\w*Error\b/;

/** A step that ended without a reason: the error it died of, or what it printed last, is the nearest there is. */
function lastWords(log: readonly string[], messages: readonly string[]): readonly string[] {
  const lines = log.filter((line) => !AROUND_AN_ERROR.test(line));
  if (lines.length === 0) return messages;
  const error = lines.findLastIndex((line) => ERROR.test(line));
  const told = error === -1 ? lines.slice(-LAST_LINES) : lines.slice(error, error + LAST_LINES);
  return told.map((line) => (line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line));
}

/** The first job that failed, the step it failed at, and what its error annotations say. */
export function firstFailure(run: RunState): FirstFailure | undefined {
  const stations = stationsOf(run.jobs);
  const station =
    stations.find(({ job }) => job.status === 'failure') ??
    stations.find(({ job }) => job.status === 'cancelled');
  if (station === undefined) return undefined;
  const { job, label } = station;
  const failed = job.steps.filter((one) => one.outcome === 'failure' || one.outcome === 'cancelled');
  const innermost = failed.find((one) => !failed.some((other) => other.ref.id.startsWith(`${one.ref.id}.`)));
  const errors = run.annotations.filter((one) => one.job === job.id && one.level === 'error');
  const messages = [...errors.map((one) => one.message), ...(job.note === undefined ? [] : [job.note])];
  const telling = messages.filter((message) => !RUNNERS_OWN.test(message));
  return {
    station: label,
    step: innermost === undefined ? undefined : stepName(innermost.ref),
    said: [...new Set(telling.length > 0 ? telling : lastWords(innermost?.log ?? [], messages))],
  };
}

/** The outcome: what is live now, where, why, and what to look at next. */
export function endingLines(ending: Ending, columns: number, pen: Pen): readonly string[] {
  const mark = pen.mark(ending.foretold ? 'good' : 'bad');
  const widest = Math.max(0, ...ending.live.map((one) => widthOf(one.environment)));
  return [
    `${mark} ${pen.bold(cut(ending.headline, columns - 2, pen))}`,
    ...shownLines(ending.shown ?? [], columns, pen),
    ...(ending.why.length === 0 ? [] : ['', pen.dim('  why')]),
    ...ending.why.flatMap((reason) => bullet(reason, columns, pen)),
    '',
    pen.dim('  live now'),
    ...ending.live.map(({ environment, release, isNew }) => {
      if (release === undefined) return `    ${pad(environment, widest)}  ${pen.dim('nothing')}`;
      const name = cut(nameOf(release), columns - widest - 17, pen);
      return `    ${pad(environment, widest)}  ${name}  ${isNew ? pen.tone('good', 'new') : pen.dim('as before')}`;
    }),
    ...(ending.next.length === 0 ? [] : ['', pen.dim('  look at')]),
    ...ending.next.flatMap((place) => bullet(place, columns, pen)),
  ];
}

const shownLines = (shown: readonly Shown[], columns: number, pen: Pen): readonly string[] =>
  shown.length === 0
    ? []
    : [
        '',
        ...shown.flatMap(({ isTrue, what, how }) => [
          `  ${pen.mark(isTrue ? 'good' : 'bad')} ${cut(what, columns - 4, pen)}`,
          ...wrapped(how, columns - 6).map((line) => pen.dim(`      ${line}`)),
        ]),
      ];

/** Long text over several lines, so that no reason is cut short. */
const bullet = (text: string, columns: number, pen: Pen): readonly string[] =>
  wrapped(text, columns - 6).map((one, index) => `    ${index === 0 ? pen.dim(pen.sign.dot) : ' '} ${one}`);

function wrapped(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && widthOf(`${line} ${word}`) > columns) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines;
}
