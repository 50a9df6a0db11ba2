import { stripVTControlCharacters } from 'node:util';
import type { ViewEvent } from './story.ts';

// Control characters, and the signs that turn the direction of writing round.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed
const UNSEEN = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Text of someone else, made safe for this screen: nothing that moves the cursor or that it cannot show. */
function plainText(text: string, unicode: boolean): string {
  const seen = stripVTControlCharacters(text.replaceAll('\t', '  ')).replace(UNSEEN, '');
  return unicode ? seen : seen.replace(/[^\n\x20-\x7e]/gu, '?');
}

/**
 * The event with every text in it made safe for a screen, each on one line; Markdown keeps its lines.
 * Commit messages, log lines and what services answer are written by strangers.
 */
export const plainEvent = (event: ViewEvent, unicode: boolean): ViewEvent =>
  plainValue(event, unicode, false) as ViewEvent;

function plainValue(value: unknown, unicode: boolean, keepLines: boolean): unknown {
  if (typeof value === 'string') {
    const text = plainText(value, unicode);
    return keepLines ? text : text.replaceAll(/\n+/g, ' ');
  }
  if (Array.isArray(value)) return value.map((one) => plainValue(one, unicode, keepLines));
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      plainText(key, unicode),
      plainValue(inner, unicode, key === 'markdown'),
    ]),
  );
}
