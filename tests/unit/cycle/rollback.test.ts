import { describe, expect, it } from 'vitest';
import { settleUnfinished } from '../../../src/cycle/ledger-entries.ts';
import { Failure } from '../../../src/domain/failure.ts';
import type { Release } from '../../../src/domain/release.ts';
import { goBack, goLive, signal, stage, states } from './steps.ts';
import { again, createWorld, eventOfRun, release, settings } from './world.ts';

describe('rollback', () => {
  it('goes back to the last good release and marks the bad one', async () => {
    const world = createWorld();
    await goLive(world, release('1.0.0'), '1');
    world.prober.broken.add('1.1.0');
    await goLive(world, release('1.1.0'), '2');
    const outcome = await goBack(world, { digest: release('1.1.0').digest, automatic: true, run: '2' });
    expect(outcome.outputs).toMatchObject({ 'rolled-back': 'true', version: '1.0.0', undone: '1.1.0' });
    expect(await states(world)).toEqual([
      'rollback 1.0.0 succeeded',
      'promote 1.1.0 failed',
      'deploy 1.1.0 failed',
      'promote 1.0.0 superseded',
      'deploy 1.0.0 superseded',
    ]);
  });

  it('does nothing when the failed run never activated anything', async () => {
    const world = createWorld();
    await goLive(world, release('1.0.0'), '1');
    await stage({ ...world, event: eventOfRun('2') }, release('1.1.0'));
    const outcome = await goBack(world, { digest: release('1.1.0').digest, automatic: true, run: '2' });
    expect(outcome).toMatchObject({ kind: 'done', outputs: { 'rolled-back': 'false', version: '1.0.0' } });
    expect(world.target.changes.at(-1)).toBe('stage 1.1.0');
    expect(await states(world)).toContain('deploy 1.1.0 failed');
  });

  it('leaves a live release alone when a later run of the same digest fails early', async () => {
    const world = createWorld();
    await goLive(world, release('0.9.0'), '0');
    await goLive(world, release('1.0.0'), '1');
    const outcome = await goBack(world, { digest: release('1.0.0').digest, automatic: true, run: '2' });
    expect(outcome.outputs['rolled-back']).toBe('false');
    expect((await world.target.observe()).live?.version).toBe('1.0.0');
  });

  it('leaves what an attempt of this run brought live when a later attempt fails early', async () => {
    const world = createWorld();
    await goLive(world, release('1.0.0'), '1');
    await goLive(world, release('1.1.0'), '2');
    const outcome = await goBack(world, { digest: release('1.1.0').digest, automatic: true, run: '2' });
    expect(outcome.outputs).toMatchObject({ 'rolled-back': 'false', version: '1.1.0' });
    expect((await states(world))[0]).toBe('promote 1.1.0 succeeded');
  });

  it('leaves a live release alone when promoting it once more is cut short before anything was found', async () => {
    const world = createWorld();
    await goLive(world, release('0.9.0'), '0');
    await goLive(world, release('1.0.0'), '1');
    world.target.activate = async () => {
      throw new Failure('CANCELLED', 'cancelled', 'run it again');
    };
    await expect(goLive(world, release('1.0.0'), '2')).rejects.toMatchObject({ code: 'CANCELLED' });
    const outcome = await goBack(world, { digest: release('1.0.0').digest, automatic: true, run: '2' });
    expect(outcome.outputs).toMatchObject({ 'rolled-back': 'false', version: '1.0.0' });
    expect((await states(world)).slice(0, 3)).toEqual([
      'promote 1.0.0 cancelled',
      'deploy 1.0.0 failed',
      'promote 1.0.0 succeeded',
    ]);
  });

  it('takes back what a cut promotion makes live only after it was stopped', async () => {
    const world = createWorld();
    await goLive(world, release('1.0.0'), '1');
    const { target } = world;
    const activate = target.activate.bind(target);
    target.activate = async (id, weight) => {
      target.activateLate(id, weight);
      throw new Failure('CANCELLED', 'cancelled', 'run it again');
    };
    await expect(goLive(world, release('1.1.0'), '2')).rejects.toMatchObject({ code: 'CANCELLED' });
    target.activate = activate;
    const outcome = await goBack(world, { digest: release('1.1.0').digest, automatic: true, run: '2' });
    expect(outcome.outputs).toMatchObject({ 'rolled-back': 'true', version: '1.0.0', undone: '1.1.0' });
    expect((await states(world))[0]).toBe('rollback 1.0.0 succeeded');
    await target.land();
    expect((await target.observe()).live?.version).toBe('1.0.0');
  });

  it('asks for the same one again when the target gave no answer, and for no older one', async () => {
    const world = createWorld();
    for (const version of ['0.9.0', '1.0.0']) await goLive(world, release(version), version);
    world.prober.broken.add('1.1.0');
    await goLive(world, release('1.1.0'), '2');
    const activate = world.target.activate.bind(world.target);
    let lost = 0;
    world.target.activate = async (...given) => {
      lost += 1;
      if (lost === 1) throw new Failure('TARGET_UNREACHABLE', 'no answer', 'look');
      return activate(...given);
    };
    const outcome = await goBack(world, { digest: release('1.1.0').digest, automatic: true, run: '2' });
    expect(outcome.outputs).toMatchObject({ 'rolled-back': 'true', version: '1.0.0' });
    expect((await states(world))[0]).toBe('rollback 1.0.0 succeeded');

    world.prober.broken.add('1.2.0');
    await goLive(world, release('1.2.0'), '3');
    world.target.activate = () => Promise.reject(new Failure('TARGET_UNREACHABLE', 'no answer', 'look'));
    const back = goBack(world, { digest: release('1.2.0').digest, automatic: true, run: '3' });
    await expect(back).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE' });
    // Left open, so that the same job run again goes on with it.
    expect((await states(world))[0]).toBe('rollback 1.0.0 started');
  });

  it('undoes the canary and not the release beside it when a person asks in the middle', async () => {
    const world = createWorld();
    for (const version of ['1.0.0', '1.1.0']) await goLive(world, release(version), version);
    const staged = await stage(world, release('1.2.0'));
    await world.target.activate(staged.outputs['deployment-id'] ?? '', 10, signal);
    const outcome = await goBack(world, { run: '9' });
    expect(outcome.outputs).toMatchObject({ version: '1.1.0', undone: '1.2.0' });
    expect((await world.target.observe()).live).toMatchObject({ version: '1.1.0', weight: 100 });
  });

  it('run again by hand, stays where it went', async () => {
    const world = createWorld();
    for (const version of ['1.0.0', '1.1.0', '1.2.0']) await goLive(world, release(version), version);
    expect((await goBack(world, { run: '9' })).outputs.version).toBe('1.1.0');
    expect(await goBack(world, { run: '9' })).toMatchObject({
      kind: 'done',
      outputs: { 'rolled-back': 'false', version: '1.1.0' },
    });
  });

  it('run again by hand after a kill, finishes the way back and does not return to the bad release', async () => {
    const world = createWorld();
    for (const version of ['1.0.0', '1.1.0', '1.2.0']) await goLive(world, release(version), version);
    const { probe } = world.prober;
    world.prober.probe = async () => {
      throw new Failure('CANCELLED', 'killed', 'run it again');
    };
    await expect(goBack(world, { run: '9' })).rejects.toThrow('killed');
    world.prober.probe = probe;
    const [open] = await world.ledger.entries('production', 1);
    await settleUnfinished(world.ledger, 'production', open?.id ?? '');
    for (const _attempt of [2, 3]) {
      await goBack(world, { run: '9' });
      expect((await world.target.observe()).live?.version).toBe('1.1.0');
    }
    expect((await states(world)).filter((state) => state.endsWith('succeeded'))).toEqual([
      'rollback 1.1.0 succeeded',
    ]);
  });

  it('never goes back to a release a person went back from, whatever became of its last entry', async () => {
    const world = createWorld();
    for (const version of ['1.0.0', '1.1.0']) await goLive(world, release(version), version);
    // 1.1.0 once more: cut short, and the run is settled as cancelled.
    const { activate } = world.target;
    world.target.activate = async () => {
      throw new Failure('CANCELLED', 'cancelled', 'run it again');
    };
    await expect(goLive(world, release('1.1.0'), '3')).rejects.toThrow();
    world.target.activate = activate;
    const [open] = await world.ledger.entries('production', 1);
    await settleUnfinished(world.ledger, 'production', open?.id ?? '');
    expect((await goBack(world, { run: '4' })).outputs.version).toBe('1.0.0');
    await goLive(world, release('1.2.0'), '5');
    expect((await goBack(world, { run: '6' })).outputs.version).toBe('1.0.0');
    expect(await goBack(world, { run: '7' })).toMatchObject({ reason: 'NO_LAST_GOOD' });
  });

  it('goes to an older good release when the target forgot the last one', async () => {
    const world = createWorld();
    for (const version of ['1.0.0', '1.1.0', '1.2.0']) await goLive(world, release(version), version);
    const { deployments } = await world.target.observe();
    await world.target.retire(deployments.find(({ version }) => version === '1.1.0')?.id ?? '');
    expect((await goBack(world, { run: '9' })).outputs.version).toBe('1.0.0');
  });

  it('finds the last good release behind more failures than one page holds', async () => {
    const world = createWorld();
    for (const version of ['1.0.0', '1.1.0']) await goLive(world, release(version), version);
    world.target.stage = async () => {
      throw new Failure('APP_NOT_READY', 'no', 'look');
    };
    for (let run = 100; run < 220; run += 1)
      await expect(stage({ ...world, event: eventOfRun(String(run)) }, release('2.0.0'))).rejects.toThrow();
    expect((await goBack(world, { run: '9' })).outputs.version).toBe('1.0.0');
    expect((await states(world)).filter((state) => state.endsWith('succeeded'))).toEqual([
      'rollback 1.0.0 succeeded',
    ]);
  });

  it('looks for the version that passed, when the same files were staged as another version since', async () => {
    const world = createWorld();
    for (const version of ['1.0.0', '1.1.0']) await goLive(world, release(version), version);
    await stage({ ...world, event: eventOfRun('8') }, { ...release('1.0.0'), version: '1.0.1' });
    expect((await goBack(world, { run: '9' })).outputs).toMatchObject({
      version: '1.0.0',
      'rolled-back': 'true',
    });
    expect((await states(world))[0]).toBe('rollback 1.0.0 succeeded');
  });

  it('goes back to the same files under the version before, when the new version of them is bad', async () => {
    const world = createWorld();
    const first = release('1.0.0');
    const bad = again(first, '1.0.1');
    await goLive(world, first, '1');
    world.prober.broken.add('1.0.1');
    await goLive(world, bad, '2');
    const outcome = await goBack(world, { digest: bad.digest, automatic: true, run: '2' });
    expect(outcome.outputs).toMatchObject({ 'rolled-back': 'true', version: '1.0.0', undone: '1.0.1' });
    expect((await world.target.observe()).live?.version).toBe('1.0.0');
    expect((await states(world)).filter((state) => state.startsWith('promote'))).toEqual([
      'promote 1.0.1 failed',
      'promote 1.0.0 superseded',
    ]);
  });

  it('is no way around the gates for another version of files that were live', async () => {
    const world = createWorld();
    await goLive(world, release('1.0.0'), '1');
    await stage(world, again(release('1.0.0'), '1.0.1'));
    expect(await goBack(world, { to: '1.0.1', run: '9' })).toMatchObject({ reason: 'NEVER_LIVE' });
  });

  it('never takes another app of the repository for the last good release', async () => {
    const world = createWorld();
    await goLive(world, { ...release('0.9.0'), app: 'harbor' }, '1');
    await goLive(world, release('1.0.0'), '2');
    expect(await goBack(world, { run: '9' })).toMatchObject({ reason: 'NO_LAST_GOOD' });
    expect((await world.target.observe()).live?.version).toBe('1.0.0');
  });

  describe('when the last good release does not come back', () => {
    const three = async () => {
      const world = createWorld();
      for (const version of ['1.0.0', '1.1.0', '1.2.0']) await goLive(world, release(version), version);
      return world;
    };
    const live = async (world: Awaited<ReturnType<typeof three>>) =>
      (await world.target.observe()).live?.version;

    it('goes to the next older good one, and says which one it passed over and why', async () => {
      const world = await three();
      world.target.lost.add('1.1.0');
      const outcome = await goBack(world, { run: '9' });
      expect(outcome.outputs).toMatchObject({ 'rolled-back': 'true', version: '1.0.0', undone: '1.2.0' });
      expect(outcome.summary).toContain('1.1.0 does not start.');
      expect(await live(world)).toBe('1.0.0');
      // That it did not start today says nothing against the release itself.
      expect((await states(world)).slice(0, 2)).toEqual([
        'rollback 1.0.0 succeeded',
        'rollback 1.1.0 cancelled',
      ]);
    });

    it('does so as well when it comes up and does not pass its checks', async () => {
      const world = await three();
      world.prober.broken.add('1.1.0');
      const outcome = await goBack(world, { run: '9' });
      expect(outcome.outputs).toMatchObject({ 'rolled-back': 'true', version: '1.0.0', undone: '1.2.0' });
      expect((await states(world)).slice(0, 2)).toEqual([
        'rollback 1.0.0 succeeded',
        'rollback 1.1.0 failed',
      ]);
      // Run again, it finds its work done.
      expect((await goBack(world, { run: '9' })).outputs['rolled-back']).toBe('false');
      expect(await live(world)).toBe('1.0.0');
    });

    it('looks at no more than two: the cause is then likely not in the releases', async () => {
      const world = createWorld();
      for (const version of ['0.9.0', '1.0.0', '1.1.0', '1.2.0'])
        await goLive(world, release(version), version);
      for (const version of ['1.0.0', '1.1.0']) world.prober.broken.add(version);
      const going = goBack(world, { run: '9' });
      await expect(going).rejects.toMatchObject({
        code: 'ROLLBACK_UNVERIFIED',
        message: expect.stringMatching(/1\.1\.0.*1\.0\.0/s),
      });
      expect(await live(world)).toBe('1.0.0');
    });

    it('leaves the failure as it is when neither of two starts, and nothing has moved', async () => {
      const world = await three();
      for (const version of ['1.0.0', '1.1.0']) world.target.lost.add(version);
      await expect(goBack(world, { run: '9' })).rejects.toMatchObject({ code: 'APP_NOT_READY' });
      expect(await live(world)).toBe('1.2.0');
      // Nothing was found bad: when they start again, they are where to go back to.
      world.target.lost.clear();
      expect((await goBack(world, { run: '9' })).outputs.version).toBe('1.1.0');
    });

    it('looks once more at what it made live, when the one after that did not start', async () => {
      const world = await three();
      world.prober.broken.add('1.1.0');
      world.target.lost.add('1.0.0');
      await expect(goBack(world, { run: '9' })).rejects.toMatchObject({ code: 'ROLLBACK_UNVERIFIED' });
      expect(await live(world)).toBe('1.1.0');
      world.prober.broken.clear();
      expect((await goBack(world, { run: '9' })).outputs).toMatchObject({
        'rolled-back': 'true',
        version: '1.1.0',
      });
    });

    it('goes nowhere else than to the one a person named', async () => {
      const world = await three();
      world.target.lost.add('1.1.0');
      await expect(goBack(world, { to: '1.1.0', run: '9' })).rejects.toMatchObject({ code: 'APP_NOT_READY' });
      expect(await live(world)).toBe('1.2.0');
    });

    it('goes nowhere else when the run is cancelled', async () => {
      const world = await three();
      world.target.activate = async () => {
        throw new Failure('CANCELLED', 'cancelled', 'run it again');
      };
      await expect(goBack(world, { run: '9' })).rejects.toMatchObject({ code: 'CANCELLED' });
      expect(await live(world)).toBe('1.2.0');
    });
  });

  it('keeps of a reason what a ledger can hold', async () => {
    const world = createWorld();
    for (const version of ['1.0.0', '1.1.0']) await goLive(world, release(version), version);
    await goBack(world, { run: '9', reason: `${'x'.repeat(999)}💥${'log '.repeat(20_000)}` });
    const [entry] = await world.ledger.entries('production', 1);
    expect(entry?.payload.reason).toBe(`${'x'.repeat(999)}\ufffd`);
  });

  it('is no way around the gates: what was never live cannot be named', async () => {
    const world = createWorld();
    await goLive(world, release('1.0.0'), '1');
    await stage(world, release('2.0.0'));
    expect(await goBack(world, { to: '2.0.0', run: '9' })).toMatchObject({ reason: 'NEVER_LIVE' });
    expect((await world.target.observe()).live?.version).toBe('1.0.0');
  });

  it('believes the ledger of what was live where the target cannot tell, and never a canary', async () => {
    const world = createWorld();
    for (const version of ['1.0.0', '1.1.0']) await goLive(world, release(version), version);
    await stage(world, release('2.0.0'));
    const observe = world.target.observe.bind(world.target);
    let canary = '';
    world.target.observe = async () => {
      const { live, deployments } = await observe();
      const told = deployments.map(
        (one) =>
          ({
            ...one,
            state: one.id === live?.id || one.version === canary ? 'live' : 'staged',
          }) as const,
      );
      return { live, deployments: told };
    };
    expect(await goBack(world, { to: '2.0.0', run: '8' })).toMatchObject({ reason: 'NEVER_LIVE' });
    canary = '2.0.0';
    expect(await goBack(world, { to: '2.0.0', run: '8' })).toMatchObject({ reason: 'NEVER_LIVE' });
    expect((await goBack(world, { to: '1.0.0', run: '9' })).outputs.version).toBe('1.0.0');
    // Found bad since: it was live all the same, and whether it may come again is for the holds to say.
    expect((await goBack(world, { to: '1.1.0', run: '10' })).outputs.version).toBe('1.1.0');
  });

  it('asks which one when a version names several deployments', async () => {
    const world = createWorld();
    const twin: Release = { ...release('1.0.0'), digest: `sha256:${'f'.repeat(64)}` };
    for (const [of, run] of [
      [release('1.0.0'), '1'],
      [twin, '2'],
      [release('1.1.0'), '3'],
    ] as const)
      await goLive(world, of, run);
    expect(await goBack(world, { to: '1.0.0', run: '9' })).toMatchObject({ reason: 'TARGET_AMBIGUOUS' });
    expect((await goBack(world, { to: twin.digest, run: '10' })).outputs['deployment-id']).toBe(
      '1.0.0-ffffffffffff',
    );
  });

  it('does not guess what a failure wants undone', async () => {
    const world = createWorld();
    for (const version of ['1.0.0', '1.1.0']) await goLive(world, release(version), version);
    for (const digest of ['', 'sha256:short', '1.1.0'])
      await expect(goBack(world, { digest, automatic: true, run: '1.1.0' })).rejects.toMatchObject({
        code: 'DIGEST_INVALID',
      });
    expect((await world.target.observe()).live?.version).toBe('1.1.0');
  });

  it('takes a canary back to the release that is still live', async () => {
    const world = createWorld(settings({ strategy: { kind: 'canary', steps: [10, 100], pauseMs: 0 } }));
    await goLive(world, release('1.0.0'), '1');
    world.prober.broken.add('1.1.0');
    await goLive(world, release('1.1.0'), '2');
    const outcome = await goBack(world, { digest: release('1.1.0').digest, automatic: true, run: '2' });
    expect(outcome.outputs).toMatchObject({ 'rolled-back': 'true', version: '1.0.0', undone: '1.1.0' });
    const { live } = await world.target.observe();
    expect(live).toMatchObject({ version: '1.0.0', weight: 100 });
  });

  it('never goes back to a release that was rolled back before', async () => {
    const world = createWorld();
    await goLive(world, release('1.0.0'), '1');
    world.prober.broken.add('1.1.0');
    await goLive(world, release('1.1.0'), '2');
    await goBack(world, { digest: release('1.1.0').digest, automatic: true, run: '2' });
    world.prober.broken.add('1.2.0');
    await goLive(world, release('1.2.0'), '3');
    const outcome = await goBack(world, { digest: release('1.2.0').digest, automatic: true, run: '3' });
    expect(outcome.outputs.version).toBe('1.0.0');
  });

  it('refuses when there is nothing to go back to', async () => {
    const world = createWorld();
    await goLive(world, release('1.0.0'), '1');
    expect(await goBack(world)).toMatchObject({ kind: 'refused', reason: 'NO_LAST_GOOD' });
    expect(await goBack(world, { to: '7.7.7' })).toMatchObject({ kind: 'refused', reason: 'TARGET_UNKNOWN' });
    expect(await goBack(world, { to: 'v1.0.0' })).toMatchObject({ kind: 'refused', reason: 'ALREADY_LIVE' });
  });

  it('goes to the release a person names, by version, digest or deployment', async () => {
    for (const to of ['1.0.0', 'v1.0.0', release('1.0.0').digest]) {
      const world = createWorld();
      for (const version of ['1.0.0', '1.1.0', '1.2.0']) await goLive(world, release(version), version);
      expect((await goBack(world, { to })).outputs).toMatchObject({ version: '1.0.0', undone: '1.2.0' });
    }
  });

  it('leaves it to a person where airlock.yml says so, and a person may', async () => {
    const world = createWorld(settings({ rollback: { automatic: false, migrations: 'never' } }));
    await goLive(world, release('1.0.0'), '1');
    world.prober.broken.add('1.1.0');
    await goLive(world, release('1.1.0'), '2');
    const asked = { digest: release('1.1.0').digest, automatic: true, run: '2' };
    expect(await goBack(world, asked)).toMatchObject({ kind: 'refused', reason: 'NOT_AUTOMATIC' });
    expect((await goBack(world)).outputs['rolled-back']).toBe('true');
  });

  it('calls a person when the way back does not pass its checks either', async () => {
    const world = createWorld();
    await goLive(world, release('1.0.0'), '1');
    await goLive(world, release('1.1.0'), '2');
    world.prober.broken.add('1.0.0');
    await expect(goBack(world)).rejects.toMatchObject({ code: 'ROLLBACK_UNVERIFIED' });
    expect((await states(world))[0]).toBe('rollback 1.0.0 failed');
  });

  it('reverts migrations after the app is back, and keeps them with a word when that is not safe', async () => {
    const world = createWorld();
    await goLive(world, release('1.0.0'), '1');
    world.prober.broken.add('1.1.0');
    await goLive(world, release('1.1.0'), '2', 'pass', ['0002_b']);
    const asked = { digest: release('1.1.0').digest, automatic: true, run: '2', migrations: ['0002_b'] };
    const unsafe = await goBack(world, {
      ...asked,
      revert: async () => {
        throw new Failure('REVERT_NOT_SAFE', '0002_b holds rows.', 'Leave it.');
      },
    });
    expect(unsafe.outputs).toMatchObject({ 'rolled-back': 'true', reverted: '[]' });
    expect(unsafe.summary).toContain('0002\\_b holds rows.');
    const safe = await goBack(world, { ...asked, revert: async () => [{ id: '0002_b', durationMs: 3 }] });
    expect(safe.outputs).toMatchObject({ 'rolled-back': 'false', reverted: '["0002_b"]' });
  });
});
