import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type EmbeddedPostgres, startPostgres } from '../../../rehearsal/services/postgres.ts';
import { sqlMigrator } from '../../../src/migrators/sql/provider.ts';
import { systemClock } from '../../../src/runner/clock.ts';
import { lottery } from '../../sample.ts';
import { startRelay, startTransactionPooler, withForeignKey } from './wire.ts';
import { keepingLog, LIMITS, migrationsFolder, never, query, tablesOf } from './world.ts';

/** Long enough for a busy machine; a condition that holds ends the wait at once. */
const PATIENT = { timeout: 15_000 };

const PROGRAM = fileURLToPath(new URL('./apply-in-process.ts', import.meta.url));

let directory: string;
let server: EmbeddedPostgres;
let databases = 0;
let folder: Awaited<ReturnType<typeof migrationsFolder>>;
let url: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sql-faults-'));
  server = await startPostgres({ directory });
});
afterAll(async () => {
  await server.stop();
  await rm(directory, { recursive: true });
});
beforeEach(async () => {
  folder = await migrationsFolder();
  url = await server.createDatabase(`fault_${++databases}`);
});
afterEach(() => folder.remove());

const connect = (databaseUrl = url, log = keepingLog()) =>
  sqlMigrator.connect({ directory: folder.directory, ...LIMITS }, { databaseUrl, log, clock: systemClock });
const apply = async (databaseUrl = url) =>
  (await (await connect(databaseUrl)).apply(never)).map(({ id }) => id);

const start = () =>
  spawn(process.execPath, [PROGRAM, folder.directory], {
    env: { ...process.env, DATABASE_URL: url },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
const answerOf = async (child: ChildProcess) =>
  JSON.parse(child.stdout ? await text(child.stdout) : '') as { applied?: string[]; code?: string };

/** Waits until a migration runs this statement. */
const untilRunning = (statement: string) =>
  expect
    .poll(
      () =>
        query(
          url,
          `SELECT FROM pg_stat_activity WHERE application_name = 'airlock migrate' AND state = 'active' AND query LIKE '${statement}%'`,
        ),
      PATIENT,
    )
    .toHaveLength(1);
const sessions = () =>
  query(
    url,
    `SELECT FROM pg_stat_activity WHERE application_name = 'airlock migrate' AND datname = current_database()`,
  );

const it = lottery(0.5);

describe('processes', () => {
  it('two at once apply each migration once', async () => {
    for (const n of [1, 2, 3])
      await folder.write(`000${n}_t.sql`, `CREATE TABLE t${n} (id int); SELECT pg_sleep(0.05);`);
    const answers = await Promise.all([start(), start()].map(answerOf));
    expect(answers.flatMap(({ applied }) => applied).sort()).toEqual(['0001_t', '0002_t', '0003_t']);
    expect(answers.map(({ code }) => code)).toEqual([undefined, undefined]);
  });

  it('killed in the middle of a file leaves nothing of it, and the next run goes on', async () => {
    await folder.write('0001_a.sql', 'CREATE TABLE a (id int)');
    await folder.write('0002_b.sql', 'CREATE TABLE b (id int); SELECT pg_sleep(60);');
    const child = start();
    await untilRunning('SELECT pg_sleep');
    child.kill('SIGKILL');
    await once(child, 'exit');
    await folder.write('0002_b.sql', 'CREATE TABLE b (id int)');
    expect(await apply()).toEqual(['0002_b']);
    expect(await tablesOf(url)).toEqual(['a', 'b']);
  });

  it('killed while it builds an index concurrently, the next run drops the leftover and builds it', async () => {
    await query(url, 'CREATE TABLE a (id int)');
    await folder.write('0001_i.sql', '-- airlock: no-transaction\nCREATE INDEX CONCURRENTLY a_id ON a (id);');
    const { default: pg } = await import('pg');
    const reader = new pg.Client({ connectionString: url });
    await reader.connect();
    // The build waits for this writer to end, with its index in the catalog and not valid yet.
    await reader.query('BEGIN; INSERT INTO a VALUES (1)');
    const child = start();
    await untilRunning('CREATE INDEX');
    await expect.poll(() => query(url, 'SELECT FROM pg_index WHERE NOT indisvalid'), PATIENT).toHaveLength(1);
    child.kill('SIGKILL');
    await expect.poll(sessions, PATIENT).toHaveLength(0);
    await reader.end();
    expect(await apply()).toEqual(['0001_i']);
    expect(await query(url, `SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_id'::regclass`)).toEqual([
      { indisvalid: true },
    ]);
  });

  it('killed again and again at any moment end with every migration applied once', async () => {
    for (let n = 1; n <= 8; n++) {
      await folder.write(
        `000${n}_t.sql`,
        `CREATE TABLE t${n} (id int); SELECT pg_sleep(0.01); INSERT INTO t${n} VALUES (1);`,
      );
    }
    await folder.write(
      '0009_i.sql',
      '-- airlock: no-transaction\nCREATE INDEX CONCURRENTLY t1_id ON t1 (id);',
    );
    const seed = Date.now() % 100_000;
    console.log(`seed of the kills: ${seed}`);
    for (let kill = 0; kill < 5; kill++) {
      const child = start();
      const exited = once(child, 'exit');
      // Somewhere between the connection and the end of it all.
      await expect
        .poll(async () => child.exitCode !== null || (await sessions()).length > 0, PATIENT)
        .toBe(true);
      await delay((seed * (kill + 7)) % 150);
      child.kill('SIGKILL');
      await exited;
    }
    await apply();
    expect(await apply()).toEqual([]);
    const states = await query(
      url,
      'SELECT version::int, state FROM airlock_migrations.history ORDER BY history.version',
    );
    expect(states).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9].map((version) => ({ version, state: 'applied' })));
    for (let n = 1; n <= 8; n++) expect(await query(url, `SELECT FROM t${n}`)).toHaveLength(1);
    expect(await query(url, 'SELECT FROM pg_index WHERE NOT indisvalid')).toEqual([]);
  });

  it('told to cancel stop the statement that runs, and say so', async () => {
    await folder.write('0001_a.sql', 'CREATE TABLE a (id int); SELECT pg_sleep(60);');
    const child = start();
    const answer = answerOf(child);
    await untilRunning('SELECT pg_sleep');
    child.kill('SIGINT');
    expect(await answer).toEqual({ code: 'CANCELLED' });
    expect(await sessions()).toEqual([]);
    expect(await tablesOf(url)).toEqual([]);
  });
});

it('a cancel ends the wait for a lock too', async () => {
  await query(url, 'CREATE TABLE busy (id int)');
  const { default: pg } = await import('pg');
  const holder = new pg.Client({ connectionString: url });
  await holder.connect();
  await holder.query('BEGIN; LOCK TABLE busy');
  await folder.write('0001_a.sql', 'ALTER TABLE busy ADD COLUMN name text');
  const cancel = new AbortController();
  const log = keepingLog();
  const applying = (await connect(url, log)).apply(cancel.signal);
  const stopped = expect(applying).rejects.toMatchObject({ code: 'CANCELLED' });
  await expect
    .poll(() => log.lines.filter((line) => line.includes('trying again')), PATIENT)
    .not.toHaveLength(0);
  cancel.abort();
  await stopped;
  await holder.end();
  expect(await apply()).toEqual(['0001_a']);
});

describe('a connection that breaks', () => {
  /** Breaks the first COMMIT: with `deliver` the server gets it, and the client never hears the answer. */
  const breakCommit = (deliver: boolean) => {
    let broken = false;
    return (client: Socket, upstream: Socket) => {
      upstream.on('data', (chunk) => client.write(chunk));
      client.on('data', (chunk) => {
        if (broken || !chunk.includes('COMMIT\0')) return void upstream.write(chunk);
        broken = true;
        upstream.removeAllListeners('data').resume();
        if (deliver) upstream.end(chunk, () => client.destroy());
        else client.destroy();
      });
    };
  };

  test.each([
    ['before COMMIT arrives', false],
    ['after COMMIT arrived', true],
  ])('%s: the database says how it went, and the run goes on', async (_when, deliver) => {
    // The table of the history is made in the first run, so that its COMMIT is not the one that breaks.
    await apply();
    await folder.write('0001_a.sql', 'CREATE TABLE a (id int)');
    await folder.write('0002_b.sql', 'CREATE TABLE b (id int)');
    const relay = await startRelay(url, breakCommit(deliver));
    const log = keepingLog();
    const changes = await (await connect(relay.url, log)).apply(never);
    await relay.stop();
    expect(changes.map(({ id }) => id)).toEqual(['0001_a', '0002_b']);
    expect(log.lines.filter((line) => line.includes('during a COMMIT'))).toHaveLength(1);
    expect(log.lines.filter((line) => line === 'Applying 0001_a.')).toHaveLength(deliver ? 1 : 2);
    expect(await tablesOf(url)).toEqual(['a', 'b']);
    expect(await query(url, 'SELECT id FROM airlock_migrations.history ORDER BY 1')).toHaveLength(2);
  });

  it('in the middle of a statement is a failure that a rerun mends', async () => {
    await folder.write('0001_a.sql', 'CREATE TABLE a (id int); SELECT pg_sleep(60);');
    const applying = apply();
    const lost = expect(applying).rejects.toMatchObject({ code: 'DATABASE_CONNECTION_LOST' });
    await untilRunning('SELECT pg_sleep');
    await query(
      url,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'`,
    );
    await lost;
    expect(await tablesOf(url)).toEqual([]);
  });
});

describe('a pooler', () => {
  it('in session mode is let through', async () => {
    await folder.write('0001_a.sql', 'CREATE TABLE a (id int)');
    const relay = await startRelay(url, (client, upstream) => {
      client.pipe(upstream);
      upstream.on('data', (chunk) => client.write(withForeignKey(chunk)));
    });
    expect(await apply(relay.url)).toEqual(['0001_a']);
    await relay.stop();
  });

  it('in transaction mode is refused, and the way round it named', async () => {
    await folder.write('0001_a.sql', 'CREATE TABLE a (id int)');
    const pooler = await startTransactionPooler(url);
    await expect(apply(pooler.url)).rejects.toMatchObject({
      code: 'DATABASE_POOLED',
      next: expect.stringContaining('5432'),
    });
    await pooler.stop();
    expect(await tablesOf(url)).toEqual([]);
  });
});
