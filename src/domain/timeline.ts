import { describeDuration } from './duration.ts';

export interface Span {
  readonly name: string;
  /** Milliseconds, on any one scale. */
  readonly from: number;
  readonly to: number;
}

const WIDTH = 48;

/**
 * Who ran when, as lines of plain text: what ran side by side stands below one another.
 *
 *     install ████████████░░░░░░░░░░░░  4.0 s
 *     lint    ░░░░░░░░░░░░██████░░░░░░  2.0 s
 *     test    ░░░░░░░░░░░░████████████  4.0 s
 */
export function timeline(spans: readonly Span[]): string {
  const begin = Math.min(...spans.map(({ from }) => from));
  const end = Math.max(...spans.map(({ to }) => to));
  const column = (moment: number) => Math.round(((moment - begin) / Math.max(1, end - begin)) * WIDTH);
  const labelWidth = Math.max(...spans.map(({ name }) => name.length));
  return spans
    .map(({ name, from, to }) => {
      const first = Math.min(column(from), WIDTH - 1);
      const bar = '█'.repeat(Math.max(1, column(to) - first));
      const rest = WIDTH - first - bar.length;
      return `${name.padEnd(labelWidth)} ${'░'.repeat(first)}${bar}${'░'.repeat(rest)}  ${describeDuration(to - from)}`;
    })
    .join('\n');
}
