import { beforeEach, describe, expect, test } from 'vitest';
import { control } from '../../../actions/control/run.ts';
import type { Permission } from '../../../src/domain/command/author.ts';
import { MemoryHolds } from '../../fakes/memory-holds.ts';
import { MemoryLedger } from '../../fakes/memory-ledger.ts';
import { eventOfRun, release, SteppedClock } from '../cycle/world.ts';

let holds: MemoryHolds;
let ledger: MemoryLedger;
let clock: SteppedClock;
let runs = 0;
beforeEach(() => {
  holds = new MemoryHolds();
  ledger = new MemoryLedger();
  clock = new SteppedClock();
});

const LEVELS: Readonly<Record<string, Permission['level']>> = {
  mary: 'write',
  ada: 'admin',
  olga: 'triage',
  rita: 'read',
};
const people = {
  permission: async (login: string): Promise<Permission> => ({
    accountId: 1,
    level: LEVELS[login.toLowerCase()] ?? 'none',
  }),
};

type Given = Partial<Parameters<typeof control>[0]> & {
  by?: string;
  environment?: string;
  run?: string;
  started?: object;
};

const say = ({ by = 'mary', environment = 'production', run, started, ...given }: Given) => {
  runs += 1;
  const event = {
    ...eventOfRun(run ?? String(runs)),
    name: 'workflow_dispatch',
    triggeringActor: by,
    payload: { repository: { default_branch: 'main' } },
    ...started,
  };
  return control(
    {
      config: '',
      environment,
      mode: 'status',
      reason: '',
      release: '',
      until: '',
      gate: 'hold',
      second: '',
      token: '',
      ...given,
    },
    { app: 'sophie', environment: { name: environment }, ledger, holds, people, event, clock },
  );
};

const RELEASE = release('1.1.0');
const deployed = (of = RELEASE) =>
  ledger.open({
    task: 'deploy',
    environment: 'production',
    payload: {
      schema: 1,
      release: of,
      target: { provider: 'local' },
      migrations: [],
      verdicts: {},
      run: eventOfRun('d').run,
      actor: 'ada',
      approvers: [],
    },
  });

describe('an environment', () => {
  test('is locked with a reason and unlocked with a reason, and each run says what stands', async () => {
    const locked = await say({ mode: 'lock', reason: 'the till is down', until: '4h' });
    expect(locked).toMatchObject({
      kind: 'done',
      headline: 'production is locked: the till is down',
      outputs: { locked: 'true' },
    });
    expect(locked.summary).toMatch(
      /production is locked \| 2026-\S+ \| mary \| 2026-01-01T04:00:00\.000Z \| the till is down \| mode <code>unlock/,
    );
    expect((await say({})).outputs.locked).toBe('true');
    expect((await say({ environment: 'staging' })).outputs).toMatchObject({ locked: 'false', holds: '[]' });
    const unlocked = await say({ mode: 'unlock', reason: 'it works again', by: 'grace' });
    expect(unlocked).toMatchObject({ kind: 'done', outputs: { locked: 'false', holds: '[]' } });
    expect(holds.controls.map(({ payload }) => [payload.control, payload.actor])).toEqual([
      ['unlock', 'grace'],
      ['lock', 'mary'],
    ]);
  });

  test('locked again the same way, or by a run that is run again, is locked once', async () => {
    await say({ mode: 'lock', reason: 'no' });
    expect((await say({ mode: 'lock', reason: 'no' })).headline).toBe('production is locked already');
    await say({ mode: 'lock', reason: 'no', until: '2h', run: 'again' });
    await clock.sleep(60_000);
    await say({ mode: 'lock', reason: 'no', until: '2h', run: 'again' });
    expect(holds.controls).toHaveLength(2);
  });

  test('locked in another way, the newer one counts; unlocked, none is left', async () => {
    await say({ mode: 'lock', reason: 'no', until: '1h' });
    await say({ mode: 'lock', reason: 'longer', until: '3h' });
    expect(JSON.parse((await say({})).outputs.holds ?? '')).toMatchObject([{ reason: 'longer' }]);
    await say({ mode: 'unlock', reason: 'done' });
    expect((await say({})).outputs.locked).toBe('false');
  });

  test('whose unlocking is not believed stays locked, and can be unlocked; the newest lifts what the others did', async () => {
    await say({ mode: 'lock', reason: 'one' });
    await say({ mode: 'unlock', reason: 'over' });
    await say({ mode: 'lock', reason: 'two' });
    const forged = await say({ mode: 'unlock', reason: 'forged' });
    holds.doubts.set(forged.outputs.entry ?? '', 'eve did not start its run');
    expect((await say({})).outputs.locked).toBe('true');
    holds.doubted.splice(0);
    const unlocked = await say({ mode: 'unlock', reason: 'over' });
    expect(unlocked.outputs.locked).toBe('false');
    holds.doubted.splice(0);
    expect((await say({})).outputs.locked).toBe('false');
    expect(holds.doubted).toEqual([unlocked.outputs.entry]);
  });

  test('that is not locked is not unlocked, and the refusal says what there is', async () => {
    await say({ mode: 'lock', reason: 'the till is down', environment: 'staging' });
    const refused = await say({ mode: 'unlock', reason: 'go' });
    expect(refused).toMatchObject({ kind: 'refused', reason: 'NOT_LOCKED' });
    expect(refused.headline).toContain('staging is locked by mary');
    expect(holds.controls).toHaveLength(1);
  });

  test('is open again when its lock has ended', async () => {
    await say({ mode: 'lock', reason: 'no', until: '1h' });
    await clock.sleep(3_600_000);
    expect((await say({})).outputs.locked).toBe('false');
    expect(await say({ mode: 'unlock', reason: 'go' })).toMatchObject({ reason: 'NOT_LOCKED' });
  });
});

describe('a reason', () => {
  test.each(['lock', 'unlock', 'hold', 'release', 'override'] as const)('%s needs one', async (mode) => {
    expect(await say({ mode, reason: ' \n ', release: RELEASE.digest })).toMatchObject({
      kind: 'refused',
      reason: 'REASON_MISSING',
    });
    expect(holds.controls).toEqual([]);
  });

  test('is data: bounded, on one line, and nothing in a summary', async () => {
    const hostile = `| <img src=x> $(id) \`id\` ::error::x\n${'x'.repeat(1_000)}\ud800`;
    const { summary } = await say({ mode: 'lock', reason: hostile });
    expect(summary).not.toMatch(/<img|\n::error/);
    expect(holds.controls[0]?.payload.reason).toHaveLength(500);
  });
});

describe('a release', () => {
  test('is held by its version or digest, and let go by either', async () => {
    await deployed();
    const held = await say({ mode: 'hold', reason: 'slow', release: 'v1.1.0' });
    expect(JSON.parse(held.outputs.holds ?? '')).toMatchObject([
      { kind: 'hold', digest: RELEASE.digest, version: '1.1.0' },
    ]);
    expect((await say({ mode: 'hold', reason: 'slow', release: '1.1.0' })).headline).toBe(
      '1.1.0 is held already',
    );
    expect(
      await say({ mode: 'release', reason: 'fine', release: RELEASE.digest, environment: 'staging' }),
    ).toMatchObject({
      kind: 'done',
      outputs: { holds: '[]' },
    });
  });

  test('that was taken back is let go with a reason', async () => {
    const { id, environment, openedAt, payload } = await deployed(release('1.0.0'));
    holds.waysBack = [
      {
        id,
        environment,
        openedAt,
        payload: { ...payload, condemns: true, previous: { ...RELEASE, deploymentId: 'x' } },
      },
    ];
    expect(await say({ mode: 'release', reason: 'it was the network', release: '1.1.0' })).toMatchObject({
      kind: 'done',
      outputs: { holds: '[]' },
    });
  });

  test('that a way back left which was cut short is not held, and nobody lifts that ahead', async () => {
    const { id, environment, openedAt, payload } = await deployed(release('1.0.0'));
    const left = { ...payload, condemns: true as const, previous: { ...RELEASE, deploymentId: 'x' } };
    holds.waysBack = [{ id, environment, openedAt, payload: left }];
    holds.cutShort.add(id);
    expect(await say({ mode: 'status' })).toMatchObject({ outputs: { holds: '[]' } });
    const ahead = { mode: 'release', reason: 'just in case', release: RELEASE.digest } as const;
    expect(await say(ahead)).toMatchObject({ kind: 'refused', reason: 'NOT_HELD' });
    await say({ mode: 'hold', reason: 'slow', release: RELEASE.digest });
    expect(await say({ ...ahead, reason: 'fine' })).toMatchObject({ kind: 'done' });
    expect(holds.controls[0]?.payload.lifts).toEqual([holds.controls[1]?.id]);
    // Its rerun goes back to the end.
    holds.cutShort.clear();
    expect(JSON.parse((await say({ mode: 'status' })).outputs.holds ?? '')).toMatchObject([{ id }]);
  });

  test.each<[string, Given, string]>([
    ['not named', { mode: 'hold' }, 'RELEASE_NOT_NAMED'],
    ['that nobody knows', { mode: 'hold', release: '9.9.9' }, 'RELEASE_UNKNOWN'],
    ['of which there are two', { mode: 'hold', release: '1.1.0' }, 'RELEASE_UNKNOWN'],
    ['not named to let go', { mode: 'release' }, 'RELEASE_NOT_NAMED'],
    ['that is not held', { mode: 'release', release: '1.1.0' }, 'NOT_HELD'],
  ])('%s is refused', async (_, given, reason) => {
    await deployed();
    await deployed({ ...RELEASE, digest: release('other').digest });
    expect(await say({ reason: 'why', ...given })).toMatchObject({ kind: 'refused', reason });
    expect(holds.controls).toEqual([]);
  });
});

describe('an override', () => {
  test('opens one gate for a time, loudly', async () => {
    const opened = await say({ mode: 'override', reason: 'fire', gate: 'calendar' });
    expect(opened).toMatchObject({ kind: 'done', annotations: [{ level: 'warning' }] });
    expect(opened.summary).toMatch(
      /\| calendar \| any release \| 2026-\S+ \| mary \| 2026-01-01T04:00:00\.000Z \| fire \|/,
    );
  });

  test.each<[string, Given, string]>([
    ['a gate that none opens', { gate: 'newest' }, 'GATE_NOT_OVERRIDABLE'],
    ['a gate that does not exist', { gate: 'fun' }, 'GATE_NOT_OVERRIDABLE'],
    ['a gate of two people by one', { gate: 'order' }, 'SECOND_PERSON_MISSING'],
    [
      'a gate of two people by one who is named twice',
      { gate: 'order', second: '@MARY' },
      'SECOND_PERSON_MISSING',
    ],
  ])('%s is refused', async (_, given, reason) => {
    expect(await say({ mode: 'override', reason: 'fire', ...given })).toMatchObject({
      kind: 'refused',
      reason,
    });
  });

  test.each<[string, Given]>([
    ['somebody who may only read', { by: 'rita' }],
    ['somebody who may only sort issues', { by: 'olga' }],
    ['nobody who is known here', { by: 'eve' }],
    ['a bot', { by: 'airlock[bot]' }],
    ['one who may, and one who may not', { gate: 'order', second: 'rita' }],
    ['one who may, and one who is invented', { second: 'nobody' }],
  ])('by %s opens nothing', async (_who, given) => {
    const refused = await say({ mode: 'override', reason: 'fire', gate: 'calendar', ...given });
    expect(refused).toMatchObject({ kind: 'refused', reason: 'OVERRIDE_NOT_PERMITTED' });
    expect(holds.controls).toEqual([]);
  });

  test.each<[string, Given]>([
    ['an override in a run on another branch', { mode: 'override', started: { ref: 'refs/heads/evil' } }],
    ['an override in a run that nobody started by hand', { mode: 'override', started: { name: 'push' } }],
    ['an override where nobody knows the default branch', { mode: 'override', started: { payload: {} } }],
    ['an unlock in a run on another branch', { mode: 'unlock', started: { ref: 'refs/heads/evil' } }],
    ['a release in a run of a tag', { mode: 'release', release: '1', started: { ref: 'refs/tags/main' } }],
  ])('and %s would not be believed, and is not written', async (_, given) => {
    await say({ mode: 'lock', reason: 'no' });
    expect(await say({ reason: 'fire', gate: 'calendar', ...given })).toMatchObject({
      kind: 'refused',
      reason: 'RUN_NOT_BELIEVED',
    });
    expect(holds.controls).toHaveLength(1);
  });

  test('of two people names both, and never lasts longer than a week', async () => {
    await say({ mode: 'override', reason: 'fire', gate: 'order', second: 'ada' });
    expect(holds.controls[0]?.payload).toMatchObject({ actor: 'mary', second: 'ada', gate: 'order' });
    await expect(say({ mode: 'override', reason: 'fire', until: '8d' })).rejects.toMatchObject({
      code: 'INPUT_INVALID',
    });
  });
});
