import { describe, expect, test } from 'vitest';
import {
  type ControlEntry,
  type ControlPayload,
  describeHold,
  type HoldRecord,
  holdsIn,
  holdsOn,
  overridesOf,
  type WayBackRecord,
} from '../../../src/domain/holds.ts';
import type { Digest } from '../../../src/domain/release.ts';
import { readUntil } from '../../../src/domain/until.ts';
import { release } from '../cycle/world.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const GOOD = release('1.0.0').digest;
const BAD = release('1.1.0').digest;

let count = 0;
const said = (
  control: ControlPayload['control'],
  about: Partial<ControlPayload> = {},
  environment = 'production',
): ControlEntry => {
  count += 1;
  return {
    id: `entry ${count}`,
    environment,
    at: '2026-03-01T10:00:00Z',
    payload: {
      schema: 1,
      control,
      app: 'sophie',
      commit: 'c'.repeat(40),
      reason: 'the till is down',
      lifts: [],
      run: { id: '1', attempt: 1, url: 'https://github.test/runs/1' },
      actor: 'mary',
      ...about,
    },
  };
};

const wentBack = (about: Partial<WayBackRecord['payload']>): WayBackRecord => ({
  id: 'way back',
  environment: 'production',
  openedAt: '2026-03-01T11:00:00Z',
  payload: {
    schema: 1,
    release: release('1.0.0'),
    target: { provider: 'local' },
    migrations: [],
    verdicts: {},
    approvers: [],
    run: { id: '2', attempt: 1, url: 'https://github.test/runs/2' },
    actor: 'ada',
    reason: 'slow',
    previous: { ...release('1.1.0'), deploymentId: 'blue' },
    ...about,
  },
});

const of = (controls: ControlEntry[], waysBack: WayBackRecord[] = []): HoldRecord => ({ controls, waysBack });
const keptOut = (record: HoldRecord, environment: string, digest: Digest, now = NOW) =>
  holdsOn(holdsIn(record, 'sophie', now), environment, digest).length > 0;

describe('what keeps a release out', () => {
  test('a lock is on its environment, for every release', () => {
    const record = of([said('lock')]);
    expect(keptOut(record, 'production', GOOD)).toBe(true);
    expect(keptOut(record, 'staging', GOOD)).toBe(false);
  });

  test('a hold is on the files of a release, everywhere', () => {
    const record = of([said('hold', { digest: BAD })]);
    expect(keptOut(record, 'staging', BAD)).toBe(true);
    expect(keptOut(record, 'production', GOOD)).toBe(false);
  });

  test('it ends where it is lifted by id, and not what came beside it', () => {
    const [one, two] = [said('lock'), said('lock')];
    expect(keptOut(of([said('unlock', { lifts: [one.id] }), two, one]), 'production', GOOD)).toBe(true);
    expect(keptOut(of([said('unlock', { lifts: [one.id, two.id] }), two, one]), 'production', GOOD)).toBe(
      false,
    );
    // Clocks differ: an unlock that says it is older lifts all the same.
    const early = { ...said('unlock', { lifts: [one.id] }), at: '2020-01-01T00:00:00Z' };
    expect(keptOut(of([one, early]), 'production', GOOD)).toBe(false);
  });

  test('it is there for every app of the repository, and each lifts it for itself', () => {
    const lock = said('lock', { app: 'harbor' });
    expect(keptOut(of([lock]), 'production', GOOD)).toBe(true);
    const theirs = said('unlock', { app: 'harbor', lifts: [lock.id] });
    expect(keptOut(of([theirs, lock]), 'production', GOOD)).toBe(true);
    expect(keptOut(of([said('unlock', { lifts: [lock.id] }), theirs, lock]), 'production', GOOD)).toBe(false);
  });

  test('its end is no part of it, and an end that cannot be read never comes', () => {
    const until = '2026-03-01T12:00:00Z';
    const record = of([said('lock', { until })]);
    expect(keptOut(record, 'production', GOOD, new Date('2026-03-01T11:59:59.999Z'))).toBe(true);
    expect(keptOut(record, 'production', GOOD)).toBe(false);
    expect(keptOut(of([said('lock', { until: 'tomorrow' })]), 'production', GOOD)).toBe(true);
  });

  test('what was found bad stays out everywhere until somebody releases it', () => {
    const back = wentBack({ condemns: true });
    expect(keptOut(of([], [back]), 'staging', BAD)).toBe(true);
    expect(keptOut(of([], [back]), 'production', GOOD)).toBe(false);
    expect(keptOut(of([said('release', { digest: BAD, lifts: [back.id] })], [back]), 'staging', BAD)).toBe(
      false,
    );
    expect(describeHold(holdsIn(of([], [back]), 'sophie', NOW)[0] as never)).toMatch(
      /^1\.1\.0 \(sha256:\w{12}\) was taken back from production by ada, and is held everywhere, since .*: slow$/,
    );
  });

  test('what was cut short, or made by somebody else, is not held by its rollback', () => {
    expect(holdsIn(of([], [wentBack({})]), 'sophie', NOW)).toEqual([]);
    const foreign = { deploymentId: 'green', version: 'main', commit: '' };
    expect(holdsIn(of([], [wentBack({ condemns: true, previous: foreign })]), 'sophie', NOW)).toEqual([]);
  });
});

describe('an override', () => {
  const until = '2026-03-01T14:00:00Z';
  const asked = { app: 'sophie', environment: 'production', digest: BAD };
  const overrideOf = (entries: ControlEntry[]) =>
    overridesOf(entries, asked, NOW).find(({ gate }) => gate === 'hold');

  test.each<[string, Partial<ControlPayload>, string, boolean]>([
    ['of this gate and environment', {}, 'production', true],
    ['for this release', { digest: BAD }, 'production', true],
    ['for another release', { digest: GOOD }, 'production', false],
    ['of another gate', { gate: 'soak' }, 'production', false],
    ['of another environment', {}, 'staging', false],
    ['of another app of the repository', { app: 'harbor' }, 'production', false],
    ['that is over', { until: '2026-03-01T12:00:00Z' }, 'production', false],
    ['whose end cannot be read', { until: 'never' }, 'production', false],
  ])('%s', (_, about, environment, opens) => {
    const entry = said('override', { gate: 'hold', until, ...about }, environment);
    expect(overrideOf([entry]) !== undefined).toBe(opens);
  });

  test('without an end it opens nothing, and of several the one that lasts longest is told', () => {
    expect(overrideOf([said('override', { gate: 'hold' })])).toBeUndefined();
    const later = said('override', { gate: 'hold', until: '2026-03-01T15:00:00+00:00', actor: 'grace' });
    const sooner = said('override', { gate: 'hold', until });
    expect(overrideOf([sooner, later])?.by).toBe('grace');
  });

  test('lasts seven days at most from when it was said, whatever it says', () => {
    const long = {
      ...said('override', { gate: 'hold', until: '2099-01-01T00:00:00Z' }),
      at: '2026-02-22T12:00:01Z',
    };
    expect(overrideOf([long])?.until).toBe('2026-03-01T12:00:01.000Z');
    expect(overrideOf([{ ...long, at: '2026-02-22T12:00:00Z' }])).toBeUndefined();
    expect(overrideOf([{ ...long, at: 'some day' }])).toBeUndefined();
  });

  test('a lock is none, and an override holds nothing', () => {
    expect(overrideOf([said('lock', { gate: 'hold', until })])).toBeUndefined();
    expect(holdsIn(of([said('override', { gate: 'hold', until, digest: BAD })]), 'sophie', NOW)).toEqual([]);
  });
});

describe('when something ends', () => {
  const WEEK = 7 * 86_400_000;
  test.each([
    ['90m', '2026-03-01T13:30:00.000Z'],
    ['4h', '2026-03-01T16:00:00.000Z'],
    ['2d', '2026-03-03T12:00:00.000Z'],
    ['1w', '2026-03-08T12:00:00.000Z'],
    ['2026-03-02T08:00+01:00', '2026-03-02T07:00:00.000Z'],
    ['2026-03-02T08:00:30Z', '2026-03-02T08:00:30.000Z'],
  ])('%s', (text, at) => {
    expect(readUntil(text, NOW, WEEK)).toBe(at);
  });

  test.each([
    '',
    '4',
    '4 h',
    '-4h',
    '0h',
    '8d',
    '2w',
    'tomorrow',
    '2026-03-02',
    '2026-03-02T08:00',
    '2026-02-30T25:00Z',
    '2026-03-01T12:00Z',
    '2020-01-01T00:00Z',
    '4h; rm -rf /',
    '99999h',
  ])('not %j', (text) => {
    expect(() => readUntil(text, NOW, WEEK)).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
  });
});
