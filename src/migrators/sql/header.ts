import type { Piece, Scanned } from '../../domain/sql/scan.ts';

/** What the `-- airlock:` comments at the top of a migration say. */
export interface Header {
  /** Run outside of a transaction, as CREATE INDEX CONCURRENTLY must be. */
  readonly noTransaction: boolean;
  /** Whether the migration can be undone (`revert = …`, in the up file). */
  readonly revert: StatedReversibility | undefined;
  /** A query whose one boolean says that undoing loses nothing (`lossless-when = …`, in the down file). */
  readonly losslessWhen: string | undefined;
}

const REVERSIBILITIES = ['free', 'lossy', 'irreversible'] as const;
type StatedReversibility = (typeof REVERSIBILITIES)[number];

const MARK = /^--\s*airlock\s*:\s*/i;

/** Reads the header strictly: a misspelt word is a problem and never ignored. */
export function readHeader(
  scanned: Scanned,
  direction: 'up' | 'down',
  problem: (offset: number, what: string) => void,
): Header {
  const marked = scanned.comments.filter((comment) => MARK.test(comment.text));
  const firstStatement = scanned.statements[0]?.offset ?? Number.POSITIVE_INFINITY;
  const seen = new Map<string, string>();
  for (const comment of marked) {
    const { key, value } = split(comment);
    const wrong =
      comment.offset > firstStatement
        ? '`-- airlock:` comments belong above the first statement.'
        : seen.has(key)
          ? `\`${key}\` is said twice.`
          : wrongIn(direction, key, value);
    if (wrong) problem(comment.offset, wrong);
    seen.set(key, value ?? '');
  }
  return {
    noTransaction: seen.has('no-transaction'),
    revert: REVERSIBILITIES.find((word) => word === seen.get('revert')),
    losslessWhen: seen.get('lossless-when'),
  };
}

function split(comment: Piece): { key: string; value: string | undefined } {
  const said = comment.text.replace(MARK, '').trim();
  const equals = said.indexOf('=');
  if (equals === -1) return { key: said, value: undefined };
  return { key: said.slice(0, equals).trim(), value: said.slice(equals + 1).trim() };
}

function wrongIn(direction: 'up' | 'down', key: string, value: string | undefined): string | undefined {
  switch (key) {
    case 'no-transaction':
      return value === undefined ? undefined : '`no-transaction` takes no value.';
    case 'revert':
      if (direction === 'down') return '`revert` belongs in the file that goes up.';
      return REVERSIBILITIES.some((word) => word === value)
        ? undefined
        : `\`revert\` must be one of ${REVERSIBILITIES.join(', ')}.`;
    case 'lossless-when':
      if (direction === 'up') return '`lossless-when` belongs in the down file.';
      return /^select\s/i.test(value ?? '') ? undefined : '`lossless-when` must be one SELECT on one line.';
    default:
      return `\`${key}\` is not known here; known are no-transaction, ${direction === 'up' ? 'revert' : 'lossless-when'}.`;
  }
}
