import { beforeEach, describe, expect, test } from 'vitest';
import type { Lane, LaneAnswer } from '../../../src/cycle/lane.ts';
import type { ControlPayload } from '../../../src/domain/holds.ts';
import { goBack, goLive, promoteDeployment, stage, states } from './steps.ts';
import { createWorld, eventOfRun, release } from './world.ts';

let world: ReturnType<typeof createWorld>;
beforeEach(() => {
  world = createWorld();
});

const [OLD, NEW] = [release('1.0.0'), release('1.1.0')];

const say = (control: ControlPayload['control'], about: Partial<ControlPayload> = {}) =>
  world.holds.record({
    environment: 'production',
    payload: {
      schema: 1,
      control,
      app: 'sophie',
      commit: 'c'.repeat(40),
      reason: 'the till is down',
      lifts: [],
      run: eventOfRun('9').run,
      actor: 'mary',
      ...about,
    },
  });

/** What the ledger's rollbacks say, as GitHub would list them. */
const told = async () => {
  const entries = await world.ledger.entries('production', 100);
  world.holds.waysBack = entries.filter(({ task }) => task === 'rollback');
  return world.holds.waysBack;
};

describe('promote, right before it makes a release live', () => {
  test('stops at a locked environment, whatever the plan saw, and says who locked it and why', async () => {
    await goLive(world, OLD, '1');
    await say('lock');
    const refused = await goLive(world, NEW, '2');
    expect(refused).toMatchObject({ kind: 'refused', reason: 'HELD' });
    expect(refused.headline).toMatch(/^production is locked by mary, since .*: the till is down$/);
    expect((await world.target.observe()).live?.version).toBe('1.0.0');
    expect((await states(world)).filter((one) => one.startsWith('promote 1.1.0'))).toEqual([]);
  });

  test('stops at a held release and lets another one in', async () => {
    await say('hold', { digest: NEW.digest, version: NEW.version });
    expect(await goLive(world, NEW, '1')).toMatchObject({ kind: 'refused', reason: 'HELD' });
    expect((await goLive(world, OLD, '2')).kind).toBe('done');
  });

  test('goes on where somebody opened the gate, and its summary names them', async () => {
    await say('lock');
    await say('override', {
      gate: 'hold',
      until: '2026-01-01T01:00:00Z',
      reason: 'a fire',
      actor: 'grace',
      second: 'ada',
    });
    const done = await goLive(world, NEW, '1');
    expect(done.kind).toBe('done');
    expect((await world.ledger.entries('production', 1))[0]?.payload.overridden).toEqual(['hold']);
    expect(done.summary).toMatch(
      /production is locked by mary.*Overridden by grace and ada until .*: a fire/,
    );
  });
});

describe('what opens a gate', () => {
  const until = '2026-01-01T01:00:00Z';

  test('opens it for its own app alone, and only as long as it is not doubted', async () => {
    await say('lock');
    await say('override', { gate: 'hold', until, app: 'harbor' });
    expect(await goLive(world, NEW, '1')).toMatchObject({ reason: 'HELD' });
    const { id } = await say('override', { gate: 'hold', until });
    world.holds.doubts.set(id, 'mary did not start its run');
    expect(await goLive(world, NEW, '2')).toMatchObject({ reason: 'HELD' });
    world.holds.doubts.clear();
    expect((await goLive(world, NEW, '3')).kind).toBe('done');
  });

  test('is not asked after where nothing is shut, and a lock is lifted by no doubtful word', async () => {
    await say('override', { gate: 'hold', until });
    expect((await goLive(world, OLD, '1')).kind).toBe('done');
    expect(world.holds.doubted).toEqual([]);
    const lock = await say('lock', { app: 'harbor' });
    const lift = await say('unlock', { lifts: [lock.id] });
    const override = world.holds.controls.find(({ payload }) => payload.control === 'override');
    world.holds.doubts.set(lift.id, 'no such run').set(override?.id ?? '', 'no such run');
    expect(await goLive(world, NEW, '2')).toMatchObject({ reason: 'HELD' });
    world.holds.doubts.delete(lift.id);
    expect((await goLive(world, NEW, '3')).kind).toBe('done');
  });

  test('is written down with the promotion, as the plan and the promotion saw it', async () => {
    await say('lock');
    await say('override', { gate: 'hold', until });
    const staged = await stage(world, NEW);
    const deployment = staged.outputs['deployment-id'] ?? '';
    const overridden = ['back-merge', 'hold'];
    await promoteDeployment(world, NEW, deployment, 'pass', [], null, overridden);
    expect((await world.ledger.entries('production', 1))[0]?.payload.overridden).toEqual(overridden);
    await expect(promoteDeployment(world, NEW, deployment, 'pass', [], null, 'hold')).rejects.toMatchObject({
      code: 'INPUT_INVALID',
    });
  });
});

describe('promote, once it has won the lane', () => {
  test('goes on where an earlier run went live meanwhile, and stops where a later one did', async () => {
    const here = { ...world, event: eventOfRun('5') } as typeof world;
    const { outputs } = await stage(here, NEW);
    const deployment = outputs['deployment-id'] ?? '';
    await goLive(world, OLD, '6');
    const refused = await promoteDeployment(here, NEW, deployment);
    expect(refused).toMatchObject({ kind: 'refused', reason: 'NOT_NEWEST' });
    expect(refused.headline).toBe(
      '1.0.0 of a later run went live in production since this release was staged',
    );
    expect((await world.target.observe()).live?.version).toBe('1.0.0');

    const later = { ...world, event: eventOfRun('7') } as typeof world;
    const again = await stage(later, NEW);
    expect((await promoteDeployment(later, NEW, again.outputs['deployment-id'] ?? '')).kind).toBe('done');
  });
});

describe('a way back', () => {
  test('is kept back by no lock and no hold', async () => {
    await goLive(world, OLD, '1');
    await goLive(world, NEW, '2');
    await say('lock');
    await say('hold', { digest: OLD.digest });
    expect(await goBack(world, { run: '3' })).toMatchObject({ kind: 'done', outputs: { version: '1.0.0' } });
  });

  test('that a person asked for holds what it left, until somebody releases that', async () => {
    await goLive(world, OLD, '1');
    await goLive(world, NEW, '2');
    await goBack(world, { run: '3' });
    const [back] = await told();
    expect(back?.payload.condemns).toBe(true);
    expect(await goLive(world, NEW, '4')).toMatchObject({ kind: 'refused', reason: 'HELD' });
    await say('release', { digest: NEW.digest, lifts: [back?.id ?? ''] });
    expect((await goLive(world, NEW, '5')).kind).toBe('done');
  });

  test('after checks that said no holds the release, also under another name', async () => {
    await goLive(world, OLD, '1');
    world.prober.broken.add(NEW.version);
    expect(await goLive(world, NEW, '2')).toMatchObject({ reason: 'LIVE_CHECKS_FAILED' });
    await goBack(world, { run: '2', automatic: true, digest: NEW.digest });
    await told();
    world.prober.broken.clear();
    expect(await goLive(world, { ...release('1.2.0'), digest: NEW.digest }, '3')).toMatchObject({
      reason: 'HELD',
    });
  });

  test('after a promote that was cut short holds nothing: the job may run again', async () => {
    await goLive(world, OLD, '1');
    const activate = world.target.activate.bind(world.target);
    world.target.activate = async (...given) => {
      await activate(...given);
      throw new Error('killed');
    };
    await expect(goLive(world, NEW, '2')).rejects.toThrow('killed');
    world.target.activate = activate;
    expect((await goBack(world, { run: '2', automatic: true, digest: NEW.digest })).outputs.undone).toBe(
      '1.1.0',
    );
    expect((await told())[0]?.payload.condemns).toBeUndefined();
    expect((await goLive(world, NEW, '2')).kind).toBe('done');
  });
});

describe('a way back to a release that a person names', () => {
  const LAST = release('1.2.0');
  const live = async () => (await world.target.observe()).live?.version;
  beforeEach(async () => {
    await goLive(world, OLD, '1');
    await goLive(world, NEW, '2');
    await goBack(world, { run: '3', reason: 'the till is down' });
    await goLive(world, LAST, '4');
    await told();
  });

  test('is one step where nothing holds it, whatever is locked', async () => {
    await say('lock');
    expect(await goBack(world, { to: '1.0.0', run: '5' })).toMatchObject({
      kind: 'done',
      outputs: { version: '1.0.0' },
    });
  });

  test('is no way forward to what was gone back from, until somebody releases that with a reason', async () => {
    const refused = await goBack(world, { to: '1.1.0', run: '5' });
    expect(refused).toMatchObject({
      kind: 'refused',
      reason: 'HELD',
      headline: expect.stringMatching(
        /^1\.1\.0 .* was taken back from production by ada, .*: the till is down$/,
      ),
      next: expect.stringContaining('Leave `to` empty'),
    });
    expect(await live()).toBe('1.2.0');
    const [back] = world.holds.waysBack;
    await say('release', { digest: NEW.digest, lifts: [back?.id ?? ''] });
    expect((await goBack(world, { to: '1.1.0', run: '6' })).outputs.version).toBe('1.1.0');
  });

  test('goes no way to what somebody holds, but for an override of that gate', async () => {
    await say('hold', { digest: OLD.digest, version: OLD.version });
    expect(await goBack(world, { to: OLD.digest, run: '5' })).toMatchObject({ reason: 'HELD' });
    await say('override', { gate: 'hold', until: '2026-01-01T01:00:00Z', digest: OLD.digest });
    expect((await goBack(world, { to: OLD.digest, run: '6' })).kind).toBe('done');
  });

  test('is not asked of what nobody named, nor of what is live beside a canary', async () => {
    await say('hold', { digest: OLD.digest });
    await say('hold', { digest: LAST.digest });
    world.holds.read = async () => {
      throw new Error('an unnamed way back asks nobody');
    };
    const canary = { ...world, event: eventOfRun('5') } as typeof world;
    const { outputs } = await stage(canary, release('1.3.0'));
    await world.target.activate(outputs['deployment-id'] ?? '', 10, new AbortController().signal);
    expect((await goBack(world, { to: '1.2.0', run: '6' })).kind).toBe('done');
    expect((await goBack(world, { run: '7' })).outputs.version).toBe('1.0.0');
  });
});

describe('the lane', () => {
  const lane = (answer: LaneAnswer) => {
    const calls: string[] = [];
    const it: Lane = {
      async take() {
        calls.push('take');
        return answer;
      },
      async leave() {
        calls.push('leave');
      },
    };
    world = { ...world, lane: it };
    return calls;
  };
  const taken: LaneAnswer = {
    kind: 'taken',
    doubt: 'GitHub did not answer',
    by: {
      id: 'x',
      number: 1,
      place: { app: 'sophie', environment: 'production' },
      owner: { run: { id: '7', attempt: 1, url: 'https://github.test/o/r/actions/runs/7' }, job: 'j' },
      state: 'open',
      at: '2026-01-01T00:00:00Z',
    },
  };

  test('taken by another run, nothing is touched, and the refusal names that run', async () => {
    const calls = lane(taken);
    const promoted = await goLive(world, NEW, '1');
    expect(promoted).toMatchObject({ kind: 'refused', reason: 'LANE_TAKEN' });
    expect(`${promoted.headline} ${promoted.kind === 'refused' && promoted.next}`).toMatch(
      /runs\/7.*GitHub did not answer/,
    );
    expect(await goBack(world, { run: '2' })).toMatchObject({ kind: 'refused', reason: 'LANE_TAKEN' });
    expect((await world.target.observe()).live).toBeUndefined();
    expect(calls).toEqual(['take', 'take']);
  });

  test('is given back by what ended well, and kept for the way back by what did not', async () => {
    const calls = lane({ kind: 'held' });
    await goLive(world, OLD, '1');
    expect(calls).toEqual(['take', 'leave']);
    world.prober.broken.add(NEW.version);
    await goLive(world, NEW, '2');
    expect(calls.slice(2)).toEqual(['take']);
    await goBack(world, { run: '2', automatic: true, digest: NEW.digest });
    expect(calls.slice(3)).toEqual(['take', 'leave']);
  });
});
