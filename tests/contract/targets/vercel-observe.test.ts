import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../../src/domain/failure.ts';
import type { Course, Target } from '../../../src/ports/target.ts';
import { lottery } from '../../sample.ts';
import { NEVER, type VercelOptions, VercelUnderTest } from './vercel-environment.ts';

const it = lottery(0.5);

const PROMOTE: Course = { intent: 'promote', steps: [100], pauseMs: 0 };
const ROLLBACK: Course = { intent: 'rollback', steps: [100], pauseMs: 0 };

let vercel: VercelUnderTest;
let target: Target;

const open = async (options?: VercelOptions) => {
  await vercel?.close();
  vercel = await VercelUnderTest.open(options);
  target = await vercel.connect();
};
beforeEach(() => open());
afterEach(async () => {
  expect(vercel.fake.problems).toEqual([]);
  await vercel.close();
});

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no failure',
    (error: unknown) => (error instanceof Failure ? error.code : String(error)),
  );
/** One that is live, and one that is staged beside it. */
const pair = async () => ({ first: await vercel.goLive('1.0.0'), second: await vercel.stage('2.0.0') });
const statesOf = async (of: Target) => (await of.observe()).deployments.map(({ id, state }) => [id, state]);

describe('production as it is seen', () => {
  it('has every deployment at its own address, newest first, with what became of it', async () => {
    const first = await vercel.goLive('1.0.0');
    const second = await vercel.goLive('2.0.0');
    vercel.fake.faults.build({ state: 'ERROR' });
    const broken = await vercel.deployByHand('2.5.0');
    const third = await vercel.stage('3.0.0');
    expect(await statesOf(target)).toEqual([
      [third, 'staged'],
      [broken, 'failed'],
      [second, 'live'],
      [first, 'superseded'],
    ]);
    const urls = (await target.observe()).deployments.map(({ url }) => url);
    expect(new Set(urls).size).toBe(4);
    expect((await vercel.versionAt(`${urls[0]}/`))?.version).toBe('3.0.0');
  });

  it('has nothing of other environments, and nothing that is still being built', async () => {
    await open({ buildLooks: 2 });
    const first = await vercel.goLive('1.0.0');
    await vercel.deployByHand('0.2.0');
    await vercel.deployByHand('0.1.0', { target: 'preview' });
    expect(await statesOf(target)).toEqual([[first, 'live']]);
  });

  it('is what the domains show, and not what was promoted last', async () => {
    const first = await vercel.goLive('1.0.0');
    const second = await vercel.goLive('2.0.0');
    vercel.fake.promoteByHand(first);
    expect((await target.observe()).live).toMatchObject({ id: first, version: '1.0.0' });
    expect((await target.activate(second, 100, NEVER, PROMOTE)).live?.id).toBe(second);
  });

  it('is what stands when a promote that somebody sent is over, and not what stood before', async () => {
    await open({ looks: 6 });
    await vercel.goLive('1.0.0');
    const second = await vercel.stage('2.0.0');
    await vercel.byHand('POST', `/v10/projects/web/promote/${second}`);
    expect((await target.observe()).live?.id).toBe(second);
  });

  test.each([{ stale: 3 }, { lag: 3 }, { stale: 2, lag: 2 }])(
    'is what stands after a promote that a stopped step has sent, though Vercel shows it late: %o',
    async (trouble) => {
      const { first, second } = await pair();
      vercel.fake.faults.alias(trouble);
      await vercel.byHand('POST', `/v10/projects/web/promote/${second}`);
      expect((await target.observe({ awaited: second })).live?.id).toBe(second);
      expect(vercel.project.live()).not.toBe(first);
    },
  );

  it('is what stands when the promote that a stopped step was to send never came', async () => {
    const { first, second } = await pair();
    const operations = await vercel.operationsOf(async () => {
      expect((await target.observe({ awaited: second })).live?.id).toBe(first);
    });
    // With growing pauses: what never left shows nothing within seconds.
    expect(operations.filter((operation) => operation === 'getProject').length).toBeLessThan(16);
  });

  it('is told with a warning, and with what is on its way, while a promote does not end', async () => {
    const { first, second } = await pair();
    vercel.fake.pace.alias = 100_000;
    await vercel.byHand('POST', `/v10/projects/web/promote/${second}`);
    for (const look of [{}, { awaited: second }]) {
      expect(await target.observe(look)).toMatchObject({ live: { id: first }, unsettled: { id: second } });
      expect(vercel.warnings.pop()).toContain('may change any moment');
    }
  });

  test('is not what another environment waits for', async () => {
    const staging = await vercel.connect({ environment: 'preview' }, { name: 'staging' });
    const old = await vercel.goLive('0.9.0', staging);
    const { second } = await pair();
    vercel.fake.pace.alias = 100_000;
    await vercel.byHand('POST', `/v10/projects/web/promote/${second}`);
    const operations = await vercel.operationsOf(async () => {
      expect((await staging.observe()).live?.id).toBe(old);
    });
    expect(operations.filter((operation) => operation === 'getProject')).toHaveLength(1);
    expect(vercel.warnings).toEqual([]);
  });

  it('is no longer waited for once the run is cancelled', async () => {
    const { second } = await pair();
    vercel.fake.pace.alias = 100_000;
    await vercel.byHand('POST', `/v10/projects/web/promote/${second}`);
    const cancel = new AbortController();
    vercel.before('getProject', (nth) => nth === 3 && cancel.abort());
    expect(await codeOf(target.observe({ signal: cancel.signal }))).toBe('CANCELLED');
  });

  it('finds the live one however far back it is', async () => {
    const first = await vercel.goLive('1.0.0');
    for (let nth = 0; nth < 201; nth += 1) await vercel.deployByHand(String(nth));
    const { live, deployments } = await target.observe();
    expect(live).toMatchObject({ id: first, version: '1.0.0' });
    expect(deployments).toHaveLength(201);
    expect(deployments.at(-1)).toBe(live);
  });
});

describe('drift', () => {
  it('is not seen where Airlock alone was at work', async () => {
    await vercel.goLive('1.0.0');
    const second = await vercel.goLive('2.0.0');
    await vercel.goLive('3.0.0');
    await target.activate(second, 10, NEVER, { intent: 'promote', steps: [10, 100], pauseMs: 0 });
    await target.observe();
    expect(vercel.warnings).toEqual([]);
  });

  it('names a live deployment that Airlock did not put there, and knows no digest of it', async () => {
    await vercel.goLive('1.0.0');
    const foreign = await vercel.deployByHand('9.9.9');
    vercel.fake.promoteByHand(foreign);
    const { live } = await target.observe();
    expect(live).toMatchObject({ id: foreign, state: 'live', weight: 100, commit: 'c0ffee' });
    expect(live).not.toHaveProperty('digest');
    expect(vercel.warnings).toHaveLength(1);
    expect(vercel.warnings[0]).toContain('which Airlock did not put there');
    await target.observe();
    expect(vercel.warnings).toHaveLength(1);
  });

  it("names somebody else's Rolling Release", async () => {
    const first = await vercel.goLive('1.0.0');
    const foreign = await vercel.deployByHand('9.9.9');
    await vercel.rollByHand(foreign, [{ targetPercentage: 20 }, { targetPercentage: 100 }]);
    const { live, deployments } = await target.observe();
    expect(live).toMatchObject({ id: first, weight: 80 });
    expect(deployments[0]).toMatchObject({ id: foreign, state: 'live', weight: 20 });
    expect(vercel.warnings.join()).toContain('Somebody else started a Rolling Release: 20 %');
  });

  it('names a domain that shows another deployment than the rest', async () => {
    await open({ project: { domains: 2 } });
    const first = await vercel.goLive('1.0.0');
    await vercel.goLive('2.0.0');
    const [, other = ''] = vercel.project.domains;
    await vercel.byHand('POST', `/v2/deployments/${first}/aliases`, { alias: new URL(other).host });
    expect((await target.observe()).live).toMatchObject({ version: '2.0.0' });
    expect(vercel.warnings.join()).toContain(`${new URL(other).host} shows`);
  });

  it('goes by the domain of `url:` where domains differ', async () => {
    await open({ project: { domains: 2 } });
    const first = await vercel.goLive('1.0.0');
    await vercel.goLive('2.0.0');
    const [, other = ''] = vercel.project.domains;
    await vercel.byHand('POST', `/v2/deployments/${first}/aliases`, { alias: new URL(other).host });
    const named = await vercel.connect({}, { url: other });
    expect((await named.observe()).live).toMatchObject({ version: '1.0.0' });
  });

  it('names a rollback that is not over', async () => {
    const first = await vercel.goLive('1.0.0');
    await vercel.goLive('2.0.0');
    await target.activate(first, 100, NEVER, ROLLBACK);
    vercel.warnings.length = 0;
    await (await vercel.connect()).observe();
    expect(vercel.warnings.join()).toContain('rolled back');
  });
});

describe('a custom environment', () => {
  const staging = { project: { customEnvironments: [{ slug: 'staging', domains: 1 }] } };

  it('shows what its own domain shows, and goes there and back by it', async () => {
    await open(staging);
    const custom = await vercel.connect({}, { name: 'staging' });
    const [domain = ''] = vercel.project.environmentDomains.staging ?? [];
    const first = await vercel.goLive('1.0.0', custom);
    const second = await vercel.goLive('2.0.0', custom);
    expect((await vercel.versionAt(`${domain}/`))?.version).toBe('2.0.0');
    // Vercel does not say who held the domain before: what never was live must not look as if it had been.
    expect(await statesOf(custom)).toEqual([
      [second, 'live'],
      [first, 'staged'],
    ]);
    const operations = await vercel.operationsOf(() => custom.activate(first, 100, NEVER, ROLLBACK));
    expect(operations).toContain('assignAlias');
    expect((await vercel.versionAt(`${domain}/`))?.version).toBe('1.0.0');
    expect((await custom.observe()).live?.id).toBe(first);
    expect(await custom.activate(second, 100, NEVER, PROMOTE)).toMatchObject({ live: { id: second } });
    expect(vercel.project.live()).toBeUndefined();
  });

  it('has no weights', async () => {
    await open(staging);
    const custom = await vercel.connect({}, { name: 'staging' });
    await vercel.goLive('1.0.0', custom);
    const second = await vercel.stage('2.0.0', custom);
    expect(await codeOf(custom.activate(second, 10, NEVER))).toBe('VERCEL_NO_WEIGHTS');
  });

  it('assigns its domain once more where the answer was lost, and sees whether it did', async () => {
    await open(staging);
    const custom = await vercel.connect({}, { name: 'staging' });
    const first = await vercel.goLive('1.0.0', custom);
    await vercel.goLive('2.0.0', custom);
    vercel.fake.faults.next({ match: 'assignAlias', answer: 'reset' });
    vercel.fake.faults.next({ match: 'assignAlias', answer: 500, when: 'after' });
    expect((await custom.activate(first, 100, NEVER, ROLLBACK)).live?.id).toBe(first);
  });
});

describe('a preview', () => {
  it('is met at its own address only: the newest one is the live one', async () => {
    const preview = await vercel.connect({ environment: 'preview' }, { name: 'staging' });
    expect(await preview.observe()).toEqual({ live: undefined, deployments: [] });
    const first = await vercel.goLive('1.0.0', preview);
    const second = await vercel.goLive('2.0.0', preview);
    await vercel.deployByHand('9.9.9', { target: 'preview' });
    expect((await preview.observe()).live).toMatchObject({ id: second, weight: 100 });
    expect(await codeOf(preview.activate(first, 100, NEVER, ROLLBACK))).toBe('VERCEL_NO_DOMAIN');
    await preview.retire(second, NEVER);
    expect((await preview.observe()).live?.id).toBe(first);
  });

  it('is kept apart from another environment that shares it', async () => {
    const one = await vercel.connect({ environment: 'preview' }, { name: 'staging' });
    const other = await vercel.connect({ environment: 'preview' }, { name: 'development' });
    const first = await vercel.goLive('1.0.0', one);
    const second = await vercel.goLive('2.0.0', other);
    expect(await statesOf(one)).toEqual([[first, 'live']]);
    expect(await statesOf(other)).toEqual([[second, 'live']]);
  });

  it('has an alias of its own where `url:` names one', async () => {
    const place = { name: 'staging', url: 'https://staging-web.vercel.app' };
    const preview = await vercel.connect({ environment: 'preview' }, place);
    const first = await vercel.goLive('1.0.0', preview);
    const second = await vercel.stage('2.0.0', preview);
    expect((await preview.observe()).live?.id).toBe(first);
    expect((await preview.activate(second, 100, NEVER, PROMOTE)).live?.id).toBe(second);
    expect((await preview.activate(first, 100, NEVER, ROLLBACK)).live?.id).toBe(first);
    expect(await codeOf(preview.retire(first, NEVER))).toBe('VERCEL_RETIRE_LIVE');
  });
});
