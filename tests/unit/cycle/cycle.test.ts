import { describe, expect, it } from 'vitest';
import { findStarted, settleUnfinished } from '../../../src/cycle/ledger-entries.ts';
import { Failure } from '../../../src/domain/failure.ts';
import { goLive, promoteDeployment, signal, stage, states } from './steps.ts';
import { again, createWorld, release, settings } from './world.ts';

describe('deploy', () => {
  it('stages beside the live release and leaves the live one alone', async () => {
    const world = createWorld();
    await goLive(world, release('1.0.0'));
    const outcome = await stage(world, release('1.1.0'));
    expect(outcome.headline).toBe('1.1.0 is staged in production beside 1.0.0');
    expect((await world.target.observe()).live?.version).toBe('1.0.0');
  });

  it('changes nothing the second time', async () => {
    const world = createWorld();
    const first = await stage(world, release('1.0.0'));
    const second = await stage(world, release('1.0.0'));
    expect(second.outputs).toEqual(first.outputs);
    expect(world.target.changes).toEqual(['stage 1.0.0']);
    expect(await states(world)).toEqual(['deploy 1.0.0 staged']);
  });

  it('stages the same files under another version beside the first, and records both', async () => {
    const world = createWorld();
    const first = await stage(world, release('1.0.0'));
    const second = await stage(world, again(release('1.0.0'), '1.0.1'));
    expect(second.outputs).toMatchObject({ version: '1.0.1', digest: first.outputs.digest });
    expect(second.outputs['deployment-id']).not.toBe(first.outputs['deployment-id']);
    expect(await states(world)).toEqual(['deploy 1.0.1 staged', 'deploy 1.0.0 staged']);
  });

  it('does not believe a target that hands back the same files under another version', async () => {
    const world = createWorld();
    const kept = await world.target.stage({ release: release('1.0.0'), directory: '/nowhere' });
    world.target.stage = async () => kept;
    await expect(stage(world, again(release('1.0.0'), '1.0.1'))).rejects.toMatchObject({
      code: 'STAGED_OTHER_RELEASE',
    });
  });

  it('records a failed staging as failed and a cancelled one as cancelled', async () => {
    for (const [code, state] of [
      ['APP_NOT_READY', 'failed'],
      ['CANCELLED', 'cancelled'],
    ] as const) {
      const world = createWorld();
      world.target.stage = async () => {
        throw new Failure(code, 'no', 'look');
      };
      await expect(stage(world, release('1.0.0'))).rejects.toMatchObject({ code });
      expect(await states(world)).toEqual([`deploy 1.0.0 ${state}`]);
    }
  });
});

describe('promote', () => {
  it('makes the release live, records it as good and the one before as superseded', async () => {
    const world = createWorld();
    await goLive(world, release('1.0.0'), '1');
    const outcome = await goLive(world, release('1.1.0'), '2');
    expect(outcome).toMatchObject({ kind: 'done', headline: '1.1.0 is live in production' });
    expect(await states(world)).toEqual([
      'promote 1.1.0 succeeded',
      'deploy 1.1.0 superseded',
      'promote 1.0.0 superseded',
      'deploy 1.0.0 superseded',
    ]);
    const [entry] = await world.ledger.entries('production', 1);
    expect(entry?.payload).toMatchObject({
      previous: { version: '1.0.0' },
      approvers: ['grace'],
      verdicts: { 'smoke-test': 'pass' },
    });
  });

  it('refuses what the smoke test did not pass, and touches nothing', async () => {
    for (const verdict of ['fail', 'insufficient', 'error', 'passed', '']) {
      const world = createWorld();
      const outcome = await goLive(world, release('1.0.0'), '1', verdict);
      expect(outcome).toMatchObject({ kind: 'refused', reason: 'NOT_SMOKE_TESTED' });
      expect(world.target.changes).toEqual(['stage 1.0.0']);
    }
  });

  it('does not believe a target that says yes and changes nothing', async () => {
    const world = createWorld();
    world.target.ignoresNextActivation = true;
    await expect(goLive(world, release('1.0.0'))).rejects.toMatchObject({ code: 'NOT_READ_BACK' });
    expect(await states(world)).not.toContain('promote 1.0.0 succeeded');
  });

  it('walks a canary through its steps with a pause after each partial one', async () => {
    const world = createWorld(
      settings({ strategy: { kind: 'canary', steps: [10, 50, 100], pauseMs: 30_000 } }),
    );
    await goLive(world, release('1.0.0'), '1');
    await goLive(world, release('1.1.0'), '2');
    expect(world.target.changes.slice(-3)).toEqual([
      'activate 1.1.0 10',
      'activate 1.1.0 50',
      'activate 1.1.0 100',
    ]);
    expect(world.clock.slept.filter((time) => time === 30_000)).toHaveLength(2);
  });

  it('stops a canary at the first step that does not pass', async () => {
    const world = createWorld(settings({ strategy: { kind: 'canary', steps: [10, 100], pauseMs: 0 } }));
    await goLive(world, release('1.0.0'), '1');
    world.prober.broken.add('1.1.0');
    const outcome = await goLive(world, release('1.1.0'), '2');
    expect(outcome).toMatchObject({ kind: 'refused', reason: 'CANARY_CHECKS_FAILED' });
    expect((await world.target.observe()).live?.version).toBe('1.0.0');
  });

  it('refuses a release that is live and broken, and says to roll back', async () => {
    const world = createWorld();
    await goLive(world, release('1.0.0'), '1');
    world.prober.broken.add('1.1.0');
    const outcome = await goLive(world, release('1.1.0'), '2');
    expect(outcome).toMatchObject({ kind: 'refused', reason: 'LIVE_CHECKS_FAILED' });
    expect((await states(world))[0]).toBe('promote 1.1.0 failed');
  });

  it('makes the same files live under another version: that is another release', async () => {
    const world = createWorld();
    const first = release('1.0.0');
    await goLive(world, first, '1');
    const outcome = await goLive(world, again(first, '1.0.1'), '2');
    expect(outcome).toMatchObject({ kind: 'done', headline: '1.0.1 is live in production' });
    expect((await world.target.observe()).live).toMatchObject({ version: '1.0.1', digest: first.digest });
    const [entry] = await world.ledger.entries('production', 1);
    expect(entry?.payload.previous).toMatchObject({ version: '1.0.0', commit: first.commit });
  });

  it('refuses a deployment of the same files under another version', async () => {
    const world = createWorld();
    const first = release('1.0.0');
    const staged = await stage(world, first);
    const promoting = promoteDeployment(world, again(first, '1.0.1'), staged.outputs['deployment-id'] ?? '');
    await expect(promoting).rejects.toMatchObject({ code: 'DEPLOYMENT_OTHER_RELEASE' });
    expect(world.target.changes).toEqual(['stage 1.0.0']);
  });

  it('decides within seconds about a live release that is broken, whatever the warm-up', async () => {
    const world = createWorld(settings({ smoke: { ...settings().smoke, warmUpMs: 600_000 } }));
    await goLive(world, release('1.0.0'), '1');
    world.prober.broken.add('1.1.0');
    const outcome = await goLive(world, release('1.1.0'), '2');
    expect(outcome).toMatchObject({ kind: 'refused', reason: 'LIVE_CHECKS_FAILED' });
    expect(world.clock.slept.reduce((sum, slept) => sum + slept, 0)).toBeLessThanOrEqual(3_000);
  });

  it('asks a live release again before it calls it broken: a route may still be on its way', async () => {
    const world = createWorld();
    await goLive(world, release('1.0.0'), '1');
    const { probe } = world.prober;
    let asked = 0;
    world.prober.probe = async (request) => {
      asked += 1;
      if (asked <= 2) return { kind: 'unreachable', reason: 'one packet was lost', durationMs: 1 };
      return probe.call(world.prober, request);
    };
    expect(await goLive(world, release('1.1.0'), '2')).toMatchObject({ kind: 'done' });
  });

  it('takes another app of the repository for nothing of its own', async () => {
    const world = createWorld();
    await goLive(world, { ...release('7.0.0'), app: 'harbor' }, '1');
    const own = createWorld();
    const shared = { ...own, ledger: world.ledger };
    await goLive(shared, release('1.0.0'), '2');
    const [entry] = await world.ledger.entries('production', 1);
    expect(entry?.payload).not.toHaveProperty('previous');
    expect(await states(shared)).toEqual([
      'promote 1.0.0 succeeded',
      'deploy 1.0.0 superseded',
      'promote 7.0.0 succeeded',
      'deploy 7.0.0 superseded',
    ]);
  });

  it('finishes what a killed attempt began', async () => {
    const world = createWorld();
    const staged = await stage(world, release('1.0.0'));
    // The kill: the target switched, and nothing was written after it.
    await world.target.activate(staged.outputs['deployment-id'] ?? '', 100, signal);
    const outcome = await goLive(world, release('1.0.0'));
    expect(outcome.headline).toBe('1.0.0 is live in production already, and is recorded now');
    expect(await states(world)).toEqual(['promote 1.0.0 succeeded', 'deploy 1.0.0 superseded']);
  });
});

describe('after the job', () => {
  it('settles an entry that was cut short, and leaves a settled one alone', async () => {
    const world = createWorld();
    await goLive(world, release('1.0.0'), '1');
    world.target.ignoresNextActivation = true;
    await expect(goLive(world, release('1.1.0'), '2')).rejects.toThrow();
    const [open] = await world.ledger.entries('production', 1);
    expect(await settleUnfinished(world.ledger, 'production', open?.id ?? '')).toContain(
      'recorded as cancelled',
    );
    expect(await settleUnfinished(world.ledger, 'production', open?.id ?? '')).toBeUndefined();
    expect((await states(world))[0]).toBe('promote 1.1.0 cancelled');
  });

  it('finds the entry of its own run, task and app that nobody kept the id of', async () => {
    const world = createWorld();
    await goLive(world, release('1.0.0'), '1');
    world.target.ignoresNextActivation = true;
    await expect(goLive(world, release('1.1.0'), '2')).rejects.toThrow();
    const [open] = await world.ledger.entries('production', 1);
    const here = { app: 'sophie', environment: 'production' };
    expect(await findStarted(world.ledger, here, 'promote', '2')).toBe(open?.id);
    expect(await findStarted(world.ledger, here, 'rollback', '2')).toBeUndefined();
    expect(await findStarted(world.ledger, here, 'promote', '1')).toBeUndefined();
    // Another app of the same run may be at work right now.
    expect(await findStarted(world.ledger, { ...here, app: 'harbor' }, 'promote', '2')).toBeUndefined();
  });
});
