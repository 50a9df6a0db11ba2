import { afterAll, beforeAll, expect, it } from 'vitest';
import { done, openScene, type Scene } from './scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

const HOSTILE =
  '"; touch /tmp/never; $(id) `id` ::set-output name=locked::false <img src=x> | **bold** @team';

it('locks, says what is locked, stops a promotion and not the way back, and unlocks', async () => {
  await scene.release('1.0.0');
  const locked = done(await scene.run('control', { mode: 'lock', reason: HOSTILE, until: '2h' }));
  expect(locked.outputs).toMatchObject({ locked: 'true' });
  expect(JSON.parse(locked.outputs.holds ?? '')).toMatchObject([{ kind: 'lock', reason: HOSTILE }]);
  expect(locked.summary).not.toMatch(/<img|@team|\*\*bold/);
  // Run again, it is locked once.
  done(await scene.run('control', { mode: 'lock', reason: HOSTILE, until: '2h' }));
  expect(JSON.parse(done(await scene.run('control', {})).outputs.holds ?? '')).toHaveLength(1);

  const { folder, digest } = await scene.seal('2.0.0');
  const { outputs } = done(await scene.run('deploy', { release: folder, digest }));
  const promotion = {
    release: folder,
    digest,
    'deployment-id': outputs['deployment-id'] ?? '',
    verdict: 'pass',
  };
  const refused = await scene.run('promote', promotion);
  expect(refused).toMatchObject({ code: 1, outputs: { result: 'refused', reason: 'HELD' } });
  expect(await scene.live()).toBe('1.0.0');
  // A refusal keeps the lane for a way back of its job; its post gives it back.
  expect((await scene.post('promote', promotion, refused)).code).toBe(0);

  done(await scene.run('control', { mode: 'unlock', reason: 'over' }));
  done(await scene.run('promote', promotion));
  expect(await scene.live()).toBe('2.0.0');
  done(await scene.run('control', { mode: 'lock', reason: 'again' }));
  done(await scene.run('rollback', { reason: 'slow' }));
  expect(await scene.live()).toBe('1.0.0');
  const forward = await scene.run(
    'rollback',
    { to: '2.0.0', reason: 'was it not faster?' },
    { env: { GITHUB_RUN_ID: '99' } },
  );
  expect(forward, forward.log).toMatchObject({ code: 1, outputs: { result: 'refused', reason: 'HELD' } });
  expect(await scene.live()).toBe('1.0.0');
});

it('refuses in words what makes no sense, and writes nothing', async () => {
  const before = scene.github.snapshot().repositories[0]?.deployments.length;
  const refusals: [Record<string, string>, string][] = [
    [{ mode: 'lock', reason: '  ' }, 'REASON_MISSING'],
    [{ mode: 'hold', reason: 'why' }, 'RELEASE_NOT_NAMED'],
    [{ mode: 'release', reason: 'why', release: '9.9.9' }, 'NOT_HELD'],
    [{ mode: 'override', reason: 'why', gate: 'newest' }, 'GATE_NOT_OVERRIDABLE'],
  ];
  for (const [inputs, reason] of refusals) {
    const run = await scene.run('control', inputs);
    expect(run).toMatchObject({ code: 1, outputs: { result: 'refused', reason } });
  }
  expect(await scene.run('control', { mode: 'lock', reason: 'x', until: 'soon' })).toMatchObject({
    outputs: { result: 'failed', reason: 'INPUT_INVALID' },
  });
  expect(scene.github.snapshot().repositories[0]?.deployments.length).toBe(before);
});
