import { afterEach, describe, expect, test } from 'vitest';
import { openScene, type Scene } from './scene.ts';

let scene: Scene;
afterEach(async () => {
  expect(scene.fake.problems).toEqual([]);
  await scene.fake.close();
});

const promote = (id: string) => scene.api('POST', `/v10/projects/shop/promote/${id}`);
const rollback = (id: string) => scene.api('POST', `/v9/projects/shop/rollback/${id}`);
const project = async () => (await scene.api('GET', '/v9/projects/shop?rollbackInfo=true')).body;
const job = async () => (await project()).lastAliasRequest;
const holder = async () => {
  const domain = encodeURIComponent(new URL(scene.project.domains[0] ?? '').host);
  return (await scene.api('GET', `/v4/aliases/${domain}`)).body.deploymentId;
};

describe('promote', () => {
  test('takes several looks, and moves the domains at its end', async () => {
    scene = await openScene();
    const first = await scene.live('first');
    const second = await scene.stage('second');
    expect((await promote(second)).status).toBe(201);
    expect((await promote(second)).status).toBe(409);
    expect(await job()).toMatchObject({
      jobStatus: 'pending',
      fromDeploymentId: first,
      toDeploymentId: second,
    });
    expect(await scene.page()).toBe('first');
    expect(await job()).toMatchObject({ jobStatus: 'in-progress', type: 'promote' });
    expect(await job()).toMatchObject({ jobStatus: 'succeeded' });
    expect([await scene.page(), await holder()]).toEqual(['second', second]);
    expect((await promote(second)).status).toBe(409);
  });

  test('a preview is not promoted: it is built again for production', async () => {
    scene = await openScene(
      {},
      { variables: [{ key: 'WHERE', value: 'production', target: ['production'] }] },
    );
    const preview = await scene.stage('page', { target: undefined });
    expect((await promote(preview)).status).toBe(422);
    const again = await scene.stage('', {
      files: undefined,
      deploymentId: preview,
      autoAssignCustomDomains: true,
    });
    expect(again).not.toBe(preview);
    expect(scene.project.live()).toBe(again);
    expect(JSON.parse(await scene.page('/__environment'))).toMatchObject({ WHERE: 'production' });
  });

  test.each(['failed', 'skipped'] as const)('one that ends %s moves nothing', async (outcome) => {
    scene = await openScene();
    await scene.live('first');
    scene.fake.faults.alias({ outcome });
    await promote(await scene.stage('second'));
    scene.fake.settle();
    expect((await job())?.jobStatus).toBe(outcome);
    expect(await scene.page()).toBe('first');
  });

  test('what is told of it can be stale, skewed and late', async () => {
    scene = await openScene({ pace: { alias: 0 }, now: () => 1_700_000_000_000 });
    const first = await scene.live('first');
    const second = await scene.stage('second');
    scene.fake.faults.alias({ stale: 2, skew: -600_000, lag: 2 });
    await promote(second);
    for (const _ of [1, 2])
      expect(await job()).toMatchObject({ jobStatus: 'succeeded', toDeploymentId: first });
    expect(await job()).toMatchObject({ toDeploymentId: second, requestedAt: 1_700_000_000_000 - 600_000 });
    // The look at the project spent the first late answer.
    expect([await holder(), await holder()]).toEqual([first, second]);
  });

  test('by hand, behind the back of whoever deploys', async () => {
    scene = await openScene();
    const first = await scene.live('first');
    const second = await scene.live('second');
    scene.fake.promoteByHand(first);
    expect([await scene.page(), await holder()]).toEqual(['first', first]);
    expect(second).not.toBe(first);
    expect((await project()).targets?.production?.id).toBe(first);
  });
});

describe('rollback', () => {
  test('turns the assignment of domains off until the next promote', async () => {
    scene = await openScene();
    const first = await scene.live('first');
    await scene.live('second');
    expect((await rollback(first)).status).toBe(201);
    scene.fake.settle();
    expect([await scene.page(), scene.project.autoAssigns()]).toEqual(['first', false]);
    expect((await project()).lastRollbackTarget).toEqual({});
    const third = await scene.stage('third', { autoAssignCustomDomains: true });
    expect(await scene.page()).toBe('first');
    await promote(third);
    scene.fake.settle();
    expect([await scene.page(), scene.project.autoAssigns()]).toEqual(['third', true]);

    await rollback(first);
    scene.fake.settle();
    expect(scene.project.autoAssigns()).toBe(false);
    scene.fake.promoteByHand(third);
    expect([await scene.page(), scene.project.autoAssigns()]).toEqual(['third', true]);
  });

  test('goes to what was in production before, and brings its variables back', async () => {
    scene = await openScene();
    const first = await scene.live('first');
    const staged = await scene.stage('staged');
    expect((await rollback(first)).status).toBe(409);
    expect((await rollback(staged)).status).toBe(422);
    await promote(staged);
    scene.fake.settle();
    const { body } = await scene.api('GET', '/v6/deployments?rollbackCandidate=true');
    const { deployments } = body as unknown as { deployments: { uid: string }[] };
    expect(deployments.map((one) => one.uid)).toEqual([first]);
  });

  test('on hobby reaches the previous one alone', async () => {
    scene = await openScene({}, { plan: 'hobby' });
    const first = await scene.live('first');
    const second = await scene.live('second');
    await scene.live('third');
    expect((await rollback(first)).status).toBe(402);
    expect((await rollback(second)).status).toBe(201);
  });
});

describe('rolling releases', () => {
  const PATH = '/v1/projects/shop/rolling-release';
  const stages = [{ targetPercentage: 10 }, { targetPercentage: 50 }, { targetPercentage: 100 }];
  const configure = (config: unknown) => scene.api('PATCH', `${PATH}/config`, config);

  test('hobby has none, and no custom environments', async () => {
    scene = await openScene({}, { plan: 'hobby' });
    expect((await configure({ enabled: true, stages })).status).toBe(402);
    expect((await scene.api('POST', '/v9/projects/shop/custom-environments', { slug: 'x' })).status).toBe(
      402,
    );
  });

  test('a promote begins one; others wait behind it; the last stage ends it and lets them on', async () => {
    scene = await openScene();
    await scene.live('first');
    await configure({ enabled: true, advancementType: 'manual-approval', stages });
    const canary = await scene.stage('second');
    const next = await scene.stage('third');
    expect((await promote(canary)).status).toBe(201);
    expect(scene.project.deployments()[1]?.substate).toBe('ROLLING');
    expect((await promote(next)).status).toBe(202);
    expect((await scene.api('GET', PATH)).body.rollingRelease).toMatchObject({
      state: 'ACTIVE',
      queuedDeploymentId: next,
      canaryDeployment: { id: canary },
      nextStage: { index: 1, targetPercentage: 50 },
    });
    const approve = (nextStageIndex: number) =>
      scene.api('POST', `${PATH}/approve-stage`, { nextStageIndex, canaryDeploymentId: canary });
    expect((await approve(2)).status).toBe(409);
    expect((await approve(1)).status).toBe(200);
    expect((await approve(2)).body.rollingRelease?.state).toBe('COMPLETE');
    expect(scene.project.live()).toBe(canary);
    expect(scene.project.rollingRelease()).toMatchObject({ state: 'ACTIVE', canary: next });
  });

  test('visitors are split by a bucket they keep, unless the address forces one', async () => {
    const lots = [0.05, 0.6];
    scene = await openScene({ lot: () => lots.shift() ?? 0 });
    await scene.live('first');
    await configure({ enabled: true, stages });
    await promote(await scene.stage('second'));
    const domain = scene.project.domains[0] ?? '';
    const visit = async (path = '', cookie = '') => {
      const response = await fetch(`${domain}${path}`, { headers: { cookie } });
      return { text: await response.text(), cookie: response.headers.getSetCookie()[0]?.split(';')[0] ?? '' };
    };
    const lucky = await visit();
    const other = await visit();
    expect([lucky.text, other.text]).toEqual(['second', 'first']);
    expect((await visit('', lucky.cookie)).text).toBe('second');
    expect((await visit('', other.cookie)).text).toBe('first');
    expect((await visit('/?vcrrForceCanary=true', other.cookie)).text).toBe('second');
    const forced = await visit('/?vcrrForceStable=true', lucky.cookie);
    expect([forced.text, (await visit('', forced.cookie)).text]).toEqual(['first', 'first']);
    expect(decodeURIComponent(forced.cookie)).toMatch(/^_vcrr_[0-9a-f]+=dpl_\w+\|1\|forced$/);
  });

  test('advances by itself as time goes by', async () => {
    scene = await openScene();
    await scene.live('first');
    await configure({
      enabled: true,
      advancementType: 'automatic',
      stages: [{ targetPercentage: 10, duration: 5 }, { targetPercentage: 100 }],
    });
    const canary = await scene.stage('second');
    const started = await scene.api('POST', `${PATH}/start`, { canaryDeploymentId: canary });
    expect(started.body.rollingRelease?.activeStage).toMatchObject({ duration: 300, requireApproval: false });
    scene.fake.clock.advance(5 * 60_000);
    expect(await scene.page()).toBe('second');
    expect((await scene.api('GET', `${PATH}?state=ACTIVE`)).body).toEqual({ rollingRelease: null });
  });

  test('a rollback to the base aborts it; turning the feature off does not', async () => {
    scene = await openScene();
    const base = await scene.live('first');
    await configure({ enabled: true, stages });
    const canary = await scene.stage('second');
    await promote(canary);
    await scene.api('DELETE', `${PATH}/config`);
    expect(scene.project.rollingRelease()?.state).toBe('ACTIVE');
    expect((await rollback(base)).status).toBe(201);
    scene.fake.settle();
    expect(await job()).toMatchObject({
      toDeploymentId: base,
      fromDeploymentId: base,
      fromRollingReleaseId: canary,
    });
    expect(scene.project.rollingRelease()?.state).toBe('ABORTED');
    expect(await scene.page('/?vcrrForceCanary=true')).toBe('first');
    expect((await scene.api('GET', PATH)).body.rollingRelease?.activeStage).toBeNull();
  });

  test('activeStage is missing at times', async () => {
    scene = await openScene();
    await scene.live('first');
    await configure({ enabled: true, stages });
    await promote(await scene.stage('second'));
    scene.fake.faults.hideActiveStage(1);
    expect((await scene.api('GET', PATH)).body.rollingRelease).not.toHaveProperty('activeStage');
    expect((await scene.api('GET', PATH)).body.rollingRelease).toHaveProperty('activeStage');
  });
});
