import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type EmbeddedPostgres, startPostgres } from '../../rehearsal/services/postgres.ts';
import { waitUntil } from '../../src/targets/local/wait.ts';
import { query } from '../contract/migrators/world.ts';
import { drawn } from '../sample.ts';
import { cancelled, done, openScene, processesIn, type Scene, SECRET } from './scene.ts';

const today = drawn(
  ['build-check', 'deploy cancelled', 'deploy killed', 'promote', 'smoke-test', 'rollback', 'migrate'],
  2,
);
let scene: Scene;
beforeEach(async () => {
  scene = await openScene();
});
afterEach(() => scene.close());

const eventually = async (condition: () => Promise<boolean>) =>
  expect(await waitUntil(condition, { timeoutMs: 20_000, everyMs: 25 }), String(condition)).toBe(true);

it.runIf(today('build-check'))(
  'build-check: ends the checks that run, and makes them again in a rerun',
  async () => {
    const checks = { slow: 'mkdir -p dist && cp server.mjs dist/ && test -e fast || sleep 300' };
    await scene.configure({ build: { output: 'dist', checks } });
    const inputs = { version: '1.0.0', commit: scene.commit, 'build-time': '2026-11-01T10:00:00.000Z' };
    const bundle = scene.start('build-check', inputs);
    const sleeps = async () =>
      (await processesIn(scene.workspace)).filter((one) => one.startsWith('sleep 300')).length;
    await eventually(async () => (await sleeps()) === 1);
    const run = cancelled(await bundle.cancel());
    expect(run.outputs.digest).toBe('');
    expect(await processesIn(scene.workspace)).toEqual([]);
    await writeFile(join(scene.workspace, 'fast'), '');
    expect(done(await scene.run('build-check', inputs)).outputs.verdict).toBe('pass');
  },
);

it.runIf(today('deploy cancelled'))(
  'deploy: ends the app that does not come up, records it, and a rerun stages',
  async () => {
    await scene.release('1.0.0');
    const { folder, digest } = await scene.seal('2.0.0', { slow: '' });
    const inputs = { release: folder, digest, 'app-variables': `API_KEY=${SECRET}` };
    const before = (await processesIn(join(scene.root, 'state'))).length;
    const bundle = scene.start('deploy', inputs);
    await eventually(async () => (await processesIn(join(scene.root, 'state'))).length === before + 1);
    const run = cancelled(await bundle.cancel());
    await eventually(async () => (await processesIn(join(scene.root, 'state'))).length === before);
    expect((await scene.post('deploy', inputs, run)).code).toBe(0);
    expect((await scene.entries())[0]).toBe('deploy 2.0.0 cancelled');
    expect(await scene.live()).toBe('1.0.0');
    await scene.release('3.0.0');
    expect(await scene.live()).toBe('3.0.0');
  },
);

it.runIf(today('deploy killed'))(
  'deploy: post settles what a killed main left, and a rerun stages',
  async () => {
    await scene.release('1.0.0');
    const { folder, digest } = await scene.seal('2.0.0', { slow: '' });
    const inputs = { release: folder, digest };
    const before = (await processesIn(join(scene.root, 'state'))).length;
    const bundle = scene.start('deploy', inputs);
    await eventually(async () => (await processesIn(join(scene.root, 'state'))).length === before + 1);
    const killed = await bundle.kill();
    expect(killed.signal).toBe('SIGKILL');
    expect((await scene.entries())[0]).toBe('deploy 2.0.0 started');
    expect((await scene.post('deploy', inputs, killed)).log).toContain('is recorded as cancelled');
    expect((await scene.entries())[0]).toBe('deploy 2.0.0 cancelled');
    expect(await scene.live()).toBe('1.0.0');
    await scene.release('3.0.0');
    expect(await scene.live()).toBe('3.0.0');
  },
);

it.runIf(today('promote')).each(['cancel', 'kill'] as const)(
  'promote: %s in a canary pause, post, and a rerun',
  async (how) => {
    await scene.release('1.0.0');
    const canary = (pause: string) => ({ strategy: { canary: { steps: [10, 100], pause } } });
    await scene.configure({}, canary('10m'));
    const { folder, digest } = await scene.seal('2.0.0');
    const { outputs } = done(await scene.run('deploy', { release: folder, digest }));
    const inputs = {
      release: folder,
      digest,
      'deployment-id': outputs['deployment-id'] ?? '',
      verdict: 'pass',
    };
    const bundle = scene.start('promote', inputs);
    await bundle.saw('Giving 2.0.0 10 % of the traffic');
    const weighted = async () => {
      const answer = await fetch(`http://127.0.0.1:${scene.port}/`, { headers: { connection: 'close' } });
      return answer.headers.get('x-airlock-deployment') === outputs['deployment-id'];
    };
    // One of ten visitors meets the new release.
    await eventually(weighted);
    const run = how === 'cancel' ? cancelled(await bundle.cancel()) : await bundle.kill();
    const post = await scene.post('promote', inputs, run);
    expect(post.log).toContain('is recorded as cancelled');
    expect((await scene.entries())[0]).toBe('promote 2.0.0 cancelled');
    expect((await scene.post('promote', inputs, run)).code).toBe(0);
    await scene.configure({}, canary('10ms'));
    done(await scene.run('promote', inputs));
    expect(await scene.live()).toBe('2.0.0');
    expect((await scene.entries())[0]).toBe('promote 2.0.0 succeeded');
  },
);

it.runIf(today('smoke-test'))('smoke-test: ends while it warms up', async () => {
  const { folder, digest } = await scene.seal('1.0.0');
  const server = createServer((_request, response) => response.writeHead(503).end());
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  try {
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
    const bundle = scene.start('smoke-test', { release: folder, digest, url });
    await bundle.saw('to answer');
    expect(cancelled(await bundle.cancel()).outputs.verdict).toBe('');
  } finally {
    server.close();
  }
});

it.runIf(today('rollback'))(
  'rollback: killed while it asks the release it went back to, and done by a rerun',
  async () => {
    await scene.release('1.0.0');
    await scene.release('2.0.0');
    await scene.configure({
      smoke: { 'warm-up': '30s', checks: [{ name: 'never', path: '/', status: 418, timeout: '1s' }] },
    });
    const inputs = { reason: 'it is slow' };
    const bundle = scene.start('rollback', inputs);
    await bundle.saw('goes back from 2.0.0');
    const killed = await bundle.kill();
    expect((await scene.post('rollback', inputs, killed)).code).toBe(0);
    expect((await scene.entries()).filter((entry) => entry.endsWith('started'))).toEqual([]);
    await scene.configure();
    const rerun = await scene.run('rollback', inputs);
    // The kill may have come before or after the switch; the rerun ends on the old release all the same.
    expect(rerun.outputs.result === 'done' || rerun.outputs.reason === 'ALREADY_LIVE', rerun.log).toBe(true);
    expect(await scene.live()).toBe('1.0.0');
  },
);

it.runIf(today('migrate'))(
  'migrate: takes a long statement back, keeps its secret, and applies it in a rerun',
  async () => {
    const postgres: EmbeddedPostgres = await startPostgres({ directory: scene.root });
    try {
      const url = await postgres.createDatabase('sample');
      await query(url, 'CREATE TABLE pace (seconds int); INSERT INTO pace VALUES (300)');
      const migrations = join(scene.workspace, 'migrations');
      await rm(migrations, { recursive: true, force: true });
      await scene.configure({ database: { migrations: 'migrations', 'statement-timeout': '10m' } });
      const { folder, digest } = await scene.seal(
        '1.0.0',
        {},
        {
          '0001_notes.up.sql': 'CREATE TABLE notes (id int);\nSELECT pg_sleep(seconds) FROM pace;\n',
          '0001_notes.down.sql': 'DROP TABLE notes;\n',
        },
      );
      const inputs = { release: folder, digest, 'database-url': url };
      const secrets = [decodeURIComponent(new URL(url).password)];
      const sleeping = async () =>
        (await query(url, "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'")).length === 1;
      for (const how of ['cancel', 'kill'] as const) {
        const bundle = scene.start('migrate', inputs, { secrets });
        await eventually(sleeping);
        if (how === 'cancel') cancelled(await bundle.cancel());
        else await bundle.kill();
        await query(
          url,
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'",
        );
        await eventually(async () => !(await sleeping()));
        expect(await query(url, "SELECT 1 FROM pg_tables WHERE tablename = 'notes'")).toEqual([]);
      }
      await query(url, 'UPDATE pace SET seconds = 0');
      const run = done(await scene.run('migrate', inputs, { secrets }));
      expect(run.outputs.applied).toBe('["0001_notes"]');
      expect(done(await scene.run('migrate', inputs, { secrets })).outputs.applied).toBe('[]');
    } finally {
      await postgres.stop();
    }
  },
);
