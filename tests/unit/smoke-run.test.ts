import { expect, test } from 'vitest';
import { smokeTest } from '../../actions/smoke-test/run.ts';
import { runSmokeChecks } from '../../src/cycle/run-smoke-checks.ts';
import {
  DEFAULT_GATES,
  type EnvironmentSettings,
  type SmokeCheckSettings,
} from '../../src/domain/configuration.ts';
import type { Release } from '../../src/domain/release.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Log } from '../../src/ports/log.ts';
import type { ProbeAnswer, ProbeRequest, Prober } from '../../src/ports/prober.ts';
import type { Access } from '../../src/ports/target.ts';

const release: Release = {
  app: 'sophie',
  version: '1.4.0',
  commit: '3f2a9c1d5e6b7a8c9d0e1f2a3b4c5d6e7f8a9b0c',
  builtAt: '2026-11-21T03:00:00.000Z',
  digest: `sha256:${'ab'.repeat(32)}`,
};
const BASE = 'https://sophie.example';

const check = (name: string, settings: Partial<SmokeCheckSettings> = {}): SmokeCheckSettings => ({
  name,
  path: `/${name}`,
  method: 'GET',
  status: 200,
  timeoutMs: 1_000,
  headers: {},
  security: [],
  body: [],
  json: {},
  version: false,
  health: false,
  latency: undefined,
  ...settings,
});

const answered = (status: number, more: Partial<ProbeAnswer & { kind: 'answered' }> = {}): ProbeAnswer => ({
  kind: 'answered',
  status,
  headers: {},
  body: '',
  bodyCut: false,
  durationMs: 10,
  ...more,
});
const refused: ProbeAnswer = { kind: 'unreachable', reason: 'the connection was refused', durationMs: 1 };
const redirect = (location: string) => answered(302, { headers: { location } });

/** A clock whose sleeps take no time, and a target that answers by what is asked and when. */
function world(answer: (request: ProbeRequest, atMs: number, nth: number) => ProbeAnswer) {
  let now = Date.parse('2026-11-21T03:00:00Z');
  const start = now;
  const requests: ProbeRequest[] = [];
  const lines: string[] = [];
  const masked: string[] = [];
  let running = 0;
  let mostRunning = 0;
  const clock: Clock = {
    now: () => new Date(now),
    async sleep(milliseconds, signal) {
      signal?.throwIfAborted();
      now += milliseconds;
    },
  };
  const prober: Prober = {
    async probe(request, signal) {
      signal.throwIfAborted();
      requests.push(request);
      running += 1;
      mostRunning = Math.max(mostRunning, running);
      await new Promise(setImmediate);
      running -= 1;
      now += 10;
      return answer(request, now - start, requests.length);
    },
  };
  const note = (message: string) => void lines.push(message);
  const log: Log = {
    info: note,
    debug: note,
    warning: note,
    error: note,
    group: (_title, work) => work(),
    mask: (secret) => void masked.push(secret),
  };
  return {
    ports: { clock, prober, log },
    requests,
    lines,
    masked,
    mostRunning: () => mostRunning,
    elapsed: () => now - start,
  };
}

const run = (
  target: ReturnType<typeof world>,
  checks: readonly SmokeCheckSettings[],
  more: { warmUpMs?: number; baseUrl?: string; headers?: Record<string, string>; signal?: AbortSignal } = {},
) =>
  runSmokeChecks(
    {
      baseUrl: more.baseUrl ?? BASE,
      release,
      settings: { warmUpMs: more.warmUpMs ?? 0, checks },
      headers: more.headers ?? {},
    },
    target.ports,
    more.signal ?? new AbortController().signal,
  );

test('a cold start gets its time, and the health check is what it is asked meanwhile', async () => {
  const body = JSON.stringify({ status: 'ok', version: '1.4.0', database: 'up', cache: 'none' });
  const target = world((_request, at) => {
    if (at < 2_000) return refused;
    return at < 5_000 ? answered(500) : answered(200, { body });
  });
  const checks = [check('home'), check('well', { health: true })];
  const report = await run(target, checks, { warmUpMs: 30_000 });
  expect(report.verdict).toBe('pass');
  const waiting = target.requests.slice(0, -checks.length);
  expect(new Set(waiting.map((request) => request.url))).toEqual(new Set([`${BASE}/well`]));
  expect(target.elapsed()).toBeGreaterThanOrEqual(5_000);
  expect(waiting.length).toBeLessThan(12);
});

test('a target that stays silent is an error in words, asked no longer than the deadline', async () => {
  const target = world(() => refused);
  const report = await run(target, [check('home'), check('about')], { warmUpMs: 10_000 });
  expect(report.verdict).toBe('error');
  expect(report.checks.map((result) => result.detail)).toEqual(
    Array(2).fill('no answer from https://sophie.example: the connection was refused'),
  );
  expect(target.elapsed()).toBeLessThan(10_500);
});

test('a 503 is asked again until the deadline, a 404 is not', async () => {
  const counts = new Map<string, number>();
  const target = world(({ url }) => {
    const seen = (counts.get(url) ?? 0) + 1;
    counts.set(url, seen);
    if (url.endsWith('/busy')) return answered(seen < 4 ? 503 : 200);
    return answered(url.endsWith('/gone') ? 404 : 200);
  });
  const report = await run(target, [check('home'), check('busy'), check('gone')], { warmUpMs: 60_000 });
  expect(report.checks.map((result) => result.verdict)).toEqual(['pass', 'pass', 'fail']);
  expect(counts.get(`${BASE}/busy`)).toBe(4);
  expect(counts.get(`${BASE}/gone`)).toBe(1);
});

test('after the deadline nothing is asked twice', async () => {
  const target = world(() => answered(503));
  const report = await run(target, [check('home'), check('about')]);
  expect(report.checks.map((result) => result.detail)).toEqual(Array(2).fill('expected status 200, saw 503'));
  expect(target.requests).toHaveLength(2);
});

test('a check may expect a server error or a redirect', async () => {
  const target = world(({ url }) => (url.endsWith('/down') ? answered(503) : redirect('/elsewhere')));
  const report = await run(target, [check('down', { status: 503 }), check('moved', { status: 302 })], {
    warmUpMs: 1_000,
  });
  expect(report.verdict).toBe('pass');
  expect(target.requests).toHaveLength(3);
});

test('checks are asked side by side, a few at a time, and reported in their own order', async () => {
  const target = world(() => answered(200));
  const names = Array.from({ length: 20 }, (_, at) => `check-${at}`);
  const report = await run(
    target,
    names.map((name) => check(name)),
  );
  expect(report.checks.map((result) => result.name)).toEqual(names);
  expect(target.mostRunning()).toBe(4);
});

test('redirects are followed on the same origin with the same headers, and end after five', async () => {
  const target = world(({ url }) => {
    if (url.endsWith('/home')) return redirect('/en/');
    if (url.endsWith('/en/')) return answered(200);
    return redirect('/loop');
  });
  const report = await run(target, [check('home'), check('loop')], { headers: { 'x-bypass': 'sesame-1' } });
  expect(report.checks.map((result) => result.verdict)).toEqual(['pass', 'fail']);
  expect(report.checks[1]?.detail).toBe('expected status 200, saw more than 5 redirects');
  expect(target.requests.every((request) => request.headers['x-bypass'] === 'sesame-1')).toBe(true);
});

test.each([
  'https://evil.example/?token=1',
  '//evil.example/',
  'http://sophie.example/',
  'https://sophie.example:8443/',
])('a redirect to another origin is not followed: %s', async (location) => {
  const target = world(() => redirect(location));
  const report = await run(target, [check('home')], { headers: { 'x-bypass': 'sesame-1' } });
  expect(report.verdict).toBe('fail');
  expect(report.checks[0]?.detail).toContain('which is not followed');
  expect(report.checks[0]?.detail).not.toContain('token');
  expect(target.requests.every((request) => request.url === `${BASE}/home`)).toBe(true);
});

test.each([
  ['https://sophie.example/app/', '/x', 'https://sophie.example/app/x'],
  ['https://sophie.example/?a=1', '//evil.example/', 'https://sophie.example//evil.example/'],
  ['https://sophie.example', '@evil.example', 'https://sophie.example/@evil.example'],
])('%s and path %s ask %s', async (baseUrl, path, url) => {
  const target = world(() => answered(200));
  await run(target, [check('home', { path })], { baseUrl });
  expect(target.requests[0]?.url).toBe(url);
});

test.each(['', 'sophie.example', 'ftp://sophie.example', 'https://user:sesame@sophie.example'])(
  'refuses the address %j without repeating it',
  async (baseUrl) => {
    const refusal = run(
      world(() => answered(200)),
      [check('home')],
      { baseUrl },
    );
    await expect(refusal).rejects.toMatchObject({
      code: 'SMOKE_URL_INVALID',
      message: expect.not.stringContaining('sesame'),
    });
  },
);

test('no checks at all is too little to pass', async () => {
  const target = world(() => answered(200));
  expect(await run(target, [])).toEqual({ verdict: 'insufficient', checks: [] });
  expect(target.requests).toHaveLength(0);
});

test('latency is measured alone, one request after the other, and only of a check that is otherwise good', async () => {
  const latency = { requests: 5, p95Ms: 100 };
  const target = world(({ url }, _at, nth) =>
    answered(url.endsWith('/bad') ? 404 : 200, { durationMs: nth > 3 ? 150 : 10 }),
  );
  const report = await run(target, [check('slow', { latency }), check('bad', { latency }), check('plain')]);
  expect(report.checks.map((result) => result.detail)).toEqual([
    'expected p95 of at most 100 ms, saw 150 ms over 5 requests',
    'expected status 200, saw 404',
    'status 200',
  ]);
  expect(target.requests.slice(3).map((request) => request.url)).toEqual(Array(5).fill(`${BASE}/slow`));
});

test('a latency sample with gaps is insufficient', async () => {
  const target = world((_request, _at, nth) => (nth === 3 ? refused : answered(200)));
  const report = await run(target, [check('slow', { latency: { requests: 3, p95Ms: 100 } })]);
  expect(report.checks[0]).toMatchObject({
    verdict: 'insufficient',
    detail: 'expected 3 good answers to judge latency, saw 2; others: the connection was refused',
  });
});

test('a cancel ends the waiting with its reason', async () => {
  const cancel = new AbortController();
  const target = world((_request, _at, nth) => {
    if (nth === 3) cancel.abort(new Error('cancelled by hand'));
    return refused;
  });
  const running = run(target, [check('home')], { warmUpMs: 60_000, signal: cancel.signal });
  await expect(running).rejects.toThrow('cancelled by hand');
  expect(target.requests).toHaveLength(3);
});

const environment = (checks: readonly SmokeCheckSettings[], url?: string): EnvironmentSettings => ({
  name: 'staging',
  target: { provider: 'local', settings: {} },
  url,
  gates: DEFAULT_GATES,
  smoke: { warmUpMs: 0, checks },
  strategy: { kind: 'blue-green' },
  rollback: { automatic: true, migrations: 'never' },
});

const act = (
  target: ReturnType<typeof world>,
  settings: EnvironmentSettings,
  inputs: { url?: string; live?: boolean; 'bypass-header'?: string } = { live: true },
  access?: Access,
) =>
  smokeTest(
    { url: '', live: false, 'bypass-header': '', ...inputs },
    { ...target.ports, environment: settings, release, access },
    new AbortController().signal,
  );

test('the target’s own way in goes with every request, and the given header wins', async () => {
  const seen = world(() => answered(200));
  const access = { headers: { 'x-way-in': 'of the target', 'x-other': 'kept' } };
  await act(
    seen,
    environment([check('home')], BASE),
    { live: true, 'bypass-header': 'x-way-in: given' },
    access,
  );
  expect(seen.requests[0]?.headers).toMatchObject({ 'x-way-in': 'given', 'x-other': 'kept' });
});

test('the action asks the address it is given, or the environment’s when told so', async () => {
  const given = world(() => answered(200));
  await act(given, environment([check('home')], BASE), { url: 'http://127.0.0.1:4102' });
  expect(given.requests[0]?.url).toBe('http://127.0.0.1:4102/home');
  const configured = world(() => answered(200));
  const outcome = await act(configured, environment([check('home')], BASE));
  expect(configured.requests[0]?.url).toBe(`${BASE}/home`);
  expect(outcome).toMatchObject({ kind: 'done', headline: '1.4.0 passed 1 smoke check in staging' });
  await expect(act(configured, environment([check('home')]))).rejects.toMatchObject({
    code: 'SMOKE_URL_MISSING',
  });
});

test('the action never asks the live address because another one is missing', async () => {
  const target = world(() => answered(200));
  const live = environment([check('home')], BASE);
  await expect(act(target, live, { url: '' })).rejects.toMatchObject({ code: 'SMOKE_URL_MISSING' });
  const both = { url: 'http://127.0.0.1:4102', live: true };
  await expect(act(target, live, both)).rejects.toMatchObject({ code: 'SMOKE_URL_AMBIGUOUS' });
  expect(target.requests).toEqual([]);
});

test('the action refuses a wrong answer with a table, annotations and JSON', async () => {
  const target = world(({ url }) => answered(url.endsWith('/home') ? 200 : 418, { body: '<b>|tea|' }));
  const outcome = await act(
    target,
    environment([check('home'), check('pot'), check('tea', { body: ['coffee'] })], BASE),
  );
  expect(outcome).toMatchObject({ kind: 'refused', reason: 'SMOKE_FAILED', outputs: { verdict: 'fail' } });
  expect(JSON.parse(outcome.outputs.checks ?? '')).toMatchObject([
    { name: 'home', verdict: 'pass' },
    { name: 'pot', verdict: 'fail', detail: 'expected status 200, saw 418' },
    { name: 'tea', verdict: 'fail' },
  ]);
  expect(outcome.annotations?.map((annotation) => annotation.message)).toEqual([
    'Smoke check pot: expected status 200, saw 418',
    'Smoke check tea: expected status 200, saw 418',
  ]);
  expect(outcome.summary.split('\n')).toHaveLength(5);
});

test.each([
  ['no checks', []],
  ['no answer', [check('home')]],
])('the action refuses %s as inconclusive', async (_words, checks) => {
  const outcome = await act(
    world(() => refused),
    environment(checks, BASE),
  );
  expect(outcome).toMatchObject({ kind: 'refused', reason: 'SMOKE_INCONCLUSIVE' });
});

test('the bypass header is sent, masked and never shown', async () => {
  const target = world(({ headers }) => answered(401, { body: headers['x-bypass'] ?? '' }));
  const outcome = await act(target, environment([check('home', { status: 401, body: ['welcome'] })], BASE), {
    live: true,
    'bypass-header': 'X-Bypass: open sesame',
  });
  expect(target.requests[0]?.headers).toEqual({ 'x-bypass': 'open sesame' });
  expect(target.masked).toContain('open sesame');
  expect(JSON.stringify(outcome) + target.lines.join()).not.toContain('sesame');
});

test.each(['no colon', ': x', 'a b: c', 'x: ', 'x: a\r\ny: b'])(
  'the action refuses the bypass header %j without repeating it',
  async (header) => {
    const refusal = act(
      world(() => answered(200)),
      environment([check('home')], BASE),
      { live: true, 'bypass-header': header },
    );
    await expect(refusal).rejects.toMatchObject({
      code: 'BYPASS_HEADER_INVALID',
      message: 'The input bypass-header is not of the form `name: value`.',
    });
  },
);
