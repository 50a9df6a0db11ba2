/** A commit as git has it. All of its message may be a stranger's. */
export interface Commit {
  readonly sha: string;
  /** Number of its parents: two and more for a merge. */
  readonly parents: number;
  readonly message: string;
}

/** Where a change stands in release notes. */
export type Group = 'feature' | 'improvement' | 'fix' | 'other';

/** What a commit tells a reader. Its texts are still as they were written. */
export interface Change {
  readonly sha: string;
  readonly group: Group;
  /** The part of the app that it is about, where its first line says one. */
  readonly scope: string | undefined;
  /** Its first line, without what became `group`, `scope` and `pullRequest`. */
  readonly subject: string;
  readonly pullRequest: number | undefined;
  /** What breaks and what to do about it, each in full, by its footers. */
  readonly breaking: readonly string[];
  readonly isBreaking: boolean;
  readonly knownIssues: readonly string[];
  /** SHA of the commit that it takes back. */
  readonly reverts: string | undefined;
}

/** Types of Conventional Commits that readers of notes look for; all others are told as they were written. */
const GROUPS: Readonly<Record<string, Group>> = {
  feat: 'feature',
  feature: 'feature',
  perf: 'improvement',
  improvement: 'improvement',
  fix: 'fix',
  bugfix: 'fix',
  hotfix: 'fix',
};

const HEADER = /^([A-Za-z][A-Za-z-]{0,30})(?:\(([^()\n]{1,100})\))?(!)?: +(\S.*)$/;
const PULL_REQUEST = / *\(#(\d{1,9})\)$/;
const REVERTS = /^This reverts commit ([0-9a-f]{40})\b/m;
/** Longer ones are cut: nobody reads them, and whoever writes one should not keep the runner busy. */
const LONGEST_MESSAGE = 20_000;
const LONGEST_HEADER = 500;

/**
 * Reads a message by Conventional Commits 1.0 where it keeps to that, else as plain text. By hand and not by
 * `conventional-commits-parser`: that one takes every line after `BREAKING CHANGE` for its text, so that
 * `Signed-off-by` with its address would stand on a page for everybody.
 */
export function readCommit({ sha, message }: Pick<Commit, 'sha' | 'message'>): Change {
  const [first = '', ...body] = message.slice(0, LONGEST_MESSAGE).replaceAll(/\r\n?/g, '\n').split('\n');
  const header = first.slice(0, LONGEST_HEADER).trim();
  const number = PULL_REQUEST.exec(header)?.[1];
  const whole = header.replace(PULL_REQUEST, '');
  const [, type = '', scope, bang, described = ''] = HEADER.exec(whole) ?? [];
  const group = Object.hasOwn(GROUPS, type.toLowerCase()) ? GROUPS[type.toLowerCase()] : undefined;
  const footers = footersIn(body);
  const breaking = textsOf(footers, /^BREAKING[ -]CHANGE$/);
  return {
    sha,
    group: group ?? 'other',
    scope: group === undefined ? undefined : scope?.trim(),
    subject: group === undefined ? whole : described,
    pullRequest: number === undefined ? undefined : Number(number),
    breaking,
    isBreaking: bang !== undefined || breaking.length > 0,
    knownIssues: textsOf(footers, /^known[ -]issue$/i),
    reverts: REVERTS.exec(body.join('\n'))?.[1],
  };
}

interface Footer {
  readonly token: string;
  readonly text: string;
}

const FOOTER = /^(BREAKING[ -]CHANGE|known[ -]issue|[A-Za-z]+(?:-[A-Za-z]+)+|[A-Za-z]+)(?:: +| (?=#))(.*)$/i;
/** Words that end a footer's text though they have no hyphen. Others, as in "Note: …", are a part of it. */
const ENDS = /^(?:refs?|close[sd]?|fix(?:e[sd])?|resolve[sd]?|see|cc|link|bug|issue)$/i;

/** Footers wherever they begin a line: many write them above the last paragraph. */
function footersIn(lines: readonly string[]): readonly Footer[] {
  const found: { token: string; lines: string[] }[] = [];
  for (const line of lines) {
    const [, token = '', text = ''] = FOOTER.exec(line) ?? [];
    if (token !== '' && (/[ -]/.test(token) || ENDS.test(token))) found.push({ token, lines: [text] });
    else found.at(-1)?.lines.push(line);
  }
  return found.map(({ token, lines: its }) => ({ token, text: its.join('\n').trim() }));
}

const textsOf = (footers: readonly Footer[], token: RegExp): readonly string[] =>
  footers.filter((one) => token.test(one.token) && one.text !== '').map(({ text }) => text);
