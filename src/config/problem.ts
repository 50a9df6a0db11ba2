import { type Problem as AnyProblem, Failure, type Location } from '../domain/failure.ts';

/** One thing that is wrong in airlock.yml, at the line and column where it stands. */
export interface Problem extends AnyProblem {
  readonly at: Required<Location>;
}

/** More than this drowns the reader; the rest is in `problems`. */
const MOST_LISTED = 50;

/** An airlock.yml that cannot be used: one failure that names everything wrong with it. */
export class ConfigurationFailure extends Failure {
  /** In the order of the file, at least one. */
  declare readonly problems: readonly Problem[];

  constructor(file: string, problems: readonly Problem[]) {
    const sorted = [...problems].sort(
      (one, other) => one.at.line - other.at.line || one.at.column - other.at.column,
    );
    const lines = sorted
      .slice(0, MOST_LISTED)
      .map(({ at, message }) => `  ${at.file}:${at.line}:${at.column} ${message}`);
    const unlisted = sorted.length - lines.length;
    if (unlisted > 0) lines.push(`  and ${unlisted} more`);
    const count = sorted.length === 1 ? '1 problem' : `${sorted.length} problems`;
    super(
      'CONFIG_INVALID',
      `${file} has ${count}:\n${lines.join('\n')}`,
      `Correct ${file} at the lines above; docs/configuration.md describes every key.`,
      { at: sorted[0]?.at ?? { file }, problems: sorted },
    );
    this.name = 'ConfigurationFailure';
  }
}

/** A value from the file as it may stand in a message: one short line without control characters. */
export function quote(value: unknown): string {
  const text = typeof value === 'string' ? value : String(value);
  const line = text.replaceAll(/[\p{C}\p{Zl}\p{Zp}`]/gu, '\u{FFFD}');
  return `\`${line.length > 60 ? `${[...line].slice(0, 60).join('')}…` : line}\``;
}
