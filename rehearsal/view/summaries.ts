import { cut, type Pen, pad, widthOf } from './screen.ts';
import { isSame, type RunState, type SummaryState } from './state.ts';

/** All step summaries of a run as one Markdown document, in the order in which they were written. */
export function summaryDocument(title: string, run: RunState): string {
  const parts = run.summaries.map(
    ({ job, step, markdown }) => `## ${job}: ${step.name}\n\n${markdown.trim()}`,
  );
  return `${[`# ${title}`, ...parts].join('\n\n')}\n`;
}

/**
 * The summary a person should see without opening a file, as far as one holds verdicts: of the step that
 * failed or, when all went well, of the last one.
 */
export function importantSummary(run: RunState): SummaryState | undefined {
  const judged = run.summaries.filter(({ markdown }) => verdictTable(markdown) !== undefined);
  return run.conclusion === 'success'
    ? judged.at(-1)
    : judged.find(({ job, step }) =>
        run.jobs.some(
          ({ id, steps }) =>
            id === job && steps.some((one) => isSame(one.ref, step) && one.outcome === 'failure'),
        ),
      );
}

interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The table of a summary that holds verdicts. */
export const verdictTable = (markdown: string): Table | undefined =>
  tablesIn(markdown).find(({ header }) => header.some((cell) => cell.toLowerCase() === 'verdict'));

/** The tables of a Markdown text, with their cells as plain text. */
export function tablesIn(markdown: string): readonly Table[] {
  const lines = markdown.split(/\r?\n/);
  return lines.flatMap((line, ruler) => {
    if (!/^\s*\|?(\s*:?-{3,}:?\s*\|)+/.test(line) || !lines[ruler - 1]?.includes('|')) return [];
    const end = lines.findIndex((later, index) => index > ruler && !later.includes('|'));
    return [
      {
        header: cellsOf(lines[ruler - 1] ?? ''),
        rows: lines.slice(ruler + 1, end === -1 ? undefined : end).map(cellsOf),
      },
    ];
  });
}

/** Cells of one row: pipes that are escaped stay in their cell. */
const cellsOf = (line: string): readonly string[] =>
  line
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '')
    .split(/(?<!\\)\|/)
    .map(readable);

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"' };

const ZERO_WIDTH_SPACE = 8203;

/** An entity as its sign; the space without width that keeps `@name` from being a mention is dropped. */
function signOf(entity: string, name: string): string {
  if (!name.startsWith('#')) return ENTITIES[name] ?? entity;
  const code = Number(name.slice(1));
  return code === ZERO_WIDTH_SPACE || code > 0x10ffff ? '' : String.fromCodePoint(code);
}

/** Inline Markdown as the text it stands for. */
export function readable(markdown: string): string {
  return markdown
    .replaceAll(/<\/?[a-z][^>]*>/gi, '')
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/\p{Extended_Pictographic}\uFE0F?/gu, '')
    .replaceAll(/(?<!\\)[*`]/g, '')
    .replaceAll(/\\([\\`*_[\]#~|])/g, '$1')
    .replaceAll(/&(\w+|#\d{1,7});/g, signOf)
    .trim();
}

/** A table drawn in `columns`: the widest column gives way first. */
export function tableLines({ header, rows }: Table, columns: number, pen: Pen): readonly string[] {
  const cells = [header, ...rows].map((row) => header.map((_, index) => row[index] ?? ''));
  const widths = header.map((_, index) => Math.max(...cells.map((row) => widthOf(row[index] ?? ''))));
  const gaps = 2 * (widths.length - 1);
  for (let all = sum(widths); all + gaps > columns; all -= 1) {
    const widest = widths.indexOf(Math.max(...widths));
    widths[widest] = Math.max(1, (widths[widest] ?? 1) - 1);
  }
  return cells.map((row, line) => {
    const drawn = row
      .map((cell, index) => pad(cut(cell, widths[index] ?? 0, pen), widths[index] ?? 0))
      .join('  ')
      .trimEnd();
    return line === 0 ? pen.dim(drawn) : drawn;
  });
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
