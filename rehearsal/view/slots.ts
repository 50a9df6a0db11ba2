import type { Deployment } from '../../src/domain/deployment.ts';
import { bar, count, cut, ends, type Pen, pad, widthOf } from './screen.ts';
import type { EnvironmentState, LoadState, RehearsalState } from './state.ts';

type Colour = 'blue' | 'green';

/** The two slots of an environment: boxes side by side where they fit, else a line each. */
export function slotLines(
  environment: EnvironmentState,
  options: { columns: number; boxed: boolean },
  pen: Pen,
): readonly string[] {
  const title = ends(
    environment.name,
    pen.dim(environment.url ?? ''),
    options.columns,
    pen,
    pen.bold,
  ).trimEnd();
  const slot = (id: string | undefined) => environment.observed.deployments.find((one) => one.id === id);
  const blue = slot(environment.blue);
  const green = slot(environment.green);
  if (!options.boxed)
    return [
      title,
      slotLine('blue', blue, options.columns, pen),
      slotLine('green', green, options.columns, pen),
    ];
  const width = Math.min(44, Math.floor((options.columns - 2) / 2));
  const left = slotBox('blue', blue, width, pen);
  const right = slotBox('green', green, width, pen);
  return [title, ...left.map((line, index) => `${line}  ${right[index] ?? ''}`)];
}

function slotLine(colour: Colour, deployment: Deployment | undefined, columns: number, pen: Pen): string {
  const name = pen[colour](pad(colour, 5));
  if (deployment === undefined) return `  ${name} ${pen.dim('empty')}`;
  const state = `${deployment.weight}% ${standing(deployment)}`;
  return `  ${name} ${cut(deployment.version, columns - 10 - widthOf(state), pen)}  ${paintState(deployment, state, pen)}`;
}

/** A box of four lines between its borders. `width` counts the borders. */
function slotBox(
  colour: Colour,
  deployment: Deployment | undefined,
  width: number,
  pen: Pen,
): readonly string[] {
  const { box, line } = pen.sign;
  const inner = width - 4;
  const state = deployment === undefined ? 'empty' : standing(deployment);
  const rule = line.repeat(Math.max(0, width - 7 - widthOf(colour) - widthOf(state)));
  const paintedState = deployment === undefined ? pen.dim(state) : paintState(deployment, state, pen);
  const paint = deployment === undefined || deployment.weight === 0 ? pen.dim : pen[colour];
  const top = `${paint(box.topLeft + line)} ${pen[colour](colour)} ${paint(rule)} ${paintedState} ${paint(box.topRight)}`;
  const bottom = paint(box.bottomLeft + line.repeat(width - 2) + box.bottomRight);
  const rows = deployment === undefined ? ['', '', ''] : deploymentRows(deployment, inner, pen[colour], pen);
  return [top, ...rows.map((row) => `${paint(box.side)} ${pad(row, inner)} ${paint(box.side)}`), bottom];
}

function deploymentRows(
  deployment: Deployment,
  columns: number,
  paint: (text: string) => string,
  pen: Pen,
): readonly string[] {
  const commit = deployment.commit.slice(0, 7);
  const weight = `${String(deployment.weight).padStart(3)}%`;
  return [
    ends(deployment.version, pen.dim(commit), columns, pen, pen.bold),
    `${bar(deployment.weight / 100, columns - 5, pen, paint)} ${weight}`,
    pen.dim(cut(deployment.url?.replace(/^https?:\/\//, '') ?? '', columns, pen)),
  ];
}

const standing = (deployment: Deployment): string =>
  deployment.state === 'superseded' ? 'kept' : deployment.state;

const paintState = (deployment: Deployment, text: string, pen: Pen): string =>
  deployment.state === 'live'
    ? pen.tone('good', text)
    : deployment.state === 'failed'
      ? pen.tone('bad', text)
      : deployment.state === 'staged'
        ? pen.tone('asks', text)
        : pen.dim(text);

/** The visitors: how many, how fast, how many got no answer, and which version answers now. */
export function trafficLines(
  load: LoadState,
  columns: number,
  slotColours: Readonly<Record<string, Colour>>,
  pen: Pen,
): readonly string[] {
  const facts = `${count(ratePerSecond(load))}/s ${pen.sign.dot} ${totals(load, pen)}`;
  const heading = ends(`visitors of ${load.environment}`, facts, columns, pen, pen.bold);
  const shares = presentShares(load);
  if (shares.length === 0) return [heading];
  const legend = shares
    .map(({ version, share }) => `${version} ${Math.round(share * 100)}%`)
    .join(` ${pen.sign.dot} `);
  const shown = cut(legend, Math.floor(columns / 2), pen);
  const room = Math.max(4, columns - widthOf(shown) - 1);
  const widths = split(
    shares.map(({ share }) => share),
    room,
  );
  const segments = shares.map(({ version }, index) => {
    const colour = slotColours[version];
    // Without colour, neighbours must differ by their sign.
    const sign = colour === 'green' ? pen.sign.empty : pen.sign.full;
    const paint = colour === undefined ? pen.dim : pen[colour];
    return paint(sign.repeat(widths[index] ?? 0));
  });
  return [heading, `${segments.join('')} ${pen.dim(shown)}`];
}

/** The visitors when all is over. */
export const trafficTotal = (load: LoadState, columns: number, pen: Pen): string =>
  ends(`visitors of ${load.environment}`, totals(load, pen), columns, pen, pen.bold);

function totals(load: LoadState, pen: Pen): string {
  const failed = `${count(load.failed)} failed`;
  return `${count(load.sent)} sent ${pen.sign.dot} ${pen.tone(load.failed === 0 ? 'good' : 'bad', failed)}`;
}

/** Requests a second over the window. */
function ratePerSecond(load: LoadState): number {
  const first = load.recent[0];
  const last = load.recent.at(-1);
  if (first === undefined || last === undefined || first === last) return 0;
  const seconds = (last.at.getTime() - first.at.getTime()) / 1000;
  return seconds <= 0 ? 0 : Math.round((last.sent - first.sent) / seconds);
}

/** Which version answered what share of the window's requests, in order of version. */
function presentShares(load: LoadState): readonly { version: string; share: number }[] {
  const first = load.recent[0];
  const counts = Object.entries(load.byVersion)
    .map(([version, total]) => ({ version, answers: total - (first?.byVersion[version] ?? 0) }))
    .filter(({ answers }) => answers > 0)
    .sort((one, other) => one.version.localeCompare(other.version, 'en', { numeric: true }));
  const all = counts.reduce((sum, one) => sum + one.answers, 0);
  return counts.map(({ version, answers }) => ({ version, share: answers / all }));
}

/** Splits `room` columns by share so that they add up and every share keeps at least one. */
function split(shares: readonly number[], room: number): readonly number[] {
  const widths = shares.map((share) => Math.max(1, Math.floor(share * room)));
  const widest = widths.indexOf(Math.max(...widths));
  const rest = room - widths.reduce((sum, width) => sum + width, 0);
  return widths.map((width, index) => (index === widest ? Math.max(1, width + rest) : width));
}

/** Versions of an environment by the slot they stand in, so that visitors get the colour of their slot. */
export function slotColours(state: RehearsalState): Readonly<Record<string, Colour>> {
  const environment = state.environments.find((one) => one.name === state.load?.environment);
  if (environment === undefined) return {};
  const colours: Record<string, Colour> = {};
  for (const { id, version } of environment.observed.deployments) {
    if (id === environment.blue) colours[version] = 'blue';
    if (id === environment.green) colours[version] = 'green';
  }
  return colours;
}
