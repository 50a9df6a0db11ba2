import type { Hold, Override } from '../domain/holds.ts';
import { cell, code, table } from '../domain/markdown.ts';
import { shortDigest } from '../domain/release.ts';

/** What is locked, held and overridden, and how it is taken back. */
export const summarize = (
  environment: string,
  holds: readonly Hold[],
  overrides: readonly Override[],
): string =>
  [
    holds.length === 0
      ? `Nothing keeps a release out of ${cell(environment)}.`
      : table(['what', 'since', 'by', 'until', 'why', 'how to take it back'], holds.map(holdRow)),
    ...(overrides.length === 0
      ? []
      : [table(['gate opened', 'for', 'since', 'by', 'until', 'why'], overrides.map(overrideRow))]),
    'A rollback is never kept back by any of this.',
  ].join('\n\n');

function holdRow(hold: Hold): readonly string[] {
  const { kind, environment, version, digest, since, by, until, reason } = hold;
  const what = {
    lock: `🔒 ${cell(environment)} is locked`,
    hold: `✋ ${cell(nameOf(version, digest))} is held everywhere`,
    rollback: `↩️ ${cell(nameOf(version, digest))} was taken back from ${cell(environment)}, and is held everywhere`,
  }[kind];
  const back = kind === 'lock' ? 'unlock' : 'release';
  const about = kind === 'lock' ? '' : `, release ${code(digest ?? '')}`;
  return [
    what,
    cell(since),
    cell(by),
    cell(until ?? 'somebody takes it back'),
    cell(reason),
    `mode ${code(back)}${about}`,
  ];
}

const overrideRow = ({ gate, digest, since, by, second, until, reason }: Override): readonly string[] => [
  cell(gate),
  cell(digest === undefined ? 'any release' : nameOf(undefined, digest)),
  cell(since),
  cell(second === undefined ? by : `${by} and ${second}`),
  cell(until),
  cell(reason),
];

const nameOf = (version: string | undefined, digest: Hold['digest']): string =>
  [version, digest && `sha256:${shortDigest(digest)}`].filter(Boolean).join(', ');
