import { afterEach, describe, expect, it } from 'vitest';
import type { NewProject } from '../../../../rehearsal/vercel/seed.ts';
import { stageOnVercel } from '../../../../src/targets/vercel/stage.ts';
import { EVENT, NEVER } from './staging-host.ts';
import { failureOf, openScene, type Scene } from './staging-scene.ts';

const QUICK = { roundMs: 100 };
/** A build that does not end while anybody looks. */
const ENDLESS = { pace: { build: 1_000_000 } };
const MINUTE = 60_000;

let scene: Scene;
afterEach(async () => {
  expect(scene.fake.problems).toEqual([]);
  await scene.close();
});
const set = async (project?: Partial<NewProject>, options?: Parameters<typeof openScene>[1]) => {
  scene = await openScene(project, options);
};
const states = () => scene.project.deployments().map(({ state }) => state);

describe('a create that is refused for its rate', () => {
  it('waits as long as Vercel says', async () => {
    await set();
    const end = scene.clock.now().getTime() + MINUTE;
    const isShut = () => scene.clock.now().getTime() < end;
    scene.fake.faults.next({
      match: ({ method, url }) =>
        method === 'POST' && new URL(url).pathname === '/v13/deployments' && isShut(),
      answer: 429,
      retryAfter: 60,
      times: 99,
    });
    const staged = await stageOnVercel(scene.open(), await scene.release('1.0.0'), NEVER, QUICK);
    expect(staged.state).toBe('staged');
  });

  it('does not wait for longer than a job should sit there', async () => {
    await set();
    scene.fake.faults.next({ match: 'createDeployment', answer: 429, retryAfter: 3_600 });
    const staging = stageOnVercel(scene.open(), await scene.release('1.0.0'), NEVER, QUICK);
    expect((await failureOf(staging)).code).toBe('VERCEL_RATE_LIMITED');
  });

  it('has its files uploaded and asked for once more, however often it waited before', async () => {
    await set();
    scene.fake.faults.next({ match: 'createDeployment', answer: 429, times: 3 });
    const staged = await stageOnVercel(scene.open(), await scene.release('1.0.0'), NEVER, QUICK);
    expect(staged.state).toBe('staged');
  });
});

describe('two runs that stage the same', () => {
  it('both end well, though the second deployment cannot be taken away', async () => {
    await set({}, { pace: { build: 4 } });
    const request = await scene.release('1.0.0');
    scene.fake.faults.next({ match: 'deleteDeployment', answer: 503, times: 9 });
    const both = [scene.open(), scene.open()].map((one) => stageOnVercel(one, request, NEVER, QUICK));
    const [one, other] = await Promise.all(both);
    expect(one?.id).toBe(other?.id);
    expect(scene.log.lines.join('\n')).toContain('is left at Vercel without visitors');
  });

  it('do not take what the other one waits for along with a cancel', async () => {
    await set({}, ENDLESS);
    const request = await scene.release('1.0.0');
    const run = { ...EVENT.run, url: 'https://github.com/acme/shop/actions/runs/8' };
    const cancel = new AbortController();
    const first = stageOnVercel(scene.open(), request, cancel.signal, QUICK);
    await expect.poll(() => states()).toHaveLength(1);
    const second = stageOnVercel(scene.open(), { ...request, event: { ...EVENT, run } }, NEVER, QUICK);
    await expect.poll(() => scene.log.lines.join('\n')).toContain('is at Vercel already');
    cancel.abort(new Error('first'));
    await expect(first).rejects.toThrow('first');
    scene.fake.pace.build = 1;
    expect((await second).state).toBe('staged');
  });
});

describe('a custom environment, which shows what is ready', () => {
  const STAGING = { customEnvironments: [{ slug: 'staging', domains: 1 }] };
  const open = () => scene.open({ environment: 'staging', settings: { environment: 'staging' } });

  it('has a build ended that took too long', async () => {
    await set(STAGING, ENDLESS);
    const staging = stageOnVercel(open(), await scene.release('1.0.0'), NEVER, { ...QUICK, readyMs: 1 });
    expect((await failureOf(staging)).code).toBe('VERCEL_BUILD_TIMEOUT');
    expect(states()).toEqual(['CANCELED']);
  });

  it('has a build ended that was asked for in the moment of the cancel', async () => {
    await set(STAGING, ENDLESS);
    const cancel = new AbortController();
    // The second create, after the upload: Vercel does it, and its answer is on its way.
    scene.fake.faults.next({ match: 'createDeployment', answer: 'timeout', when: 'after', skip: 1 });
    const staging = stageOnVercel(open(), await scene.release('1.0.0'), cancel.signal, QUICK);
    await expect.poll(() => scene.fake.faults.hit).toBe(1);
    cancel.abort(new Error('cancelled'));
    await expect(staging).rejects.toThrow('cancelled');
    expect(states()).toEqual(['CANCELED']);
  });

  it('keeps its domain when two runs stage the same', async () => {
    await set(STAGING, { pace: { build: 0 } });
    const request = await scene.release('1.0.0');
    await Promise.all([open(), open()].map((one) => stageOnVercel(one, request, NEVER, QUICK)));
    const [domain = ''] = scene.project.environmentDomains.staging ?? [];
    expect((await fetch(`${domain}/version.txt`)).status).toBe(200);
  });
});
