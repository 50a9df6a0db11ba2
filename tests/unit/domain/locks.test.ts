import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { LOCKS, type Lock, strongestLock } from '../../../src/domain/sql/locks.ts';

const { statements } = JSON.parse(
  readFileSync(new URL('../../fixtures/pg-locks.json', import.meta.url), 'utf8'),
) as { statements: { sql: string; strongest: string }[] };

/** PostgreSQL's locks by what others wait for. */
const MEANS: Readonly<Record<string, Lock>> = {
  none: 'none',
  AccessShareLock: 'none',
  RowExclusiveLock: 'rows',
  ShareUpdateExclusiveLock: 'schema-changes',
  ShareLock: 'writes',
  ShareRowExclusiveLock: 'writes',
  ExclusiveLock: 'writes',
  AccessExclusiveLock: 'reads-and-writes',
};

/** Where more is said than PostgreSQL takes: the text alone does not tell. */
const CAREFUL = ['drop view vw', 'alter domain posint add constraint dd check (value>0) not valid'];

describe('the strongest lock of a migration', () => {
  test.each(statements)('$sql: $strongest', ({ sql, strongest }) => {
    const [told, measured] = [strongestLock(sql), MEANS[strongest] ?? 'unknown'];
    if (CAREFUL.includes(sql)) expect(LOCKS.indexOf(told)).toBeGreaterThan(LOCKS.indexOf(measured));
    else expect(told).toBe(measured);
  });

  it.each<[string, string, Lock]>([
    ['nothing', '-- only a comment\n', 'none'],
    ['the strongest of several statements', 'CREATE TABLE a (b int); CREATE INDEX x ON c (d);', 'writes'],
    [
      'what is made in it',
      'CREATE TABLE a (b int);\nCREATE INDEX x ON a (b);\nALTER TABLE a ADD c int;',
      'none',
    ],
    [
      'what was perhaps there before',
      'CREATE TABLE IF NOT EXISTS a (b int); ALTER TABLE a ADD c int;',
      'reads-and-writes',
    ],
    [
      'a key to another table',
      'CREATE TABLE a (b int); ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES p (id);',
      'writes',
    ],
    [
      'several changes of one table',
      'ALTER TABLE a VALIDATE CONSTRAINT b, ADD COLUMN c int',
      'reads-and-writes',
    ],
    ['a comment in the middle', 'CREATE /* not concurrently */ INDEX x ON a (b)', 'writes'],
    ['words in a string', "UPDATE a SET b = 'DROP TABLE a'", 'rows'],
    ['code that runs', 'DO $$ BEGIN DROP TABLE a; END $$', 'unknown'],
    ['a question that may do anything', 'SELECT prune()', 'unknown'],
    ['what nobody knows', 'FROBNICATE a', 'unknown'],
    ['a quoted name', 'ALTER TABLE "Main"."My Notes" VALIDATE CONSTRAINT "x y"', 'schema-changes'],
  ])('of %s', (_what, sql, lock) => {
    expect(strongestLock(sql)).toBe(lock);
  });

  it('is found fast in a text that nobody should have written', () => {
    for (const sql of [
      `alter table ${'a '.repeat(50_000)}`,
      `create ${'index '.repeat(20_000)}`,
      '('.repeat(100_000),
    ])
      strongestLock(sql);
  }, 1_000);
});
