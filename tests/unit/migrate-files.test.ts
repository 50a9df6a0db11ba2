import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Failure } from '../../src/domain/failure.ts';
import { lineAndColumn, scan } from '../../src/domain/sql/scan.ts';
import { concurrentIndex, readMigrations } from '../../src/migrators/sql/files.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'migrate-files-'));
});
afterEach(() => rm(directory, { recursive: true }));

const write = async (files: Readonly<Record<string, string | Uint8Array>>) => {
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
};
const read = () => readMigrations(directory);
const refusal = async (files: Readonly<Record<string, string | Uint8Array>>) => {
  await write(files);
  return read().then(
    () => expect.unreachable('was accepted'),
    (failure: Failure) => failure,
  );
};

describe('a folder of migrations', () => {
  it('is read oldest first, with reversibility from header and down file', async () => {
    await write({
      '0010_free.up.sql': '-- airlock: revert = free\nCREATE INDEX i ON t (a)',
      '0010_free.down.sql': 'DROP INDEX i',
      '002_lossy.sql': '\n-- why\n--airlock: revert=lossy\nSELECT 1',
      '002_lossy.down.sql': '-- airlock: lossless-when = SELECT true\nSELECT 1',
      '00003_silent.sql': 'SELECT 1',
      '00003_silent.down.sql': 'SELECT 1',
      '20260101120000_for-good.sql': 'SELECT 1',
      'README.md': 'about',
      '.gitkeep': '',
    });
    const migrations = await read();
    expect(migrations.map(({ id, reversibility }) => `${id} ${reversibility}`)).toEqual([
      '002_lossy lossy',
      '00003_silent unknown',
      '0010_free free',
      '20260101120000_for-good irreversible',
    ]);
    expect(migrations[0]?.down?.losslessWhen).toBe('SELECT true');
  });

  it('is missing with a word on where it is configured', async () => {
    await expect(readMigrations(join(directory, 'nowhere'))).rejects.toMatchObject({
      code: 'MIGRATIONS_NOT_FOUND',
      next: expect.stringContaining('database.migrations'),
    });
  });

  it('is refused with every problem at once', async () => {
    const failure = await refusal({
      '1-a.sql': 'SELECT 1',
      '0002_b.sql': '',
      '0003_c.sql': 'SELECT 1;\n\\connect other',
    });
    expect(failure).toMatchObject({ code: 'MIGRATION_INVALID', at: { file: '0002_b.sql' } });
    for (const place of ['1-a.sql:', '0002_b.sql:1:', '0003_c.sql:2:'])
      expect(failure.message).toContain(place);
  });

  it.each<[string, Readonly<Record<string, string | Uint8Array>>, RegExp]>([
    ['the same number twice', { '0055_a.sql': 'SELECT 1', '55_b.sql': 'SELECT 1' }, /same number/],
    ['a migration said twice', { '1_a.sql': 'SELECT 1', '1_a.up.sql': 'SELECT 1' }, /says the same/],
    ['a down file alone', { '1_a.down.sql': 'SELECT 1' }, /no file that goes up/],
    ['an odd ending', { '1_a.sql.bak': 'SELECT 1' }, /not named like a migration/],
    ['capital letters in the ending', { '1_a.SQL': 'SELECT 1' }, /not named like a migration/],
    ['nothing but comments', { '1_a.sql': '-- later\n/* maybe */' }, /No statement/],
    ['a NUL', { '1_a.sql': 'SELECT 1;\0 DROP TABLE t' }, /NUL/],
    ['Latin-1', { '1_a.sql': Uint8Array.of(0x2d, 0x2d, 0xe9) }, /not UTF-8/],
    ['a psql command', { '1_a.sql': 'SELECT 1;\n  \\i other.sql' }, /1_a\.sql:2: A psql command/],
    [
      'BEGIN and COMMIT',
      { '1_a.sql': 'BEGIN;\nSELECT 1;\nCOMMIT;' },
      /:1: The file begins.*\n.*:3: The file begins/,
    ],
    ['START TRANSACTION', { '1_a.sql': 'start\ttransaction; SELECT 1' }, /begins or ends/],
    ['ROLLBACK', { '1_a.sql': 'SELECT 1; rollback' }, /begins or ends/],
    ['COPY FROM STDIN', { '1_a.sql': 'COPY t FROM stdin;' }, /COPY FROM STDIN/],
    ['an unknown header', { '1_a.sql': '-- airlock: no-transactoin\nSELECT 1' }, /is not known/],
    ['an unknown reversibility', { '1_a.sql': '-- airlock: revert = maybe\nSELECT 1' }, /must be one of/],
    [
      'a header said twice',
      { '1_a.sql': '-- airlock: revert = irreversible\n-- airlock: revert = irreversible\nSELECT 1' },
      /twice/,
    ],
    ['a header below a statement', { '1_a.sql': 'SELECT 1;\n-- airlock: revert = free' }, /above the first/],
    ['free without a down file', { '1_a.sql': '-- airlock: revert = free\nSELECT 1' }, /add 1_a\.down\.sql/],
    [
      'a probe nobody asks',
      { '1_a.sql': 'SELECT 1', '1_a.down.sql': '-- airlock: lossless-when = SELECT true\nSELECT 1' },
      /counts only when/,
    ],
    [
      'a probe that is no query',
      {
        '1_a.sql': '-- airlock: revert = lossy\nSELECT 1',
        '1_a.down.sql': '-- airlock: lossless-when = true\nSELECT 1',
      },
      /one SELECT/,
    ],
    [
      'two statements without a transaction',
      { '1_a.sql': '-- airlock: no-transaction\nSELECT 1;\nSELECT 2' },
      /:3: A no-transaction file holds one/,
    ],
    [
      'a nameless concurrent index',
      { '1_a.sql': '-- airlock: no-transaction\nCREATE INDEX CONCURRENTLY ON t (a)' },
      /Name the index/,
    ],
  ])('refuses %s', async (_name, files, message) => {
    expect(await refusal(files)).toMatchObject({
      code: 'MIGRATION_INVALID',
      message: expect.stringMatching(message),
    });
  });

  it('refuses a folder in the folder', async () => {
    await mkdir(join(directory, '0001_a.sql'));
    await expect(read()).rejects.toMatchObject({ message: expect.stringContaining('not a plain file') });
  });

  it.each([
    'SAVEPOINT a; ROLLBACK TO a; ROLLBACK TO SAVEPOINT a',
    `DO $$ BEGIN PERFORM 1; END $$`,
    `SELECT 'BEGIN;' AS "COMMIT;"; -- COMMIT;\n/* ROLLBACK; */`,
    `SELECT E'\\\\connect', '\\connect'`,
  ])('accepts %s', async (sql) => {
    await write({ '1_a.sql': sql });
    expect(await read()).toHaveLength(1);
  });
});

describe('scanning', () => {
  it('keeps statements whole, whatever stands inside of them', () => {
    const pieces = [
      "'a;''b'",
      "E'\\';'",
      '"x;"',
      '$$;$$',
      '$t$ ; $$ ; $t$',
      '/* ; /* ; */ ; */ 1',
      '(1;2)',
      '-- ;\n1',
      'é$x',
      '$1',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 6 }), (inside) => {
        const statement = `SELECT ${inside.join(' ')}`;
        const { statements, backslashes } = scan(`${statement};\nSELECT 2 ; ;`);
        expect(statements.map(({ text }) => text)).toEqual([statement, 'SELECT 2']);
        expect(backslashes).toEqual([]);
      }),
    );
  });

  it('never loses a place or hangs on any text', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom("'", '"', '$', 'a', ';', '-', '/', '*', '\\', '\n', '(', 'E'),
          maxLength: 40,
        }),
        (sql) => {
          for (const { text, offset } of scan(sql).statements) expect(sql.slice(offset)).toContain(text);
        },
      ),
    );
  });

  it('reads a literal of megabytes', () => {
    expect(scan(`INSERT INTO t VALUES ('${"''x;".repeat(1_000_000)}')`).statements).toHaveLength(1);
  });

  it('counts lines and columns from one', () => {
    expect(lineAndColumn('ab\ncd', 0)).toEqual({ line: 1, column: 1 });
    expect(lineAndColumn('ab\ncd', 4)).toEqual({ line: 2, column: 2 });
  });

  it.each([
    [
      'create unique index concurrently if not exists A_b on only s.T using btree (x)',
      { index: 'a_b', table: 's.T' },
    ],
    ['CREATE INDEX CONCURRENTLY "A ""b" ON "S"."T" (x)', { index: 'A "b', table: '"S"."T"' }],
    ['CREATE INDEX CONCURRENTLY ON t (x)', undefined],
    ['CREATE INDEX i ON t (x)', undefined],
  ])('knows which index %s makes', (statement, made) => {
    expect(concurrentIndex(statement)).toEqual(made);
  });
});
