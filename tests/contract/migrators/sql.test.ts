import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type EmbeddedPostgres, startPostgres } from '../../../rehearsal/services/postgres.ts';
import { lockKey } from '../../../src/migrators/sql/lock.ts';
import { sqlMigrator } from '../../../src/migrators/sql/provider.ts';
import type { Migrator } from '../../../src/ports/migrator.ts';
import { systemClock } from '../../../src/runner/clock.ts';
import { lottery } from '../../sample.ts';
import { migratorContract } from './suite.ts';
import { keepingLog, LIMITS, migrationsFolder, never, query, tablesOf } from './world.ts';

const it = lottery(0.5);

/** Long enough for a busy machine; a condition that holds ends the wait at once. */
const PATIENT = { timeout: 15_000 };

let directory: string;
let server: EmbeddedPostgres;
let databases = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sql-migrator-'));
  server = await startPostgres({ directory });
});
afterAll(async () => {
  await server.stop();
  await rm(directory, { recursive: true });
});

const createDatabase = () => server.createDatabase(`test_${++databases}`);

migratorContract('sql', () => ({
  provider: sqlMigrator,
  createDatabase,
  tables: tablesOf,
  creates: (id, table) => ({
    [`${id}.sql`]: `-- airlock: revert = free\nCREATE TABLE ${table} (id int);`,
    [`${id}.down.sql`]: `DROP TABLE ${table};`,
  }),
  createsForGood: (id, table) => ({ [`${id}.sql`]: `CREATE TABLE ${table} (id int);` }),
  fails: (id, table) => ({ [`${id}.sql`]: `CREATE TABLE ${table} (id int);\nSELECT 1/0;` }),
}));

describe('the sql migrator', () => {
  let folder: Awaited<ReturnType<typeof migrationsFolder>>;
  let url: string;
  let log: ReturnType<typeof keepingLog>;
  let migrator: Migrator;

  const connect = (databaseUrl: string, limits: Partial<typeof LIMITS> = {}) =>
    sqlMigrator.connect(
      { directory: folder.directory, ...LIMITS, ...limits },
      { databaseUrl, log, clock: systemClock, release: '1.4.0', run: 'https://example.org/runs/7' },
    );
  const apply = () => migrator.apply(never);
  const passwordOf = (databaseUrl: string) => new URL(databaseUrl).password;

  beforeEach(async () => {
    folder = await migrationsFolder();
    log = keepingLog();
    url = await createDatabase();
    migrator = await connect(url);
  });
  afterEach(() => folder.remove());

  it('keeps name, checksum, duration, release and run in a schema of its own', async () => {
    await folder.write('0001_a.sql', 'CREATE TABLE a (id int)');
    await apply();
    const [row] = await query(url, 'SELECT * FROM airlock_migrations.history');
    expect(row).toMatchObject({ version: '1', id: '0001_a', state: 'applied', release: '1.4.0' });
    expect(row).toMatchObject({
      checksum: expect.stringMatching(/^[0-9a-f]{64}$/),
      run: 'https://example.org/runs/7',
    });
    expect(await tablesOf(url)).toEqual(['a']);
  });

  it('compares versions as numbers', async () => {
    await folder.write('0055_b.sql', 'CREATE TABLE b (id int REFERENCES a)');
    await folder.write('006_a.sql', 'CREATE TABLE a (id int PRIMARY KEY)');
    expect((await apply()).map(({ id }) => id)).toEqual(['006_a', '0055_b']);
  });

  it('takes the same file with other line ends or a byte order mark for the same', async () => {
    await folder.write('0001_a.sql', 'CREATE TABLE a (\n  id int\n);\n');
    await apply();
    await folder.write('0001_a.sql', '\uFEFFCREATE TABLE a (\r\n  id int\r\n);\r\n');
    expect(await apply()).toEqual([]);
  });

  it('refuses an edited, a late and a lost migration', async () => {
    await folder.write('0001_a.sql', 'CREATE TABLE a (id int)');
    await folder.write('0003_c.sql', 'CREATE TABLE c (id int)');
    await apply();
    await folder.write('0002_b.sql', 'CREATE TABLE b (id int)');
    await expect(apply()).rejects.toMatchObject({
      code: 'MIGRATION_OUT_OF_ORDER',
      at: { file: '0002_b.sql' },
    });
    await folder.delete('0002_b.sql');
    await folder.write('0001_a.sql', 'CREATE TABLE a (id bigint)');
    await expect(apply()).rejects.toMatchObject({ code: 'MIGRATION_CHANGED', at: { file: '0001_a.sql' } });
    expect((await migrator.status())[0]).toMatchObject({
      state: 'changed',
      note: expect.stringContaining('edited'),
    });
    await folder.delete('0001_a.sql');
    await expect(apply()).rejects.toMatchObject({ code: 'MIGRATION_MISSING' });
    expect(await tablesOf(url)).toEqual(['a', 'c']);
  });

  it('points at the line and the column of an error, counted in characters', async () => {
    await folder.write(
      '0001_a.sql',
      "-- 🚪 first\nCREATE TABLE a (id int);\nSELECT '🚪🚪', nowhere\nFROM a;",
    );
    await expect(apply()).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
      message: expect.stringContaining('42703'),
      at: { file: '0001_a.sql', line: 3, column: 16 },
    });
  });

  it('points at the statement where the server gives no position, and quotes no rows', async () => {
    await folder.write(
      '0001_a.sql',
      "CREATE TABLE a (mail text UNIQUE);\nINSERT INTO a VALUES ('eve@example.org');\n\nINSERT INTO a VALUES ('eve@example.org');",
    );
    const failure = await apply().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'MIGRATION_FAILED', at: { line: 4, column: 1 } });
    expect(JSON.stringify([String(failure), failure])).not.toContain('eve@');
  });

  it('runs functions, dollar quotes and semicolons in strings as one statement each', async () => {
    await folder.write(
      '0001_a.sql',
      `CREATE TABLE a (t text DEFAULT ';');
       CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN NEW.t := 'x;y'; RETURN NEW; END $f$;
       CREATE FUNCTION g(n int) RETURNS int BEGIN ATOMIC SELECT CASE WHEN n > 0 THEN 1 ELSE 2 END; SELECT 3; END;
       CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION f(); /* ; /* ; */ */
       INSERT INTO a VALUES (E'it\\'s;');`,
    );
    await apply();
    expect(await query(url, 'SELECT t, g(1) FROM a')).toEqual([{ t: 'x;y', g: 3 }]);
  });

  it('lets no setting of one migration reach the next', async () => {
    await folder.write(
      '0001_a.sql',
      `CREATE SCHEMA other; SET search_path = other; SET statement_timeout = 300;`,
    );
    await folder.write('0002_b.sql', 'CREATE TABLE b (id int); SELECT pg_sleep(0.4);');
    await apply();
    expect(await tablesOf(url)).toEqual(['b']);
  });

  it('stops a statement that runs too long', async () => {
    const impatient = await connect(url, { statementTimeoutMs: 50 });
    await folder.write('0001_a.sql', 'SELECT pg_sleep(30)');
    await expect(impatient.apply(never)).rejects.toMatchObject({
      code: 'STATEMENT_TIMEOUT',
      at: { line: 1 },
    });
  });

  it('waits for a lock that an idle transaction holds, without queueing behind it', async () => {
    await query(url, 'CREATE TABLE busy (id int)');
    const holder = new pg.Client({ connectionString: url, application_name: 'sleepy' });
    await holder.connect();
    await holder.query('BEGIN; SELECT * FROM busy');
    await folder.write('0001_a.sql', 'ALTER TABLE busy ADD COLUMN name text');
    const applying = apply();
    await expect
      .poll(() => log.lines.filter((line) => line.includes('sleepy')).length, PATIENT)
      .toBeGreaterThan(1);
    await holder.query('COMMIT');
    expect(await applying).toHaveLength(1);

    await holder.query('BEGIN; SELECT * FROM busy');
    await folder.write('0002_b.sql', 'ALTER TABLE busy ADD COLUMN more text');
    const hurried = await connect(url, { lockBudgetMs: 300 });
    await expect(hurried.apply(never)).rejects.toMatchObject({
      code: 'LOCK_NOT_FREE',
      message: expect.stringContaining('sleepy'),
      at: { file: '0002_b.sql', line: 1 },
    });
    await holder.end();
  });

  it('gives up when another run keeps the lock, and says whose it is', async () => {
    const other = new pg.Client({ connectionString: url });
    await other.connect();
    const key = lockKey(new URL(url).pathname.slice(1)).toString();
    await other.query('SELECT pg_advisory_lock($1)', [key]);
    const hurried = await connect(url, { lockBudgetMs: 0 });
    await expect(hurried.apply(never)).rejects.toMatchObject({
      code: 'MIGRATION_LOCKED',
      message: expect.stringMatching(/server process \d+/),
    });
    await other.end();
  });

  describe('outside of a transaction', () => {
    const concurrently = '-- airlock: no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY a_id ON a (id);';

    it('builds and drops an index concurrently', async () => {
      await folder.write('0001_a.sql', 'CREATE TABLE a (id int)');
      await folder.write('0002_i.sql', `-- airlock: revert = free\n${concurrently}`);
      await folder.write('0002_i.down.sql', '-- airlock: no-transaction\nDROP INDEX CONCURRENTLY a_id;');
      expect(await apply()).toHaveLength(2);
      const valid = "SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass('a_id')";
      expect(await query(url, valid)).toEqual([{ valid: true }]);
      expect(await migrator.revert(['0002_i'], { onlySafe: true }, never)).toHaveLength(1);
      expect(await query(url, valid)).toEqual([]);
    });

    it('says how to run it when the header is forgotten', async () => {
      await folder.write('0001_a.sql', 'CREATE TABLE a (id int)');
      await folder.write('0002_i.sql', 'CREATE INDEX CONCURRENTLY a_id ON a (id)');
      await expect(apply()).rejects.toMatchObject({
        code: 'MIGRATION_FAILED',
        next: expect.stringContaining('-- airlock: no-transaction'),
      });
    });

    it('names the invalid index that a failed build leaves, and drops it on the next run', async () => {
      await folder.write('0001_a.sql', 'CREATE TABLE a (id int); INSERT INTO a VALUES (1), (1);');
      await folder.write('0002_i.sql', concurrently);
      await expect(apply()).rejects.toMatchObject({
        code: 'MIGRATION_FAILED',
        next: expect.stringContaining('DROP INDEX CONCURRENTLY public.a_id'),
      });
      expect((await migrator.status())[1]).toMatchObject({
        state: 'pending',
        note: expect.stringContaining('interrupted'),
      });
      await query(url, 'DELETE FROM a WHERE ctid = (SELECT min(ctid) FROM a)');
      expect((await apply()).map(({ id }) => id)).toEqual(['0002_i']);
      expect(await query(url, 'SELECT 1 FROM pg_index WHERE NOT indisvalid')).toEqual([]);
    });

    it('does not take an invalid index of somebody else for done', async () => {
      await query(url, 'CREATE TABLE a (id int); INSERT INTO a VALUES (1), (1)');
      await query(url, 'CREATE UNIQUE INDEX CONCURRENTLY a_id ON a (id)').catch(() => {});
      await folder.write('0002_i.sql', concurrently.replace('CONCURRENTLY', 'CONCURRENTLY IF NOT EXISTS'));
      await expect(apply()).rejects.toMatchObject({
        code: 'INVALID_INDEX',
        next: expect.stringContaining('DROP INDEX CONCURRENTLY public.a_id'),
      });
    });

    it('believes "exists already" only after an attempt of its own was interrupted', async () => {
      await query(url, 'CREATE TABLE a (id int); CREATE UNIQUE INDEX a_id ON a (id)');
      await folder.write('0001_i.sql', concurrently);
      await expect(apply()).rejects.toMatchObject({ code: 'MIGRATION_FAILED' });
      await folder.write('0002_b.sql', 'SELECT 1');
      const file = (await import('../../../src/migrators/sql/files.ts')).readMigrations(folder.directory);
      const checksum = (await file)[0]?.checksum;
      await query(
        url,
        `INSERT INTO airlock_migrations.history (version, id, checksum, reversibility, state) VALUES (1, '0001_i', '${checksum}', 'irreversible', 'applying')`,
      );
      expect((await apply()).map(({ id }) => id)).toEqual(['0001_i', '0002_b']);
    });
  });

  describe('reverts', () => {
    const lossy = {
      '0001_a.sql': '-- airlock: revert = lossy\nCREATE TABLE a (id int);',
      '0001_a.down.sql': '-- airlock: lossless-when = SELECT NOT EXISTS (SELECT FROM a)\nDROP TABLE a;',
    };
    const revert = () => migrator.revert(['0001_a'], { onlySafe: true }, never);
    const use = async (files: Readonly<Record<string, string>>) => {
      for (const [name, text] of Object.entries(files)) await folder.write(name, text);
      await apply();
    };

    it('what is lossy only while nothing was written', async () => {
      await use(lossy);
      await query(url, 'INSERT INTO a VALUES (1)');
      await expect(revert()).rejects.toMatchObject({
        code: 'REVERT_NOT_SAFE',
        message: expect.stringContaining('would lose data'),
      });
      await query(url, 'DELETE FROM a');
      expect(await revert()).toHaveLength(1);
      expect(await tablesOf(url)).toEqual([]);
    });

    test.each([
      ['SELECT 1', 'does not answer with one boolean'],
      ['SELECT true FROM generate_series(1, 2)', 'does not answer with one boolean'],
      ['SELECT nowhere', 'could not be asked'],
      ['SELECT true; DROP TABLE a', 'more than one statement'],
      ['SELECT lo_creat(0) > 0', 'read-only'],
    ])('nothing on the probe %s', async (probe, reason) => {
      await use({ ...lossy, '0001_a.down.sql': `-- airlock: lossless-when = ${probe}\nDROP TABLE a;` });
      await expect(revert()).rejects.toMatchObject({
        code: 'REVERT_NOT_SAFE',
        message: expect.stringContaining(reason),
      });
      expect(await tablesOf(url)).toEqual(['a']);
    });

    it('nothing that does not say whether it can be undone, unless told to', async () => {
      await use({ '0001_a.sql': 'CREATE TABLE a (id int)', '0001_a.down.sql': 'DROP TABLE a' });
      await expect(revert()).rejects.toMatchObject({ message: expect.stringContaining('does not say') });
      expect(await migrator.revert(['0001_a'], { onlySafe: false }, never)).toHaveLength(1);
    });

    it('nothing without a down file, even when told to', async () => {
      await use({ '0001_a.sql': 'CREATE TABLE a (id int)' });
      await expect(migrator.revert(['0001_a'], { onlySafe: false }, never)).rejects.toMatchObject({
        code: 'REVERT_NOT_SAFE',
        message: expect.stringContaining('it has no down file'),
      });
    });
  });

  describe('tells what is wrong with the connection, without the password', () => {
    const broken: readonly [string, string, Partial<URL>][] = [
      ['a wrong password', 'DATABASE_LOGIN_REFUSED', { password: 'hunter2-wrong' }],
      ['a wrong user', 'DATABASE_LOGIN_REFUSED', { username: 'mallory' }],
      ['a wrong database', 'DATABASE_NOT_FOUND', { pathname: '/nowhere' }],
      ['an unknown host', 'DATABASE_UNREACHABLE', { hostname: 'nowhere.invalid' }],
      ['a closed port', 'DATABASE_UNREACHABLE', { port: '1' }],
      ['TLS where there is none', 'DATABASE_TLS_FAILED', { search: 'sslmode=verify-full' }],
      ['no database', 'DATABASE_URL_INVALID', { pathname: '/' }],
    ];
    test.each(broken)('%s', async (_name, code, damage) => {
      const bad = Object.assign(new URL(url), damage);
      const failure = await (async () => (await connect(bad.href)).status())().catch(
        (error: unknown) => error,
      );
      expect(failure).toMatchObject({ code, next: expect.any(String) });
      const said = JSON.stringify([String(failure), failure, Object(failure).stack, log.lines]);
      expect(said).not.toContain(passwordOf(bad.href));
      expect(said).not.toContain(passwordOf(url));
      expect(said).not.toContain(bad.href);
    });

    test.each([
      'postgres://u:hunter2#x@h/db',
      'mysql://u:hunter2@h/db',
      'u:hunter2',
      'postgres://u:hunter2%zz@h/db',
    ])('a URL that is none', async (bad) => {
      const failure = await connect(bad).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'DATABASE_URL_INVALID' });
      expect(JSON.stringify([String(failure), failure, Object(failure).cause ?? ''])).not.toContain(
        'hunter2',
      );
    });

    it('a read-only database', async () => {
      await folder.write('0001_a.sql', 'CREATE TABLE a (id int)');
      await query(
        url,
        `ALTER DATABASE ${new URL(url).pathname.slice(1)} SET default_transaction_read_only = on`,
      );
      await expect(apply()).rejects.toMatchObject({ code: 'DATABASE_READ_ONLY' });
      expect(await migrator.status()).toHaveLength(1);
    });

    it('a user without privileges', async () => {
      await folder.write('0001_a.sql', 'CREATE TABLE a (id int)');
      await query(url, `CREATE ROLE poor_${databases} LOGIN PASSWORD 'poor-secret'`);
      const poor = new URL(url);
      poor.username = `poor_${databases}`;
      poor.password = 'poor-secret';
      const migratorOfPoor = await connect(poor.href);
      await expect(migratorOfPoor.apply(never)).rejects.toMatchObject({ code: 'DATABASE_PRIVILEGE_MISSING' });
    });

    it('and masks the URL and the password first of all', () => {
      expect(log.masked).toEqual([url, passwordOf(url)]);
    });
  });
});
