import { expect, test } from 'vitest';
import type { SmokeCheckSettings } from '../../src/domain/configuration.ts';
import { parseJsonPath, readJsonPath } from '../../src/domain/json-path.ts';
import { percentile } from '../../src/domain/latency.ts';
import type { Release } from '../../src/domain/release.ts';
import { concludeCheck, judgeAnswer, judgeLatency, type SmokeAnswer } from '../../src/domain/smoke.ts';

const release: Release = {
  app: 'sophie',
  version: '1.4.0',
  commit: '3f2a9c1d5e6b7a8c9d0e1f2a3b4c5d6e7f8a9b0c',
  builtAt: '2026-11-21T03:00:00.000Z',
  digest: `sha256:${'ab'.repeat(32)}`,
};
const CHECK: SmokeCheckSettings = {
  name: 'home',
  path: '/',
  method: 'GET',
  status: 200,
  timeoutMs: 5_000,
  headers: {},
  security: [],
  body: [],
  json: {},
  version: false,
  health: false,
  latency: undefined,
};
const ANSWER: SmokeAnswer = { status: 200, headers: {}, body: '', bodyCut: false };

const judge = (
  check: Partial<SmokeCheckSettings>,
  answer: Partial<SmokeAnswer>,
  url = 'https://sophie.example/',
  secrets: readonly string[] = [],
) =>
  concludeCheck(
    'home',
    judgeAnswer({ ...CHECK, ...check }, { ...ANSWER, ...answer }, release, new URL(url)),
    1,
    secrets,
  );
const json = (value: unknown) => ({ body: JSON.stringify(value) });

test('a wrong status is named, and nothing else is asked of an error page', () => {
  expect(judge({ body: ['hello'], health: true }, { status: 503, body: 'oh no' })).toMatchObject({
    verdict: 'fail',
    detail: 'expected status 200, saw 503',
  });
});

test('every condition that fails is named at once, with what was expected and what was seen', () => {
  const { verdict, detail } = judge(
    { headers: { 'content-type': 'text/html', 'x-a': '1' }, body: ['hello', 'world'] },
    { headers: { 'content-type': 'text/plain' }, body: 'world' },
  );
  expect(verdict).toBe('fail');
  expect(detail).toBe(
    'expected header content-type "text/html", saw "text/plain"; expected header x-a "1", saw none; expected "hello" in the body, saw "world"',
  );
});

test('headers are compared whole, or by pattern', () => {
  const headers = { 'content-type': 'text/html; charset=utf-8' };
  expect(judge({ headers: { 'content-type': 'text/html' } }, { headers }).verdict).toBe('fail');
  expect(judge({ headers: { 'content-type': '/^text\\/html/' } }, { headers }).verdict).toBe('pass');
  expect(judge({ headers: { 'Content-Type': '/utf-8$/' } }, { headers }).verdict).toBe('pass');
  expect(judge({ headers: { 'content-type': '/(/' } }, { headers })).toMatchObject({
    verdict: 'error',
    detail: expect.stringContaining('cannot use /(/: '),
  });
});

test('a cookie is never shown, and neither is a secret that was sent along and echoed', () => {
  const cookie = judge({ headers: { 'set-cookie': 'id=1' } }, { headers: { 'set-cookie': 'id=sesame' } });
  expect(cookie.detail).toBe('expected header set-cookie (not shown), saw (not shown)');
  const echoed = judge({ body: ['welcome'] }, { body: 'denied: tok-12345' }, 'https://a.example/', [
    'tok-12345',
  ]);
  expect(echoed.detail).toBe('expected "welcome" in the body, saw "denied: ***"');
});

test('what was seen is cut to a length that can be read', () => {
  const { detail } = judge({ body: ['hello', 'world'] }, { body: 'x'.repeat(100_000) });
  expect(detail.length).toBeLessThan(500);
  expect(judge({ body: Array.from({ length: 99 }, (_, at) => `text ${at}`) }, {}).detail).toHaveLength(600);
});

test('a text that may stand behind the end of a cut body is an error, one before it a pass', () => {
  expect(judge({ body: ['hello'] }, { body: 'say hello', bodyCut: true }).verdict).toBe('pass');
  expect(judge({ body: ['bye'] }, { body: 'say hello', bodyCut: true }).verdict).toBe('error');
  expect(judge({ json: { a: 1 } }, { body: '{"a":1}', bodyCut: true }).verdict).toBe('error');
});

test('HEAD and a condition on the body is a question that cannot be asked', () => {
  expect(judge({ method: 'HEAD', version: true }, json({ version: '1.4.0' })).verdict).toBe('error');
});

test('JSON values are compared by type and value', () => {
  const body = json({ a: { b: [{ c: 1 }] }, 'x.y': null, text: '1' });
  expect(judge({ json: { 'a.b[0].c': 1, '["x.y"]': null, text: '1' } }, body).verdict).toBe('pass');
  expect(judge({ json: { text: 1 } }, body).detail).toBe('expected text to be 1, saw "1"');
  expect(judge({ json: { 'a.b[1].c': 1 } }, body).detail).toBe('expected a.b[1].c to be 1, saw no a.b[1]');
  expect(judge({ json: { 'a.b': 'x' } }, body).detail).toBe('expected a.b to be "x", saw a list');
  expect(judge({ json: { constructor: 1 } }, body).detail).toContain('saw no constructor');
  expect(judge({ json: { 'a..b': 1 } }, body).verdict).toBe('error');
  expect(judge({ json: { a: 1 } }, { body: '<html>' }).detail).toBe('expected JSON, saw "<html>"');
});

test.each(['', '.', 'a.', 'a[', 'a[-1]', 'a[0]b', '.a', 'a["b]', 'a b..c'])('%j is no JSON path', (path) => {
  expect(parseJsonPath(path)).toBeUndefined();
});

test('a JSON path goes through own keys and real indexes only', () => {
  const steps = parseJsonPath('["__proto__"].x') ?? [];
  expect(steps).toEqual(['__proto__', 'x']);
  expect(readJsonPath({}, steps)).toEqual({ found: false, missing: '__proto__' });
  expect(readJsonPath(['a'], ['0'])).toMatchObject({ found: false });
});

test.each([
  [{ version: '1.4.0' }, 'pass', 'version 1.4.0'],
  [{ version: 'v1.4.0', commit: release.commit }, 'pass', 'of 3f2a9c1'],
  [{ version: '1.4.0', commit: '3f2a9c1' }, 'pass', 'of 3f2a9c1'],
  [{ version: '1.3.9' }, 'fail', 'expected version "1.4.0", saw "1.3.9"'],
  [{ version: '1.4.0', commit: 'aaaaaaa' }, 'fail', 'saw commit "aaaaaaa"'],
  [{ version: '1.4.0', commit: '3f' }, 'fail', 'saw commit "3f"'],
  [{ version: '1.4.0', commit: null }, 'fail', 'saw commit null'],
  [{ version: 1.4 }, 'fail', 'saw 1.4'],
  [{ commit: release.commit }, 'fail', 'saw none'],
  ['1.4.0', 'fail', 'saw none'],
])('version endpoint %j: %s', (answer, verdict, words) => {
  const result = judge({ version: true }, json(answer));
  expect(result.verdict).toBe(verdict);
  expect(result.detail).toContain(words);
});

const WELL = { status: 'healthy', version: '1.4.0', database: 'connected', cache: 'connected' };
test.each([
  [WELL, 'pass', 'healthy'],
  [{ ...WELL, status: 'OK', database: 'up', cache: 'none' }, 'pass', 'healthy'],
  [{ ...WELL, status: 'degraded' }, 'fail', 'expected status to be one of healthy, ok, pass, saw "degraded"'],
  [{ ...WELL, database: 'disconnected' }, 'fail', 'saw "disconnected"'],
  [{ ...WELL, database: true }, 'fail', 'saw true'],
  [{ ...WELL, cache: undefined }, 'fail', 'expected cache to be one of connected, ok, up, none, saw none'],
  [{ ...WELL, version: '1.3.9' }, 'fail', 'expected version "1.4.0", saw "1.3.9"'],
  [[], 'fail', 'expected health {status, version, database, cache}, saw a list'],
])('health %j: %s', (answer, verdict, words) => {
  const result = judge({ health: true }, json(answer));
  expect(result.verdict).toBe(verdict);
  expect(result.detail).toContain(words);
});

test('hsts over http proves nothing: left out on this machine, failed anywhere else', () => {
  const headers = { 'strict-transport-security': 'max-age=31536000' };
  expect(judge({ security: ['hsts'] }, { headers }).verdict).toBe('pass');
  expect(judge({ security: ['hsts'] }, { headers }, 'http://sophie.example/').verdict).toBe('fail');
  for (const local of ['http://127.0.0.1:4101/', 'http://localhost/', 'http://[::1]/']) {
    expect(judge({ security: ['hsts'] }, {}, local)).toMatchObject({
      verdict: 'pass',
      detail: expect.stringContaining('not judged over http'),
    });
  }
  expect(judge({ security: ['hsts'] }, { headers }, 'http://127.0.0.1.evil.example/').verdict).toBe('fail');
});

test.each([
  [[5], 95, 5],
  [Array.from({ length: 20 }, (_, at) => at + 1), 95, 19],
  [Array.from({ length: 19 }, (_, at) => at + 1), 95, 19],
  [Array.from({ length: 100 }, (_, at) => 100 - at), 95, 95],
  [[3, 1, 2], 50, 2],
])('nearest rank over %j at %i is a sample', (samples, percent, expected) => {
  expect(percentile(samples, percent)).toBe(expected);
});

test('a latency budget needs all of its answers', () => {
  const budget = { requests: 3, p95Ms: 100 };
  expect(judgeLatency(budget, [10, 20, 99.2], [])).toEqual({
    verdict: 'pass',
    words: 'p95 100 ms over 3 requests, budget 100 ms',
  });
  expect(judgeLatency(budget, [10, 20, 100.1], [])).toMatchObject({ verdict: 'fail' });
  expect(judgeLatency(budget, [10, 20], ['status 503'])).toEqual({
    verdict: 'insufficient',
    words: 'expected 3 good answers to judge latency, saw 2; others: status 503',
  });
  expect(judgeLatency({ requests: 0, p95Ms: 100 }, [], []).verdict).toBe('insufficient');
});
