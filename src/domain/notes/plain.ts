import { inert } from '../markdown.ts';
import { plainOutput } from '../output.ts';

/**
 * One line of somebody else's text on a page for everybody: no Markdown, HTML, mention, address or number that
 * GitHub would make a link of, and no sign that turns the direction of reading. Cut where it is longer.
 */
export function plain(value: string, most = 300): string {
  const signs = [...plainOutput(value).replaceAll(/\s+/g, ' ').trim()];
  const short = signs.length > most ? `${signs.slice(0, most - 1).join('')}…` : signs.join('');
  return inert(short)
    .replaceAll(/\\#(?=\d)/g, '\\#&#8203;')
    .replaceAll(/\bGH-(?=\d)/gi, 'GH&#8203;-')
    .replace(/^(?=(?:[-+=]+|\d+[.)])(?:\s|$))/, '&#8203;');
}

/** The same for a text of several lines, which stay lines. */
export const plainLines = (value: string, most: number): string =>
  plainOutput(value.length > most ? `${value.slice(0, most).toWellFormed()}…` : value)
    .split('\n')
    .map((line) => plain(line, most))
    .filter((line) => line !== '')
    .join('<br>');

/** One value as code. Between HTML tags GitHub still makes links of addresses. */
export const exact = (value: string): string => `<code>${plain(value)}</code>`;
