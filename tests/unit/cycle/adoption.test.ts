import { describe, expect, it } from 'vitest';
import { Failure } from '../../../src/domain/failure.ts';
import { isProven, lastGood, lastPassed } from '../../../src/domain/ledger.ts';
import { readPayload, writePayload } from '../../../src/github/payload.ts';
import type { ProbeAnswer } from '../../../src/ports/prober.ts';
import { goBack, goLive, stage, states } from './steps.ts';
import { createWorld, eventOfRun, release, settings } from './world.ts';

const CANARY = settings({ strategy: { kind: 'canary', steps: [10, 100], pauseMs: 0 } });
const SAID = 'not put there by Airlock: nothing is known of its files; checked without its version';

/** An environment in which `main` was live before Airlock came. */
async function adopted(environment = settings()) {
  const world = createWorld(environment);
  await world.target.byHand('main');
  return world;
}

type World = Awaited<ReturnType<typeof adopted>>;
const live = async ({ target }: World) => (await target.observe()).live;
const entriesOf = ({ ledger }: World) => ledger.entries('production', 100);
const undoing = (version: string, run: string) => ({
  digest: release(version).digest,
  automatic: true,
  run,
});

/** The first release, which breaks under its users. */
async function brokenStart(environment = settings()) {
  const world = await adopted(environment);
  world.prober.broken.add('1.0.0');
  await goLive(world, release('1.0.0'), '1');
  return world;
}

describe('a project that was live before Airlock', () => {
  it('is gone back to when the first release breaks, and nobody claims to know it', async () => {
    const world = await brokenStart();
    const outcome = await goBack(world, undoing('1.0.0', '1'));
    expect(outcome.outputs).toMatchObject({
      'rolled-back': 'true',
      version: 'main',
      'deployment-id': 'hand-main',
      undone: '1.0.0',
    });
    expect(outcome.headline).toContain(SAID);
    expect(outcome.summary).toContain(SAID);
    expect(outcome.annotations?.[0]?.message).toContain(SAID);
    expect(await live(world)).toMatchObject({ id: 'hand-main', weight: 100 });
  });

  it('stands in the ledger as no release, and no reader takes the one undone for good', async () => {
    const world = await brokenStart();
    await goBack(world, undoing('1.0.0', '1'));
    const entries = await entriesOf(world);
    expect(entries[0]).toMatchObject({
      task: 'rollback',
      state: 'succeeded',
      payload: {
        schema: 1,
        release: { version: '1.0.0' },
        previous: { version: '1.0.0' },
        target: { deploymentId: 'hand-main' },
        foreign: { version: 'main', commit: '' },
        undoes: entries.find(({ task }) => task === 'promote')?.id,
      },
    });
    expect(await states(world)).toEqual([
      'rollback 1.0.0 succeeded',
      'promote 1.0.0 failed',
      'deploy 1.0.0 failed',
    ]);
    expect(lastGood(entries, undefined)).toBeUndefined();
    expect(lastPassed(entries)).toBeUndefined();
    expect(isProven(entries, release('1.0.0').digest)).toBe(false);
    const payload = entries[0]?.payload;
    expect(readPayload(JSON.stringify(payload && writePayload(payload)))).toEqual({ kind: 'entry', payload });
  });

  it('run again, finds its work done', async () => {
    const world = await brokenStart();
    await goBack(world, undoing('1.0.0', '1'));
    const changes = world.target.changes.length;
    expect((await goBack(world, undoing('1.0.0', '1'))).outputs['rolled-back']).toBe('false');
    expect(world.target.changes).toHaveLength(changes);
    expect(await goBack(world, { run: '9' })).toMatchObject({ reason: 'NO_LAST_GOOD' });
  });

  it('is gone back to after several bad releases, and after an attempt that was cut short', async () => {
    const world = await brokenStart();
    await goLive(world, release('1.0.0'), '1');
    world.prober.broken.add('1.1.0');
    await goLive(world, release('1.1.0'), '2');
    expect((await goBack(world, undoing('1.1.0', '2'))).outputs.version).toBe('main');
  });

  it('is gone back to by a person who names nothing', async () => {
    const world = await adopted();
    await goLive(world, release('1.0.0'), '1');
    expect((await goBack(world, { run: '9' })).outputs).toMatchObject({ version: 'main', undone: '1.0.0' });
  });

  it('does not come before a release that is known to be good', async () => {
    const world = await adopted();
    await goLive(world, release('1.0.0'), '1');
    world.prober.broken.add('1.1.0');
    await goLive(world, release('1.1.0'), '2');
    expect((await goBack(world, undoing('1.1.0', '2'))).outputs.version).toBe('1.0.0');
  });

  it('stays left when the good release since then is gone from the target', async () => {
    const world = await adopted();
    await goLive(world, release('1.0.0'), '1');
    await goLive(world, release('1.1.0'), '2');
    await world.target.retire((await world.target.observe()).deployments[1]?.id ?? '');
    expect(await goBack(world, { run: '9' })).toMatchObject({ reason: 'NO_LAST_GOOD' });
  });

  it('is not gone back to when the target has it no more', async () => {
    const world = await brokenStart();
    await world.target.retire('hand-main');
    expect(await goBack(world, undoing('1.0.0', '1'))).toMatchObject({ reason: 'NO_LAST_GOOD' });
  });

  it('gets all its traffic again when a canary beside it is given up', async () => {
    const world = await brokenStart(CANARY);
    expect(await live(world)).toMatchObject({ id: 'hand-main', weight: 90 });
    expect((await goBack(world, undoing('1.0.0', '1'))).outputs).toMatchObject({
      version: 'main',
      undone: '1.0.0',
    });
    expect(await live(world)).toMatchObject({ id: 'hand-main', weight: 100 });
  });

  it('keeps its place when a canary beside it is given up, though an older release was good', async () => {
    const world = createWorld(CANARY);
    await goLive(world, release('1.0.0'), '1');
    await world.target.byHand('hotfix');
    world.prober.broken.add('1.1.0');
    await goLive(world, release('1.1.0'), '2');
    expect((await goBack(world, undoing('1.1.0', '2'))).outputs.version).toBe('hotfix');
    expect(await live(world)).toMatchObject({ id: 'hand-hotfix', weight: 100 });
    // Two that stand as live would make the next way back a guess.
    expect((await states(world)).filter((state) => state.endsWith('succeeded'))).toEqual([
      'rollback 1.1.0 succeeded',
    ]);
  });

  it('can be named by id and by version when it was live, and not when it never was', async () => {
    for (const to of ['hand-main', 'main']) {
      const world = await adopted();
      for (const version of ['1.0.0', '1.1.0']) await goLive(world, release(version), version);
      expect((await goBack(world, { to, run: '9' })).outputs).toMatchObject({
        version: 'main',
        undone: '1.1.0',
      });
      // The release that it took the place of is not live any more, and the way forward is open.
      expect(lastPassed(await entriesOf(world))?.payload.release.version).toBe('1.0.0');
      expect((await goLive(world, release('1.2.0'), '10')).kind).toBe('done');
      expect((await states(world)).filter((state) => state.endsWith('succeeded'))).toEqual([
        'promote 1.2.0 succeeded',
      ]);
    }
    const world = createWorld();
    await goLive(world, release('1.0.0'), '1');
    const observe = world.target.observe.bind(world.target);
    const built = { id: 'dpl_x', version: 'branch', commit: '', weight: 0, stagedAt: '', state: 'staged' };
    world.target.observe = async () => {
      const { live: now, deployments } = await observe();
      return { live: now, deployments: [...deployments, { ...built, state: 'staged' as const }] };
    };
    expect(await goBack(world, { to: 'dpl_x', run: '9' })).toMatchObject({ reason: 'NEVER_LIVE' });
  });

  it('cannot take the place of another such: there is nothing to record', async () => {
    const world = await adopted();
    await world.target.byHand('other');
    const changes = world.target.changes.length;
    expect(await goBack(world, { to: 'main', run: '9' })).toMatchObject({ reason: 'NOTHING_KNOWN' });
    expect(world.target.changes).toHaveLength(changes);
    expect(await states(world)).toEqual([]);
  });

  it('finishes a way back that was cut short, and looks at it once more', async () => {
    const world = await brokenStart();
    const { probe } = world.prober;
    world.prober.probe = async () => {
      throw new Failure('CANCELLED', 'killed', 'run it again');
    };
    await expect(goBack(world, undoing('1.0.0', '1'))).rejects.toThrow('killed');
    expect((await live(world))?.version).toBe('main');
    world.prober.probe = probe;
    expect((await goBack(world, undoing('1.0.0', '1'))).outputs).toMatchObject({
      'rolled-back': 'true',
      undone: '1.0.0',
    });
    expect((await states(world))[0]).toBe('rollback 1.0.0 succeeded');
  });

  it('is recorded as nothing that was promoted', async () => {
    const world = await adopted();
    const staged = await stage(world, release('1.0.0'));
    // The kill: the target switched, and nothing was written after it.
    await world.target.activate(staged.outputs['deployment-id'] ?? '', 100, new AbortController().signal);
    await goBack(world, { to: 'main', run: '9' });
    expect(await states(world)).toEqual(['rollback 1.0.0 succeeded', 'deploy 1.0.0 staged']);
  });

  it('calls a person when it does not answer either', async () => {
    const world = await brokenStart();
    world.prober.broken.add('main');
    await expect(goBack(world, undoing('1.0.0', '1'))).rejects.toMatchObject({
      code: 'ROLLBACK_UNVERIFIED',
      message: expect.stringContaining(SAID),
    });
    expect((await states(world))[0]).toBe('rollback 1.0.0 failed');
    expect((await live(world))?.version).toBe('main');
  });
});

describe('the checks of what nobody knows', () => {
  const [versionCheck] = settings().smoke.checks;
  if (!versionCheck) throw new Error('the settings have a check');
  const asked = async (checks: (typeof versionCheck)[], answer: (path: string) => Partial<ProbeAnswer>) => {
    const world = await brokenStart(settings({ smoke: { warmUpMs: 0, checks } }));
    const paths: string[] = [];
    world.prober.probe = async ({ url }) => {
      const path = new URL(url).pathname;
      paths.push(path);
      const good = { kind: 'answered', status: 200, headers: {}, body: '{}', bodyCut: false, durationMs: 1 };
      return { ...good, ...answer(path) } as ProbeAnswer;
    };
    const outcome = await goBack(world, undoing('1.0.0', '1')).catch((error: unknown) => error);
    return { outcome, paths: [...new Set(paths)] };
  };
  const health = { ...versionCheck, name: 'health', path: '/health', version: false, health: true };
  const well = { status: 'ok', database: 'up', cache: 'none' };

  it('ask that it answers where only its version was asked for', async () => {
    const { outcome, paths } = await asked([versionCheck], () => ({}));
    expect(outcome).toMatchObject({ outputs: { 'rolled-back': 'true' } });
    expect(paths).toEqual(['/']);
    expect((await asked([versionCheck], () => ({ status: 404 }))).outcome).toMatchObject({
      code: 'ROLLBACK_UNVERIFIED',
    });
  });

  it('ask for its health whatever its version, and for all else that was asked for', async () => {
    const page = { ...versionCheck, name: 'page', path: '/page', headers: { 'x-app': 'yes' } };
    const answer = (body: object) => (path: string) => ({
      body: JSON.stringify(body),
      headers: path === '/page' ? { 'x-app': 'yes' } : {},
    });
    const passed = await asked([versionCheck, health, page], answer({ ...well, version: 'who knows' }));
    expect(passed.outcome).toMatchObject({ outputs: { 'rolled-back': 'true' } });
    expect(passed.paths.toSorted()).toEqual(['/health', '/page']);
    const ill = await asked([health, page], answer({ ...well, database: 'down' }));
    expect(ill.outcome).toMatchObject({ code: 'ROLLBACK_UNVERIFIED' });
    const bare = await asked([health, page], () => ({ body: JSON.stringify(well) }));
    expect(bare.outcome).toMatchObject({ message: expect.stringContaining('x-app') });
  });

  it('are never passed where there are none', async () => {
    expect((await asked([], () => ({}))).outcome).toMatchObject({ code: 'ROLLBACK_UNVERIFIED' });
  });
});

describe('drift', () => {
  const DRIFT = 'drift: hotfix (hand-hotfix) was made live outside of Airlock';
  const watched = async () => {
    const lines: string[] = [];
    const plain = createWorld();
    const world = { ...plain, log: { ...plain.log, warning: (line: string) => void lines.push(line) } };
    await goLive(world, release('1.0.0'), '1');
    return { world, lines };
  };

  it('is named by promote and by rollback, in the log and in the summary', async () => {
    for (const step of ['promote', 'rollback']) {
      const { world, lines } = await watched();
      await world.target.byHand('hotfix');
      const { summary } =
        step === 'promote'
          ? await goLive(world, release('1.1.0'), '2')
          : await goBack(world, { to: '1.0.0', run: '2' });
      expect(lines.join()).toContain(DRIFT);
      expect(lines.join()).toContain('1.0.0 went live last');
      expect(summary).toContain(DRIFT);
      expect((await live(world))?.version).toBe(step === 'promote' ? '1.1.0' : '1.0.0');
    }
  });

  it('is named when an older release of Airlock’s was made live by hand', async () => {
    const { world, lines } = await watched();
    await goLive(world, release('1.1.0'), '2');
    await world.target.byHand('1.0.0');
    await goLive(world, release('1.2.0'), '3');
    expect(lines.join()).toMatch(/^drift: 1\.0\.0 .*; by the ledger 1\.1\.0 went live last\.$/);
  });

  it('is not seen in what Airlock did itself, finished or not, nor before it did anything', async () => {
    const { world, lines } = await watched();
    world.prober.broken.add('1.1.0');
    await goLive(world, release('1.1.0'), '2');
    await goBack(world, undoing('1.1.0', '2'));
    await goLive(world, release('1.2.0'), '3');
    const before = await brokenStart();
    await goBack({ ...before, log: world.log }, undoing('1.0.0', '1'));
    await goLive({ ...before, log: world.log }, release('1.1.0'), '2');
    expect(lines).toEqual([]);
  });
});

describe('what is staged too late', () => {
  /** Staging that goes on at the target after the step was told to stop. */
  async function stagedLate() {
    const world = createWorld();
    await goLive(world, release('1.0.0'), '1');
    const staging = world.target.stage.bind(world.target);
    world.target.stage = async (request) => {
      await staging(request);
      throw new Failure('CANCELLED', 'cancelled', 'run it again');
    };
    const run = { ...world, event: eventOfRun('2') };
    await expect(stage(run, release('1.1.0'))).rejects.toMatchObject({ code: 'CANCELLED' });
    world.target.stage = staging;
    return world;
  }
  const versions = async (world: World) =>
    (await world.target.observe()).deployments.map(({ version }) => version);

  it('is taken off by the rollback of its run', async () => {
    const world = await stagedLate();
    const outcome = await goBack(world, undoing('1.1.0', '2'));
    expect(outcome).toMatchObject({ kind: 'done', outputs: { 'rolled-back': 'false', version: '1.0.0' } });
    expect(outcome.summary).toContain('Taken off the target: 1.1.0');
    expect(await versions(world)).toEqual(['1.0.0']);
  });

  it('stays when another run staged the same, when it was staged to its end, and for other runs', async () => {
    const shared = await stagedLate();
    await stage({ ...shared, event: eventOfRun('3') }, release('1.1.0'));
    await goBack(shared, undoing('1.1.0', '2'));
    const other = await stagedLate();
    await goBack(other, undoing('1.1.0', '7'));
    const whole = createWorld();
    await goLive(whole, release('1.0.0'), '1');
    await stage({ ...whole, event: eventOfRun('2') }, release('1.1.0'));
    await goBack(whole, undoing('1.1.0', '2'));
    for (const world of [shared, other, whole]) expect(await versions(world)).toEqual(['1.1.0', '1.0.0']);
  });

  it('does not keep the rollback from its end when the target keeps it', async () => {
    const world = await stagedLate();
    world.target.retire = async () => {
      throw new Failure('TARGET_BUSY', 'The target is busy.', 'Try later.');
    };
    expect(await goBack(world, undoing('1.1.0', '2'))).toMatchObject({ kind: 'done' });
    expect(await states(world)).toContain('deploy 1.1.0 cancelled');
  });
});
