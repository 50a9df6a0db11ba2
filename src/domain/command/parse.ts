/** What the first line of a comment says to Airlock. */
export type CommandReading<Word extends string> =
  | { readonly kind: 'command'; readonly word: Word; readonly args: string }
  /** Somebody talks to people, or quotes one who gave a command. */
  | { readonly kind: 'none' }
  /** It was meant as a command, or made to look like one. It is none: its writer may say it again. */
  | { readonly kind: 'malformed'; readonly why: string };

/** Longest argument, in characters: a reason is a sentence. */
export const LONGEST_ARGUMENT = 500;

/** What nobody sees, or what shows a text in another order than it stands. Emoji need the joiner U+200D. */
const UNSEEN =
  /[\p{Cc}\p{Zl}\p{Zp}\u00AD\u061C\u180E\u200B\u200C\u200E\u200F\u202A-\u202E\u2060-\u206F\uFEFF]/u;

/**
 * Reads a comment's command: its first line that is not empty, written exactly as `/word` or `/word args`.
 * What follows in later lines is for people. A quotation, a code block, an HTML comment or anything else
 * that stands before the word makes it no command, so that telling others what to write does not do it.
 *
 * @param words every command that is known here
 */
export function parseCommand<Word extends string>(
  body: string,
  words: readonly Word[],
): CommandReading<Word> {
  const line = body.split(/\r\n|\r|\n/).find((one) => !/^[ \t]*$/.test(one)) ?? '';
  const [, said, rest = ''] = /^\/([a-z-]+)(?: (.*))?$/su.exec(line.replace(/[ \t]+$/, '')) ?? [];
  const word = words.find((one) => one === said);
  if (word === undefined) return lookAlike(line, words);
  const args = rest.trim();
  if (UNSEEN.test(args)) {
    return malformed(`what follows \`/${word}\` holds characters that nobody can see`);
  }
  return args.length > LONGEST_ARGUMENT
    ? malformed(`what follows \`/${word}\` is longer than ${LONGEST_ARGUMENT} characters`)
    : { kind: 'command', word, args };
}

/** Whether a line would pass for a command before a person's eyes. Quotations and code do not. */
function lookAlike<Word extends string>(line: string, words: readonly Word[]): CommandReading<Word> {
  // So far to the right it is code.
  if (/^(?: {4}| {0,3}\t)/.test(line)) return { kind: 'none' };
  const seen = line
    .normalize('NFKC')
    .replaceAll('\t', ' ')
    .replaceAll(new RegExp(UNSEEN, 'gu'), '')
    .trimStart()
    .toLowerCase();
  const like = words.find((word) => new RegExp(`^[/\\\\⁄∕]\\s*${word}(?![\\p{L}\\p{N}-])`, 'u').test(seen));
  return like === undefined
    ? { kind: 'none' }
    : malformed(`a command begins its line and is written exactly, as in \`/${like}\``);
}

const malformed = (why: string) => ({ kind: 'malformed' as const, why });
