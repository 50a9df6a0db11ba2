import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect } from 'vitest';
import { freePort } from '../../../rehearsal/services/ports.ts';
import type { Target } from '../../../src/ports/target.ts';
import { daemonFile } from '../../../src/targets/local/places.ts';
import { identify, isAlive } from '../../../src/targets/local/process-identity.ts';
import type { DaemonAddress } from '../../../src/targets/local/protocol.ts';
import { readState, stateFile } from '../../../src/targets/local/state.ts';
import { lottery } from '../../sample.ts';
import { DAEMON, eventually, LocalUnderTest, NEVER, SECRET, SERVE } from './local-environment.ts';

const it = lottery(0.5);

describe('life of a local environment', () => {
  let local: LocalUnderTest;
  let target: Target;
  beforeEach(async () => {
    local = await LocalUnderTest.open();
    target = await local.connect();
  });
  afterEach(() => local.close());

  const daemon = async () => JSON.parse(await readFile(daemonFile(local.directory), 'utf8')) as DaemonAddress;
  const killDaemon = async () => {
    const { pid } = await daemon();
    process.kill(pid, 'SIGKILL');
    await eventually(() =>
      fetch(local.liveUrl).then(
        () => false,
        () => true,
      ),
    );
  };
  const liveVersion = async () => (await local.versionAt(local.liveUrl))?.version;

  it('gives the app what it names and nothing else', async () => {
    await local.goLive('1.2.3');
    const answer = await fetch(`${local.liveUrl}environment`);
    const environment = (await answer.json()) as Record<string, string>;
    expect(environment).toMatchObject({
      DATABASE_URL: SECRET,
      HOST: '127.0.0.1',
      AIRLOCK_APP: 'sample',
      AIRLOCK_ENVIRONMENT: 'production',
      AIRLOCK_VERSION: '1.2.3',
      AIRLOCK_BUILD_TIME: '2026-11-01T10:00:00.000Z',
      AIRLOCK_URL: `http://127.0.0.1:${local.port}`,
    });
    const own = Object.keys(environment).filter((name) => !name.startsWith('AIRLOCK_'));
    // PWD is the shell's.
    expect(new Set(own)).toEqual(new Set(['DATABASE_URL', 'HOST', 'PORT', 'PATH', 'HOME', 'PWD']));
  });

  it('serves the same files under another version beside the first', async () => {
    const { release, directory } = await local.release('1.0.0');
    await local.goLive('1.0.0');
    const again = { ...release, version: '1.0.1', commit: 'b'.repeat(40) };
    const staged = await target.stage({ release: again, directory }, NEVER);
    expect((await local.versionAt(staged.url ?? ''))?.version).toBe('1.0.1');
    expect(await liveVersion()).toBe('1.0.0');
    await target.activate(staged.id, 100, NEVER);
    expect(await liveVersion()).toBe('1.0.1');
  });

  it('finds a deployment that an older Airlock gave a shorter id', async () => {
    const id = await local.goLive('1.0.0');
    await local.stop();
    const state = JSON.stringify(readState(local.directory)).replaceAll(id, 'local-0123456789ab');
    await writeFile(stateFile(local.directory), state);
    await rename(
      path.join(local.directory, 'releases', id),
      path.join(local.directory, 'releases', 'local-0123456789ab'),
    );
    expect(await target.stage(await local.release('1.0.0'), NEVER)).toMatchObject({
      id: 'local-0123456789ab',
      state: 'live',
    });
  });

  it('says where a missing variable is set, for those who call the workflows too', async () => {
    const poor = await local.connect({ serve: { ...SERVE, variables: ['API_KEY'] } });
    const failure = await poor.stage(await local.release('1.0.0'), NEVER).catch((error) => error);
    expect(failure).toMatchObject({ code: 'LOCAL_VARIABLES_MISSING' });
    expect(failure.message).toContain('API_KEY');
    for (const place of ['APP_VARIABLES', '`app-variables`', '`env:`']) expect(failure.next).toContain(place);
  });

  it('refuses to run without a folder, and leaves nothing behind', async () => {
    const nowhere = await mkdtemp(path.join(tmpdir(), 'airlock-nowhere-'));
    const daemon = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', DAEMON], {
      cwd: nowhere,
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 10_000,
    });
    const [said, [code]] = await Promise.all([text(daemon.stderr), once(daemon, 'exit')]);
    expect({ code, said }).toEqual({ code: 2, said: 'Usage: local-daemon <folder of the environment>\n' });
    expect(await readdir(nowhere)).toEqual([]);
    await rm(nowhere, { recursive: true });
  });

  it('keeps secrets off the disk and out of errors', async () => {
    await local.goLive('1.0.0');
    const failure = await target.stage(await local.release('2.0.0', 'broken'), NEVER).catch((error) => error);
    expect(failure).toMatchObject({ code: 'LOCAL_APP_NOT_READY' });
    expect(failure.message).toContain('cannot reach the database at ***');
    expect(failure.message).toContain('exit code 3');
    const files = await readdir(local.directory, { recursive: true, withFileTypes: true });
    const texts = await Promise.all(
      files
        .filter((file) => file.isFile())
        .map((file) => readFile(path.join(file.parentPath, file.name), 'latin1')),
    );
    expect(texts.length).toBeGreaterThan(3);
    expect(texts.filter((text) => text.includes('correct-horse'))).toEqual([]);
    expect((await stat(local.directory)).mode & 0o777).toBe(0o700);
  });

  it('says which variables a step was not given', async () => {
    const without = await local.connect({ variables: { DATABASE_URL: undefined } });
    await expect(without.stage(await local.release('1.0.0'), NEVER)).rejects.toMatchObject({
      code: 'LOCAL_VARIABLES_MISSING',
      message: expect.stringContaining('DATABASE_URL'),
    });
  });

  it('starts a crashed app again, and says 502 meanwhile', async () => {
    await local.goLive('1.0.0');
    const crash = await fetch(`${local.liveUrl}crash`);
    expect(crash.status).toBe(502);
    expect(await crash.text()).toBe('502: The app does not answer.\n');
    await eventually(async () => (await liveVersion()) === '1.0.0');
  });

  it('does not make an unhealthy release live', async () => {
    await local.goLive('1.0.0');
    const staged = await target.stage(await local.release('2.0.0'), NEVER);
    await fetch(`${staged.url}/sicken`);
    await expect(target.activate(staged.id, 100, NEVER)).rejects.toMatchObject({ code: 'LOCAL_UNHEALTHY' });
    expect(await liveVersion()).toBe('1.0.0');
    expect((await target.observe()).live).toMatchObject({ version: '1.0.0', weight: 100 });
  });

  it('reads the record when its daemon is dead, says so, and comes back with the next stage', async () => {
    const first = await local.goLive('1.0.0');
    const orphan = readState(local.directory).slots.blue.process;
    await killDaemon();
    const recorded = await target.observe();
    expect(recorded.live).toMatchObject({ id: first, weight: 100 });
    expect(recorded.live).not.toHaveProperty('url');
    expect(local.warnings.join()).toContain('Nothing serves production now');

    await target.stage(await local.release('2.0.0'), NEVER);
    expect(await liveVersion()).toBe('1.0.0');
    expect(orphan && isAlive(orphan)).toBe(false);
  });

  it('does not bring a live app back without the values it needs', async () => {
    const first = await local.goLive('1.0.0');
    await killDaemon();
    const without = await local.connect({ variables: { DATABASE_URL: undefined } });
    await expect(without.activate(first, 100, NEVER)).rejects.toMatchObject({
      code: 'LOCAL_VARIABLES_MISSING',
    });
    await target.activate(first, 100, NEVER);
    expect(await liveVersion()).toBe('1.0.0');
  });

  it('never touches a process that only has the number of a recorded one', async () => {
    const survived = await withStranger(async (pid) => {
      await local.goLive('1.0.0');
      await local.stop();
      const state = readState(local.directory);
      const blue = { ...state.slots.blue, process: { pid, started: 'another boot/1' } };
      await writeFile(
        path.join(local.directory, 'state.json'),
        JSON.stringify({ ...state, slots: { ...state.slots, blue } }),
      );
      await target.stage(await local.release('2.0.0'), NEVER);
    });
    expect(survived).toBe(true);
    expect(await liveVersion()).toBe('1.0.0');
  });

  it('ends an app that is still starting when the run is cancelled', async () => {
    await local.goLive('1.0.0');
    const cancel = new AbortController();
    const idle = await local.connect({ serve: { ...SERVE, health: '/slow?ms=60000' } });
    const staging = idle.stage(await local.release('2.0.0'), cancel.signal);
    await eventually(() => readState(local.directory).slots.green.process !== null);
    const starting = readState(local.directory).slots.green.process;
    cancel.abort();
    await expect(staging).rejects.toMatchObject({ code: 'CANCELLED' });
    await eventually(() => starting !== null && !isAlive(starting));
    expect(await liveVersion()).toBe('1.0.0');
  });

  it('fails a release that is not ready in time, with the last lines it printed', async () => {
    await local.goLive('1.0.0');
    const patient = await local.connect({
      serve: { ...SERVE, health: '/slow?ms=60000' },
      settings: { ready: 1 },
    });
    await expect(patient.stage(await local.release('2.0.0'), NEVER)).rejects.toMatchObject({
      code: 'LOCAL_APP_NOT_READY',
      message: expect.stringContaining('was not ready after 1 s'),
    });
    expect(await liveVersion()).toBe('1.0.0');
  });

  it('says what the system said when the app cannot be started at all', async () => {
    const misspelt = await local.connect({ serve: { ...SERVE, command: ['no-such-program'] } });
    await expect(misspelt.stage(await local.release('1.0.0'), NEVER)).rejects.toMatchObject({
      code: 'LOCAL_APP_NOT_READY',
      message: expect.stringContaining('no-such-program'),
    });
    const id = await local.goLive('2.0.0');
    await local.stop();
    await rm(path.join(local.directory, 'releases', id), { recursive: true });
    await expect(target.activate(id, 100, NEVER)).rejects.toMatchObject({ code: 'LOCAL_APP_NOT_READY' });
  });

  it('gives the traffic of a candidate back before another release takes its slot', async () => {
    await local.goLive('1.0.0');
    const candidate = await target.stage(await local.release('2.0.0'), NEVER);
    await target.activate(candidate.id, 90, NEVER);
    await target.stage(await local.release('3.0.0'), NEVER);
    expect((await target.observe()).live).toMatchObject({ version: '1.0.0', weight: 100 });
    const seen = await Promise.all(Array.from({ length: 20 }, liveVersion));
    expect(new Set(seen)).toEqual(new Set(['1.0.0']));
  });

  it('moves to another port when the settings say so', async () => {
    const id = await local.goLive('1.0.0');
    const port = await freePort();
    const moved = await local.connect({ settings: { port } });
    await moved.activate(id, 100, NEVER);
    expect((await local.versionAt(`http://127.0.0.1:${port}/`))?.version).toBe('1.0.0');
    expect(await liveVersion()).toBeUndefined();
  });

  it('refuses a daemon of another version by saying what to do', async () => {
    await mkdir(local.directory, { recursive: true });
    const socket = path.join(local.directory, 'other.sock');
    const other = createHttpServer((_request, response) => response.end('{"protocol":99,"pid":12345}'));
    other.listen(socket);
    await writeFile(daemonFile(local.directory), JSON.stringify({ protocol: 99, pid: 12345, socket }));
    await expect(target.stage(await local.release('1.0.0'), NEVER)).rejects.toMatchObject({
      code: 'LOCAL_DAEMON_VERSION',
      next: expect.stringContaining('kill 12345'),
    });
    other.close();
    await rm(daemonFile(local.directory));
  });

  it('says so when its state cannot be understood', async () => {
    await mkdir(local.directory, { recursive: true });
    await writeFile(path.join(local.directory, 'state.json'), '{"schema": 2}');
    await expect(target.observe()).rejects.toMatchObject({ code: 'LOCAL_STATE_UNREADABLE' });
    await rm(path.join(local.directory, 'state.json'));
  });

  it('has one daemon when two start it at once', async () => {
    const release = await local.release('1.0.0');
    const starters = await Promise.all([local.connect(), local.connect(), local.connect()]);
    const staged = await Promise.all(starters.map((starter) => starter.stage(release, NEVER)));
    expect(new Set(staged.map(({ id, url }) => `${id} ${url}`)).size).toBe(1);
    expect(
      (await readFile(path.join(local.directory, 'daemon.log'), 'utf8')).match(/runs this/g),
    ).toHaveLength(1);
  });

  it('says that its port is taken', async () => {
    const squatter = createServer().listen(local.port, '127.0.0.1');
    await expect(target.stage(await local.release('1.0.0'), NEVER)).rejects.toMatchObject({
      code: 'LOCAL_PORT_BUSY',
    });
    squatter.close();
    await target.stage(await local.release('1.0.0'), NEVER);
  });

  it('keeps the last releases and those that stand in a slot', async () => {
    const first = await local.goLive('1.0.0');
    for (let minor = 1; minor <= 7; minor += 1)
      await target.stage(await local.release(`1.${minor}.0`), NEVER);
    const { deployments } = await target.observe();
    expect(deployments.map(({ version }) => version)).toEqual([
      '1.7.0',
      '1.6.0',
      '1.5.0',
      '1.4.0',
      '1.3.0',
      '1.0.0',
    ]);
    const kept = await readdir(path.join(local.directory, 'releases'));
    expect(new Set(kept)).toEqual(new Set(deployments.map(({ id }) => id)));
    expect(kept).toContain(first);
  });

  it('runs where the path of its folder is too long for a socket', async () => {
    const deep = path.join(local.directory, 'deep'.repeat(20));
    const far = await local.connect({ settings: { state: deep } });
    try {
      const { id } = await far.stage(await local.release('1.0.0'), NEVER);
      expect((await far.observe()).deployments[0]?.id).toBe(id);
    } finally {
      await local.stop(deep);
    }
  });

  it('is stopped with everything it runs, and keeps what stood where', async () => {
    const id = await local.goLive('1.0.0');
    const { pid } = await daemon();
    const app = readState(local.directory).slots.blue.process;
    await local.stop();
    expect(app && isAlive(app)).toBe(false);
    expect(identify(pid)).toBeUndefined();
    expect((await target.observe()).live?.id).toBe(id);
  });
});

describe('a static folder', () => {
  const PAGES = {
    'index.html': '<h1>home</h1>',
    'about.html': 'about',
    'app.js': 'let a;',
    'app.js.br': 'brotli',
  };
  let local: LocalUnderTest;
  afterEach(() => local.close());

  const open = async (single: boolean) => {
    local = await LocalUnderTest.open({ serve: undefined, settings: { single } });
    const target = await local.connect();
    const { id } = await target.stage(await local.releaseOf('1.0.0', PAGES), NEVER);
    await target.activate(id, 100, NEVER);
    return target;
  };

  it('is served with entity tags, and compressed files where the client takes them', async () => {
    await open(false);
    const page = await fetch(local.liveUrl);
    expect(await page.text()).toBe('<h1>home</h1>');
    expect(page.headers.get('content-type')).toBe('text/html;charset=utf-8');
    const etag = page.headers.get('etag') ?? '';
    expect((await fetch(local.liveUrl, { headers: { 'if-none-match': etag } })).status).toBe(304);
    expect((await fetch(`${local.liveUrl}about`)).status).toBe(200);
    expect((await fetch(`${local.liveUrl}nowhere`)).status).toBe(404);
    expect((await fetch(local.liveUrl, { method: 'POST' })).status).toBe(405);
    const script = await fetch(`${local.liveUrl}app.js`, { headers: { 'accept-encoding': 'identity' } });
    expect(await script.text()).toBe('let a;');
    const packed = await fetch(`${local.liveUrl}app.js`, {
      method: 'HEAD',
      headers: { 'accept-encoding': 'br' },
    });
    expect(packed.headers.get('content-encoding')).toBe('br');
  });

  it('changes its entity tags with the release, also when only content changed', async () => {
    const target = await open(false);
    const etag = (await fetch(local.liveUrl)).headers.get('etag') ?? '';
    const next = await local.releaseOf('2.0.0', { ...PAGES, 'index.html': '<h1>HOME</h1>' });
    const { id } = await target.stage(next, NEVER);
    await target.activate(id, 100, NEVER);
    const page = await fetch(local.liveUrl, { headers: { 'if-none-match': etag } });
    expect(await page.text()).toBe('<h1>HOME</h1>');
  });

  it('answers unknown addresses with its index page when asked to', async () => {
    await open(true);
    expect(await (await fetch(`${local.liveUrl}some/route`)).text()).toBe('<h1>home</h1>');
  });
});

/** Runs the work beside a process that has nothing to do with it, and says whether that survived. */
async function withStranger(work: (pid: number) => Promise<void>): Promise<boolean> {
  const stranger = spawn('sleep', ['60'], { detached: true });
  try {
    await work(stranger.pid ?? 0);
    return stranger.exitCode === null && stranger.signalCode === null;
  } finally {
    stranger.kill('SIGKILL');
  }
}
