import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openScene, type Scene } from './scene.ts';

let scene: Scene;
beforeEach(async () => {
  scene = await openScene();
});
afterEach(async () => {
  expect(scene.fake.problems).toEqual([]);
  await scene.fake.close();
});

const project = () => scene.api('GET', '/v9/projects/shop');

test('a status hits the request that it waits for, and that one alone', async () => {
  scene.fake.faults.next({ match: 'getProject', answer: 502, skip: 1 });
  await scene.upload('page');
  expect([(await project()).status, (await project()).status, (await project()).status]).toEqual([
    200, 502, 200,
  ]);
  scene.fake.faults.next({ match: /^GET \/v9\/projects\//, answer: 500, times: 2 });
  expect([(await project()).status, (await project()).status, (await project()).status]).toEqual([
    500, 500, 200,
  ]);
  expect(scene.fake.faults.hit).toBe(3);
});

test('a 429 says when it ends, by either header', async () => {
  scene.fake.faults.next({ answer: 429, retryAfter: 7 });
  expect((await project()).headers.get('retry-after')).toBe('7');
  scene.fake.faults.next({ answer: 429, retryAfter: 7, resetOnly: true });
  const { headers } = await project();
  expect(headers.get('retry-after')).toBeNull();
  expect(Number(headers.get('x-ratelimit-reset'))).toBeGreaterThan(Date.now() / 1000);
});

test.each([
  ['before', 0],
  ['after', 1],
] as const)('a connection cut %s the work leaves %i deployments', async (when, left) => {
  await scene.upload('page');
  scene.fake.faults.next({ match: 'createDeployment', answer: 'reset', when });
  await expect(scene.create('page')).rejects.toThrow(/fetch failed/);
  expect(scene.project.deployments()).toHaveLength(left);
  expect(scene.fake.requests.at(-1)).toMatchObject({ operation: 'createDeployment', status: 0 });
});

test('an answer breaks off after the work was done', async () => {
  await scene.upload('page');
  scene.fake.faults.next({ match: 'createDeployment', answer: 'truncated' });
  await expect(scene.create('page')).rejects.toThrow(/terminated/);
  expect(scene.project.deployments()).toHaveLength(1);
});

/** A server that began before this fake was loaded has put a `Response` of its own in place of Node's. */
const AFTER_ANOTHER = `
  import { serve } from '@hono/node-server';
  const other = serve({ fetch: () => new Response(), port: 0, hostname: '127.0.0.1' });
  const { startFakeVercel } = await import('./rehearsal/vercel/fake-vercel.ts');
  const fake = await startFakeVercel();
  fake.faults.next({ answer: 'truncated' });
  const authorization = 'Bearer ' + fake.addToken();
  const answer = fetch(fake.url + '/v2/user', { headers: { authorization } }).then((one) => one.text());
  console.log(await answer.catch(({ message }) => message));
  await fake.close();
  other.close();
`;

test('an answer breaks off without a second one, whoever served before', async () => {
  const cwd = fileURLToPath(new URL('../../..', import.meta.url));
  const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', AFTER_ANOTHER], { cwd });
  expect(await run).toEqual({ stdout: 'terminated\n', stderr: '' });
});

test('no answer comes until the asker gives up', async () => {
  scene.fake.faults.next({ answer: 'timeout' });
  const asked = fetch(`${scene.fake.url}/v9/projects/shop?slug=acme`, {
    headers: { authorization: `Bearer ${scene.token}` },
    signal: AbortSignal.timeout(200),
  });
  await expect(asked).rejects.toThrow(/timeout/);
  expect((await project()).status).toBe(200);
});

test('an answer takes its time', async () => {
  scene.fake.faults.next({ answer: 'slow', delay: 50 });
  const slow = project();
  expect((await project()).status).toBe(200);
  expect(scene.fake.requests).toHaveLength(1);
  expect((await slow).status).toBe(200);
});

test('a request without a route is a problem of the fake', async () => {
  expect((await scene.api('GET', '/v1/unheard-of')).status).toBe(501);
  expect(scene.fake.problems).toEqual(['no route for GET /v1/unheard-of']);
  await scene.fake.close();
  scene = await openScene();
});
