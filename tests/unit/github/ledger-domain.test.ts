import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type EntryState,
  isProven,
  isSettled,
  type LedgerEntry,
  lastGood,
  mayBecome,
  type Task,
} from '../../../src/domain/ledger.ts';
import type { Digest, Release } from '../../../src/domain/release.ts';

const STATES: readonly EntryState[] = ['started', 'staged', 'succeeded', 'superseded', 'failed', 'cancelled'];
const TASKS: readonly Task[] = ['deploy', 'promote', 'rollback'];
const digestOf = (letter: string): Digest => `sha256:${letter.repeat(64)}`;

const releaseOf = (letter: string, version = '1.0.0'): Release => ({
  app: 'sophie',
  version,
  commit: 'c'.repeat(40),
  builtAt: '',
  digest: digestOf(letter),
});

const entry = (task: Task, state: EntryState, letter: string, id = `${task} ${letter}`): LedgerEntry => ({
  id,
  task,
  state,
  environment: 'production',
  openedAt: '2026-01-01T00:00:00Z',
  changedAt: '2026-01-01T00:00:00Z',
  payload: {
    schema: 1,
    release: releaseOf(letter),
    target: { provider: 'local' },
    migrations: [],
    verdicts: {},
    run: { id: '1', attempt: 1, url: '' },
    actor: 'sophie',
    approvers: [],
  },
});

const state = fc.constantFrom(...STATES);
const history = fc.array(
  fc
    .record({ task: fc.constantFrom(...TASKS), state, letter: fc.constantFrom('a', 'b', 'c', 'd') })
    .map((one) => entry(one.task, one.state, one.letter)),
  { maxLength: 12 },
);

const isActivation = ({ task }: LedgerEntry) => task === 'promote' || task === 'rollback';

describe('the state machine', () => {
  test('lets just these moves through', () => {
    const moves = STATES.flatMap((from) =>
      STATES.filter((to) => from !== to && mayBecome(from, to)).map((to) => `${from} → ${to}`),
    );
    expect(moves).toEqual([
      'started → staged',
      'started → succeeded',
      'started → superseded',
      'started → failed',
      'started → cancelled',
      'staged → superseded',
      'staged → failed',
      'staged → cancelled',
      'succeeded → superseded',
      'succeeded → failed',
      'superseded → failed',
    ]);
  });

  test('no sequence of moves opens a settled entry again, revives a bad one or goes round', () => {
    fc.assert(
      fc.property(fc.array(state, { maxLength: 30 }), (wanted) => {
        let at: EntryState = 'started';
        const path: EntryState[] = [at];
        for (const to of wanted) {
          if (!mayBecome(at, to)) continue;
          if (isSettled(at)) expect(isSettled(to)).toBe(true);
          if (at === 'failed' || at === 'cancelled') expect(to).toBe(at);
          if (to !== at) path.push(to);
          at = to;
        }
        expect(new Set(path).size).toBe(path.length);
      }),
    );
  });
});

describe('where a rollback goes', () => {
  test('to an activation that went well, never of a digest found bad since, never of the bad one', () => {
    fc.assert(
      fc.property(
        history,
        fc.option(fc.constantFrom('a', 'b', 'c', 'd'), { nil: undefined }),
        (entries, letter) => {
          const bad = letter === undefined ? undefined : releaseOf(letter);
          const found = lastGood(entries, bad);
          const isGood = (one: LedgerEntry, index: number) =>
            isActivation(one) &&
            (one.state === 'succeeded' || one.state === 'superseded') &&
            one.payload.release.digest !== bad?.digest &&
            !entries
              .slice(0, index)
              .some(
                (later) =>
                  isActivation(later) &&
                  later.state === 'failed' &&
                  later.payload.release.digest === one.payload.release.digest,
              );
          const good = entries.filter(isGood);
          expect(found).toBe(good.find((one) => one.state === 'succeeded') ?? good[0]);
        },
      ),
    );
  });

  test('past what somebody went back from, although the way back was cut short', () => {
    const left = { deploymentId: 'b', ...releaseOf('b') };
    const back = entry('rollback', 'cancelled', 'a');
    const entries = [
      { ...back, payload: { ...back.payload, previous: left } },
      entry('promote', 'succeeded', 'b'),
      entry('promote', 'superseded', 'a', 'good'),
    ];
    expect(lastGood(entries, releaseOf('c'))?.id).toBe('good');
    expect(isProven(entries, digestOf('b'))).toBe(false);
  });

  test('first to the one that is meant to be live, though a later run was overtaken by it', () => {
    const entries = [entry('promote', 'superseded', 'b'), entry('promote', 'succeeded', 'a', 'live')];
    expect(lastGood(entries, undefined)?.id).toBe('live');
  });

  test('past what failed in an old run that was run again, though its entry stands further down', () => {
    const late = { ...entry('promote', 'failed', 'a'), changedAt: '2026-01-02T00:00:00Z' };
    const entries = [entry('promote', 'superseded', 'a'), late, entry('promote', 'superseded', 'b', 'good')];
    expect(lastGood(entries, undefined)?.id).toBe('good');
    expect(isProven(entries, digestOf('a'))).toBe(false);
  });

  test('past the same bad release that stands there twice', () => {
    const entries = [
      entry('promote', 'failed', 'b', 'bad again'),
      entry('promote', 'superseded', 'b', 'bad at first'),
      entry('promote', 'superseded', 'a', 'good'),
    ];
    expect(lastGood(entries, undefined)?.id).toBe('good');
    expect(lastGood(entries, releaseOf('a'))).toBeUndefined();
  });

  test('to the same files under the version that passed, when only another version of them is bad', () => {
    const good = entry('promote', 'superseded', 'a', 'good');
    const failed = entry('promote', 'failed', 'a', 'bad');
    const bad = { ...failed, payload: { ...failed.payload, release: releaseOf('a', '1.0.1') } };
    expect(lastGood([bad, good], bad.payload.release)?.id).toBe('good');
    // For the gates of what comes next these files are not proven under any name.
    expect(isProven([bad, good], digestOf('a'))).toBe(false);
  });

  test('nowhere, when nothing ever went live with passing checks', () => {
    expect(lastGood([], undefined)).toBeUndefined();
    expect(
      lastGood([entry('deploy', 'succeeded', 'a'), entry('promote', 'cancelled', 'b')], undefined),
    ).toBeUndefined();
  });
});

describe('a proven release', () => {
  test('stays proven under a hold, and is not when its newest activation failed', () => {
    const proven = entry('promote', 'succeeded', 'a');
    expect(isProven([proven], digestOf('a'))).toBe(true);
    expect(isProven([entry('deploy', 'superseded', 'a'), proven], digestOf('a'))).toBe(true);
    expect(isProven([entry('promote', 'started', 'a'), proven], digestOf('a'))).toBe(true);
    expect(isProven([entry('rollback', 'failed', 'a'), proven], digestOf('a'))).toBe(false);
    expect(isProven([proven], digestOf('b'))).toBe(false);
    expect(isProven([entry('deploy', 'succeeded', 'a')], digestOf('a'))).toBe(false);
  });
});
