/**
 * Builds step summaries. Every value that comes from outside goes through `cell` or `text`, so that a
 * commit message cannot draw its own table or inject HTML.
 */

/** Markdown takes a lone carriage return for an end of line too. */
const LINE_END = /\r\n?|\n/g;

/** One value as a table cell: no new lines, pipes or HTML. */
export const cell = (value: string): string => text(value).replaceAll('|', '\\|').replaceAll(LINE_END, ' ');

/** One value as inline text: no HTML and no Markdown of its own. */
export const text = (value: string): string =>
  value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/([\\`*_[\]#~])/g, '\\$1')
    .replaceAll('@', '@&#8203;');

/**
 * One value as a table cell on a page that others read and click: an address in it becomes no link, and
 * a dollar sign no formula.
 */
export const inert = (value: string): string =>
  cell(value)
    .replaceAll('://', ':&#8203;//')
    .replaceAll(/www\./gi, (www) => `${www.slice(0, 3)}&#8203;.`)
    .replaceAll('$', '&#36;');

/** One value as inline code. Markdown still reads what stands between the tags, so its signs are codes. */
export const code = (value: string): string =>
  `<code>${value
    .replaceAll(/[&<>|[\]`*\\]/g, (sign) => `&#${sign.charCodeAt(0)};`)
    .replaceAll(LINE_END, ' ')}</code>`;

/** A table; cells are finished Markdown, made by `cell`, `code` or your own hand. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A block that a reader opens when they want it. `body` is finished Markdown. */
export const details = (title: string, body: string): string =>
  `<details><summary>${title}</summary>\n\n${body}\n\n</details>`;

/** Text as it stands, with its line breaks; nothing in it is Markdown or HTML. */
export const preformatted = (value: string): string =>
  `<pre>${value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')}</pre>`;
