import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { type EmbeddedPostgres, startPostgres } from '../../rehearsal/services/postgres.ts';
import type { CallerRepository } from '../../rehearsal/world/caller-repository.ts';
import { drawn, sampled } from '../sample.ts';
import { type Behaviour, finish, ledger, live, release, scene } from './scene.ts';

const world = scene();
const today = drawn(['alone', 'before', 'free', 'lossy', 'cut'], 1);
const STAGE = 'airlock / production / stage';
let directory: string;
let postgres: EmbeddedPostgres;
let url: string;
let caller: CallerRepository;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'airlock-workflow-'));
  postgres = await startPostgres({ directory });
  url = await postgres.createDatabase('harbor');
  caller = await world.open({
    environments: ['production'],
    configure: (document) => document.setIn(['database'], { migrations: 'migrations' }),
    files: { 'migrations/0001_visits.up.sql': 'CREATE TABLE visits (at timestamptz);\n' },
    environmentSecrets: { production: { DATABASE_URL: url } },
  });
  await release(caller, '1.0.0');
});

afterAll(async () => {
  await postgres.stop();
  await rm(directory, { recursive: true, force: true });
});

/** Names of the tables and indexes of the database. */
async function relations(): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ name: string }>(
    "SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1",
  );
  await client.end();
  return rows.map(({ name }) => name);
}

/** Takes a release through the pipeline that brings migrations. */
async function releaseWith(version: string, files: Record<string, string>, behaviour: Behaviour = {}) {
  for (const [path, text] of Object.entries(files)) await caller.tree.write(`migrations/${path}`, text);
  return release(caller, version, behaviour);
}

test('the first release has its tables', async () => {
  expect(await relations()).toEqual(['visits']);
  expect(await live(caller, 'production')).toBe('1.0.0');
});

test.runIf(today('alone'))('a migration that fails stops before anything is deployed', async () => {
  const before = ledger(caller, 'production');
  const run = await releaseWith('1.1.0', {
    '0002_wrong.up.sql': 'CREATE TABLE half (id int); SELECT no_such_function();\n',
  });
  expect(run.conclusion).toBe('failure');
  expect(run.steps()).toMatchObject({
    [`${STAGE}: release.migrate`]: 'failure',
    [`${STAGE}: release.deploy`]: 'skipped',
    [`${STAGE}: release.rollback`]: 'success',
  });
  expect(await live(caller, 'production')).toBe('1.0.0');
  expect(ledger(caller, 'production')).toEqual(before);
  expect(await relations()).toEqual(['visits']);
  await caller.tree.remove('migrations/0002_wrong.up.sql');
});

test.runIf(today('before'))(
  'what came before a migration that fails goes back with nothing deployed',
  async () => {
    const run = await releaseWith('1.1.1', {
      '0002_index.up.sql': '-- airlock: revert = free\nCREATE INDEX visits_early ON visits (at);\n',
      '0002_index.down.sql': 'DROP INDEX visits_early;\n',
      '0003_wrong.up.sql': 'SELECT no_such_function();\n',
    });
    expect(run.conclusion).toBe('failure');
    expect(run.steps()).toMatchObject({
      [`${STAGE}: release.migrate`]: 'failure',
      [`${STAGE}: release.deploy`]: 'skipped',
      [`${STAGE}: release.rollback`]: 'success',
    });
    expect(run.summaries()).toContain('Migrations reverted');
    expect(await live(caller, 'production')).toBe('1.0.0');
    expect(await relations()).toEqual(['visits']);
    for (const file of ['0002_index.up.sql', '0002_index.down.sql', '0003_wrong.up.sql'])
      await caller.tree.remove(`migrations/${file}`);
  },
);

/** Undone with nothing lost. */
const BY_TIME = {
  '0002_by_time.up.sql': '-- airlock: revert = free\nCREATE INDEX visits_by_time ON visits (at);\n',
  '0002_by_time.down.sql': 'DROP INDEX visits_by_time;\n',
};

test.runIf(today('free'))('with the release goes back what nothing is lost by', async () => {
  const run = await releaseWith('1.2.0', BY_TIME, { production: ['fails-live'] });
  expect(run.conclusion).toBe('failure');
  expect(run.text()).toContain('Migrations reverted');
  expect(await live(caller, 'production')).toBe('1.0.0');
  expect(await relations()).toEqual(['visits']);
});

test.runIf(today('lossy'))('what would lose data stays, and the summary says so', async () => {
  const run = await releaseWith(
    '1.3.0',
    {
      ...BY_TIME,
      '0003_names.up.sql': '-- airlock: revert = lossy\nALTER TABLE visits ADD COLUMN name text;\n',
      '0003_names.down.sql': 'ALTER TABLE visits DROP COLUMN name;\n',
    },
    { production: ['fails-live'] },
  );
  expect(run.conclusion).toBe('failure');
  expect(run.summaries()).toMatch(/Migrations stay applied.*0003_names/);
  expect(await live(caller, 'production')).toBe('1.0.0');
  // Both of this run: one that is not safe keeps the other, too.
  expect(await relations()).toEqual(['visits', 'visits_by_time']);
  expect(ledger(caller, 'production').at(-1)).toBe('rollback 1.0.0: success, promote: LIVE_CHECKS_FAILED');
});

const ENDS = [
  { how: 'cancelled', version: '1.4.0' },
  { how: 'killed', version: '1.5.0' },
] as const;

test.runIf(today('cut')).each(sampled(ENDS, 1))(
  '$how in the middle of a migration, nothing of it is left, and the rerun ends well',
  async ({ how, version }) => {
    const before = await live(caller, 'production');
    const number = how === 'cancelled' ? '0004' : '0005';
    await caller.tree.write(`migrations/${number}_${how}.up.sql`, `CREATE TABLE ${how} (id int);\n`);
    const blocker = new pg.Client({ connectionString: url });
    await blocker.connect();
    onTestFinished(() => blocker.end());
    // Holds the name that the migration wants to create: it waits in the middle.
    await blocker.query(`BEGIN; CREATE TABLE ${how} (id int)`);
    const sha = await caller.commit(`Release ${version}`, { 'behaviour.json': '{}' });
    await caller.git('tag', `v${version}`);
    const run = await caller.start({ sha });
    const pid = await run.process(STAGE, 'release.migrate');
    await waiting(blocker);
    if (how === 'cancelled') run.cancel();
    else process.kill(pid, 'SIGKILL');
    const ended = await finish(run);
    expect(ended.conclusion).toBe(how === 'cancelled' ? 'cancelled' : 'failure');
    expect(await live(caller, 'production')).toBe(before);
    await blocker.query('ROLLBACK');
    await blocker.end();
    expect(await relations()).not.toContain(how);

    const again = await finish(await caller.start({ sha, rerunOf: run.id }));
    expect(again.conclusion).toBe('success');
    expect(await relations()).toContain(how);
    expect(await live(caller, 'production')).toBe(version);
  },
);

/** Resolves when somebody waits for a lock. Not by `pg_stat_activity`: in a transaction it stands still. */
async function waiting(blocker: pg.Client): Promise<void> {
  await vi.waitUntil(
    async () => (await blocker.query('SELECT FROM pg_locks WHERE NOT granted')).rowCount !== 0,
    { timeout: 30_000, interval: 10 },
  );
}
