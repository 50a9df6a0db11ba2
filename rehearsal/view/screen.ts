import pico from 'picocolors';
import stringWidth from 'string-width';

/** What the terminal can show. Sizes in characters. */
export interface Screen {
  readonly columns: number;
  readonly rows: number;
  readonly colour: boolean;
  /** Whether signs beyond ASCII arrive as they are. */
  readonly unicode: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads from the environment what a terminal of this size can show. `NO_COLOR` and `TERM=dumb` are obeyed. */
export function screenOf(
  stream: { readonly columns?: number; readonly rows?: number },
  environment: Environment,
): Screen {
  const dumb = environment.TERM === 'dumb';
  // An empty variable counts as unset, as in POSIX and as NO_COLOR asks for.
  const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG || '';
  return {
    columns: stream.columns ?? 80,
    rows: stream.rows ?? 24,
    colour: !dumb && !environment.NO_COLOR,
    unicode: !dumb && /utf-?8/i.test(locale),
  };
}

/** How a state is marked; `busy` is the one that moves. */
export type Tone = 'good' | 'bad' | 'busy' | 'asks' | 'quiet' | 'stopped' | 'skipped';

const SIGNS = {
  unicode: {
    mark: { good: '✓', bad: '✗', busy: '●', asks: '⏸', quiet: '◌', stopped: '⊘', skipped: '–' },
    spinner: ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'],
    line: '─',
    arrow: '→',
    dot: '·',
    ellipsis: '…',
    full: '█',
    empty: '░',
    box: { topLeft: '╭', topRight: '╮', bottomLeft: '╰', bottomRight: '╯', side: '│' },
  },
  ascii: {
    mark: { good: '+', bad: 'x', busy: '*', asks: '?', quiet: '.', stopped: '!', skipped: '-' },
    spinner: ['|', '/', '-', '\\'],
    line: '-',
    arrow: '->',
    dot: '-',
    ellipsis: '..',
    full: '#',
    empty: '.',
    box: { topLeft: '+', topRight: '+', bottomLeft: '+', bottomRight: '+', side: '|' },
  },
} as const;

/** The signs and colours of one screen. */
export interface Pen {
  readonly sign: (typeof SIGNS)[keyof typeof SIGNS];
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly blue: (text: string) => string;
  readonly green: (text: string) => string;
  readonly tone: (tone: Tone, text: string) => string;
  readonly mark: (tone: Tone) => string;
}

/** The pen for a screen. */
export function penFor(screen: Pick<Screen, 'colour' | 'unicode'>): Pen {
  const colours = pico.createColors(screen.colour);
  const sign = screen.unicode ? SIGNS.unicode : SIGNS.ascii;
  const byTone: Record<Tone, (text: string) => string> = {
    good: colours.green,
    bad: colours.red,
    busy: colours.cyan,
    asks: colours.yellow,
    quiet: colours.dim,
    stopped: colours.magenta,
    skipped: colours.dim,
  };
  const tone = (name: Tone, text: string) => byTone[name](text);
  return {
    sign,
    bold: colours.bold,
    dim: colours.dim,
    blue: colours.blue,
    green: colours.green,
    tone,
    mark: (name) => tone(name, sign.mark[name]),
  };
}

/** Columns a text takes on screen; colours take none. */
export const widthOf = (text: string): number => stringWidth(text);

const graphemes = new Intl.Segmenter();

/** Cuts plain text to `columns`, with an ellipsis where something is missing. */
export function cut(text: string, columns: number, pen: Pen): string {
  if (widthOf(text) <= columns) return text;
  const room = columns - widthOf(pen.sign.ellipsis);
  if (room < 0) return pen.sign.ellipsis.slice(0, Math.max(0, columns));
  let kept = '';
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    used += widthOf(segment);
    if (used > room) break;
    kept += segment;
  }
  return kept + pen.sign.ellipsis;
}

/** Fills up to `columns` with spaces on the right. */
export const pad = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - widthOf(text)));

/** `left` and `right` at the two ends of one line. `left` must be plain text: it is cut when both do not fit. */
export function ends(
  left: string,
  right: string,
  columns: number,
  pen: Pen,
  paint = (text: string) => text,
): string {
  const room = columns - widthOf(right) - 1;
  return `${paint(pad(cut(left, room, pen), room))} ${right}`;
}

/** A release as a person tells it from others: its commit too, unless the version says it already. */
export function nameOf({ version, commit }: { readonly version: string; readonly commit: string }): string {
  const short = commit.slice(0, 7);
  return version.includes(short) ? version : `${version} (${short})`;
}

/** A duration as a person says it: `0.4s`, `12s`, `2m 05s`. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  return `${Math.floor(whole / 60)}m ${String(whole % 60).padStart(2, '0')}s`;
}

/** A count with thin groups: `12 480`. */
export const count = (value: number): string => String(value).replaceAll(/\B(?=(\d{3})+$)/g, ' ');

/** A bar of `columns` characters, `share` (0 to 1) of it full. Anything above nothing shows at least one. */
export function bar(share: number, columns: number, pen: Pen, paint: (text: string) => string): string {
  const bounded = Math.min(1, Math.max(0, share));
  const full = bounded === 0 ? 0 : Math.max(1, Math.round(bounded * columns));
  return paint(pen.sign.full.repeat(full)) + pen.dim(pen.sign.empty.repeat(columns - full));
}
