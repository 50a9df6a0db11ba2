import { describe, expect, it } from 'vitest';
import type { LedgerEntry } from '../../../src/domain/ledger.ts';
import { goneLive, liveByRun, liveByVersion, wasTried } from '../../../src/domain/notes/gone-live.ts';
import { entry } from '../hotfix/entries.ts';

/** A way back from an entry, by somebody with a reason. */
const back = (letter: string, undone: LedgerEntry, reason?: string): LedgerEntry => {
  const made = entry(letter, {
    task: 'rollback',
    state: 'succeeded',
    previous: undone.payload.release as never,
  });
  return { ...made, payload: { ...made.payload, undoes: undone.id, ...(reason ? { reason } : {}) } };
};
const ofRun = (one: LedgerEntry, id: string): LedgerEntry => ({
  ...one,
  payload: { ...one.payload, run: { ...one.payload.run, id } },
});

describe('what a run made live', () => {
  it('is its own promotion that passed, also once another one took its place', () => {
    const entries = [
      ofRun(entry('c', { state: 'succeeded' }), '9'),
      ofRun(entry('b', { state: 'superseded' }), '8'),
      ofRun(entry('b', { task: 'deploy', state: 'superseded' }), '8'),
    ];
    expect(liveByRun(entries, '8')?.payload.release.version).toBe('1.0.0-b');
    expect(liveByRun(entries, '7')).toBeUndefined();
  });

  it.each(['started', 'failed', 'cancelled'] as const)('is nothing where it is %s', (state) => {
    expect(liveByRun([ofRun(entry('b', { state }), '8')], '8')).toBeUndefined();
  });

  it('is nothing once somebody went back from it, nor is the way back itself', () => {
    const bad = ofRun(entry('b', { state: 'failed' }), '8');
    const entries = [ofRun(back('a', bad), '8'), bad, entry('a')];
    expect(liveByRun(entries, '8')).toBeUndefined();
    expect(liveByVersion(entries, 'v1.0.0-a')?.payload.release.version).toBe('1.0.0-a');
    expect([liveByVersion(entries, '1.0.0-b'), wasTried(entries, '1.0.0-b')]).toEqual([undefined, true]);
    expect(wasTried(entries, '7.7.7')).toBe(false);
  });
});

describe('what came before it', () => {
  const newest = entry('z', { state: 'succeeded' });

  it('is what was live by the entry itself, or else the release before', () => {
    const said = entry('z', { previous: entry('y').payload.release as never });
    expect(goneLive([said, entry('x')], said).previous?.version).toBe('1.0.0-y');
    // Run again after a kill, it found itself live.
    const itself = entry('z', { previous: newest.payload.release as never });
    expect(goneLive([itself, entry('x', { state: 'failed' }), entry('w')], itself).previous?.version).toBe(
      '1.0.0-w',
    );
    expect(goneLive([newest], newest)).toMatchObject({ previous: undefined, since: undefined, hotfixes: [] });
  });

  it('are all hotfixes since the last normal release, also those that were taken back', () => {
    const stayed = entry('h', { hotfix: 'hotfix/cart' });
    const bad = entry('i', { hotfix: 'hotfix/night', state: 'failed' });
    const never = entry('j', { hotfix: 'hotfix/never', state: 'failed' });
    const urgent: LedgerEntry = {
      ...bad,
      payload: {
        ...bad.payload,
        hotfix: { branch: 'hotfix/night', base: '', skipped: [], emergency: 'down' },
      },
    };
    const entries = [
      newest,
      never,
      back('h', urgent, 'it broke the till'),
      urgent,
      stayed,
      entry('n'),
      entry('g', { hotfix: 'hotfix/older' }),
    ];
    expect(goneLive(entries, newest)).toMatchObject({
      since: '1.0.0-n',
      hotfixes: [
        { version: '1.0.0-i', emergency: 'down', takenBack: 'it broke the till' },
        { version: '1.0.0-h', emergency: undefined, takenBack: undefined },
      ],
    });
    // The notes of a hotfix are about itself.
    expect(goneLive(entries, stayed).hotfixes).toEqual([]);
  });
});
