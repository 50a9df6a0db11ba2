import { cell, code, inert, preformatted, text } from './markdown.ts';

/** A shorter text is a word: hiding it would hide half of the log, and nothing that could be kept hidden. */
const SHORTEST = 4;
/** Passwords of databases are words sometimes: those that nobody could guess are longer. */
const SHORTEST_PASSWORD = 8;

/**
 * Every text that gives a secret away, the longest first: itself, each of its lines, and the password in a
 * URL, as it is written there and as it is meant.
 */
export function tellingParts(secret: string): readonly string[] {
  const parts = [secret, ...secret.split(/\r?\n/)].filter((part) => part.trim().length >= SHORTEST);
  const passwords = passwordsOf(secret).filter((part) => part.length >= SHORTEST_PASSWORD);
  return [...new Set([...parts, ...passwords])].sort((one, other) => other.length - one.length);
}

function passwordsOf(secret: string): readonly string[] {
  const { password } = URL.parse(secret) ?? { password: '' };
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    return [password];
  }
}

/**
 * How a secret may stand in what is written: as it is, in an address, in JSON, and as each helper of a summary
 * writes it, who takes the Markdown out of every value before it is looked through for secrets.
 */
export const writtenForms = (secret: string): readonly string[] => [
  ...new Set([
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    text(secret),
    cell(secret),
    inert(secret),
    ...[code(secret), preformatted(secret)].map((tagged) => tagged.replaceAll(/^<\w+>|<\/\w+>$/g, '')),
  ]),
];
