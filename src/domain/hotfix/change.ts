import { type HotfixAnswer, open, shut } from './answer.ts';
import type { HotfixSettings } from './settings.ts';

/** What a hotfix changes, against the commit that is live. */
export interface Change {
  readonly files: readonly ChangedFile[];
}

export interface ChangedFile {
  readonly path: string;
  /** Added and removed lines; undefined where git cannot count them: a binary file. */
  readonly lines: number | undefined;
}

const LONGEST_LIST = 5;

/** Whether a change is small enough to go the short way. What cannot be counted is not small. */
export function sizeAnswer({ files }: Change, most: HotfixSettings['most']): HotfixAnswer {
  const lines = files.reduce((sum, file) => sum + (file.lines ?? 0), 0);
  const uncounted = files.filter((file) => file.lines === undefined);
  const size = `${counted(lines, 'line')} in ${counted(files.length, 'file')}`;
  const why = [
    ...(lines > most.lines ? [`more than ${counted(most.lines, 'line')}`] : []),
    ...(files.length > most.files ? [`more than ${counted(most.files, 'file')}`] : []),
    ...(uncounted.length > 0 ? [`git cannot count the lines of ${list(uncounted)}`] : []),
  ];
  if (why.length === 0) return open(`${size} changed since the live commit`);
  return shut(
    'HOTFIX_TOO_LARGE',
    `${size} changed since the live commit: ${why.join(', ')}`,
    'Make the fix smaller, take it through the pipeline, or let somebody record an override with a reason.',
  );
}

/** A file of the hotfix's own branch that says how the hotfix is judged: airlock.yml, or a calendar of freezes. */
export interface RuleFile {
  /** From the root of the repository, as git has it. */
  readonly path: string;
  /** Whether git has a file there, and not a link or a folder. */
  readonly isRegular: boolean;
}

/**
 * Whether a change leaves the rules alone by which it is judged: they are read from the branch itself, and
 * the short way is no way to change them.
 */
export function rulesAnswer({ files }: Change, rules: readonly RuleFile[]): HotfixAnswer {
  const paths = new Set(['.github', ...rules.map(({ path }) => path)]);
  const changed = files.filter(({ path }) => paths.has(path) || path.startsWith('.github/'));
  const elsewhere = rules.find(({ isRegular }) => !isRegular);
  if (changed.length === 0 && elsewhere === undefined) return open('nothing that it is judged by is changed');
  return shut(
    'HOTFIX_CHANGES_RULES',
    elsewhere === undefined
      ? `the hotfix changes the rules it is judged by: ${list(changed)}`
      : `${elsewhere.path} is no regular file of the branch: what it stands for may change unseen`,
    'Take that change out of the branch and through the pipeline, or let somebody record an override with a reason.',
  );
}

const counted = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

const list = (files: readonly ChangedFile[]): string => {
  const names = files.slice(0, LONGEST_LIST).map(({ path }) => path);
  const others = files.length - names.length;
  return `${names.join(', ')}${others > 0 ? ` and ${others} more` : ''}`;
};
