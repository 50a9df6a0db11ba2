/** A part of an SQL text and where it begins, in UTF-16 units from the start. */
export interface Piece {
  readonly text: string;
  readonly offset: number;
}

export interface Scanned {
  /** Without leading comments and without the closing semicolon. */
  readonly statements: readonly Piece[];
  /** `--` comments outside of strings. */
  readonly comments: readonly Piece[];
  /** Where psql commands (`\connect`, `\.`) stand: PostgreSQL itself knows no backslash outside of strings. */
  readonly backslashes: readonly number[];
}

const TOKEN = new RegExp(
  [
    '(?<space>\\s+)',
    '(?<comment>--[^\\n]*)',
    '(?<block>/\\*)',
    `(?<escaped>[eE]'[^'\\\\]*(?:(?:''|\\\\[\\s\\S])[^'\\\\]*)*'?)`,
    `(?<quoted>'[^']*(?:''[^']*)*'?|"[^"]*(?:""[^"]*)*"?)`,
    '(?<dollar>\\$(?:[A-Za-z_\\u0080-\\uffff][\\w\\u0080-\\uffff]*)?\\$)',
    '(?<word>[A-Za-z_\\u0080-\\uffff][\\w$\\u0080-\\uffff]*)',
    '(?<number>\\d[\\w.]*)',
    '(?<other>[\\s\\S])',
  ].join('|'),
  'y',
);

/**
 * Splits an SQL text into statements as psql does: strings, dollar quotes, nested comments, parentheses
 * and the bodies of SQL-standard functions keep their semicolons. Whatever is left open runs to the end;
 * the server says what is wrong with it.
 */
export function scan(sql: string): Scanned {
  const statements: Piece[] = [];
  const comments: Piece[] = [];
  const backslashes: number[] = [];
  let start: number | undefined;
  let words: string[] = [];
  let parentheses = 0;
  let body = 0;

  const finish = (end: number) => {
    if (start !== undefined) statements.push({ text: sql.slice(start, end).trimEnd(), offset: start });
    start = undefined;
    words = [];
    parentheses = 0;
    body = 0;
  };

  for (let at = 0; at < sql.length; ) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(sql);
    if (!token?.groups) break;
    const { space, comment, block, dollar, word, other } = token.groups;
    const end =
      block !== undefined
        ? endOfBlockComment(sql, at)
        : dollar !== undefined
          ? endOfDollarQuote(sql, at, dollar)
          : TOKEN.lastIndex;

    if (comment !== undefined) comments.push({ text: comment, offset: at });
    else if (other === ';' && parentheses === 0 && body === 0) finish(at);
    else if (space === undefined && block === undefined) {
      start ??= at;
      if (word !== undefined) {
        words.push(word.toLowerCase());
        body = bodyDepth(words, body);
      } else if (other === '(') parentheses++;
      else if (other === ')') parentheses = Math.max(0, parentheses - 1);
      else if (other === '\\') backslashes.push(at);
    }
    at = end;
  }
  finish(sql.length);
  return { statements, comments, backslashes };
}

/** Depth inside `BEGIN ATOMIC … END` of a function, by psql's own rule. */
function bodyDepth(words: readonly string[], depth: number): number {
  const word = words.at(-1);
  const routine =
    words[0] === 'create' && words.slice(1, 4).some((w) => w === 'function' || w === 'procedure');
  if (!routine) return 0;
  if (word === 'begin' || (word === 'case' && depth > 0)) return depth + 1;
  return word === 'end' && depth > 0 ? depth - 1 : depth;
}

function endOfBlockComment(sql: string, at: number): number {
  let depth = 0;
  for (let index = at; index < sql.length; index++) {
    const pair = sql.slice(index, index + 2);
    if (pair === '/*') depth++;
    else if (pair === '*/') depth--;
    else continue;
    index++;
    if (depth === 0) return index + 1;
  }
  return sql.length;
}

function endOfDollarQuote(sql: string, at: number, tag: string): number {
  const close = sql.indexOf(tag, at + tag.length);
  return close === -1 ? sql.length : close + tag.length;
}

/** Line and column, both from 1, of an offset. */
export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}
