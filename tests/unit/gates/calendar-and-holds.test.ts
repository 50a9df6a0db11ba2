import { describe, expect, it } from 'vitest';
import type { Calendar } from '../../../src/domain/calendar/calendar.ts';
import { calendarGate } from '../../../src/domain/gates/calendar.ts';
import { holdGate } from '../../../src/domain/gates/hold.ts';
import type { Hold } from '../../../src/domain/holds.ts';
import type { Digest } from '../../../src/domain/release.ts';

const calendar: Calendar = {
  zone: 'Europe/Berlin',
  windows: [
    { days: ['tue', 'wed', 'thu'], fromMinute: 9 * 60, toMinute: 16 * 60, verbs: ['deploy'] },
    { days: ['wed'], fromMinute: 10 * 60, toMinute: 12 * 60, verbs: ['promote'] },
  ],
  freezes: [{ from: '2026-11-25', to: '2026-11-30', why: 'Black Friday', verbs: ['deploy', 'promote'] }],
};

describe('the calendar gate', () => {
  it('is open where there is no calendar', () => {
    expect(calendarGate(undefined, 'normal', new Date('2026-11-24T00:00:00Z')).state).toBe('open');
  });

  it('wants deploy and promote both, and says when both may go', () => {
    // Tuesday 10:00: deploy is open, promote opens on Wednesday, which is frozen until the 30th.
    const gate = calendarGate(calendar, 'normal', new Date('2026-11-24T09:00:00Z'));
    expect(gate).toMatchObject({
      state: 'shut',
      reason: 'CALENDAR_SHUT',
      opensAt: '2026-12-02T09:00:00.000Z',
    });
    expect(gate.why).toMatch(
      /^outside the promote window \(Wed 10:00–12:00 Europe\/Berlin\); opens Wed 2 Dec 10:00 CET/,
    );
  });

  it('steps from one verb’s opening to the next', () => {
    const gate = calendarGate(calendar, 'normal', new Date('2026-12-05T09:00:00Z'));
    expect(gate).toMatchObject({ state: 'shut', opensAt: '2026-12-09T09:00:00.000Z' });
    expect(calendarGate(calendar, 'normal', new Date('2026-12-09T09:00:00Z')).state).toBe('open');
    expect(calendarGate(calendar, 'normal', new Date('2026-12-09T11:00:00Z')).state).toBe('shut');
  });

  it('holds a hotfix only where one is named', () => {
    const frozen = new Date('2026-11-26T09:00:00Z');
    expect(calendarGate(calendar, 'hotfix', frozen).state).toBe('open');
    const strict = {
      ...calendar,
      freezes: calendar.freezes.map((one) => ({ ...one, verbs: ['hotfix' as const] })),
    };
    expect(calendarGate(strict, 'hotfix', frozen).why).toMatch(
      /^frozen until Tue 1 Dec 00:00 CET: Black Friday/,
    );
  });

  it('says that nothing opens when both are never open together', () => {
    const never: Calendar = {
      zone: 'UTC',
      windows: [
        { days: ['mon'], fromMinute: 0, toMinute: 60, verbs: ['deploy'] },
        { days: ['tue'], fromMinute: 0, toMinute: 60, verbs: ['promote'] },
      ],
      freezes: [],
    };
    const gate = calendarGate(never, 'normal', new Date('2026-11-24T00:30:00Z'));
    expect(gate).toMatchObject({ state: 'shut' });
    expect(gate).not.toHaveProperty('opensAt');
  });
});

describe('the hold gate', () => {
  const digest: Digest = `sha256:${'a'.repeat(64)}`;
  const hold = (changes: Partial<Hold>): Hold => ({
    id: '1',
    kind: 'lock',
    environment: 'production',
    reason: 'audit',
    by: 'grace',
    since: '2026-01-01T00:00:00Z',
    run: 'https://github.test/run',
    ...changes,
  });

  it.each<[string, Hold[], Digest | undefined, string]>([
    ['nothing is held', [], digest, 'open'],
    ['this environment is locked', [hold({})], digest, 'shut'],
    ['this environment is locked, and the release is not built', [hold({})], undefined, 'shut'],
    ['another environment is locked', [hold({ environment: 'staging' })], digest, 'open'],
    [
      'the release is held elsewhere',
      [hold({ kind: 'hold', environment: 'staging', digest })],
      digest,
      'shut',
    ],
    ['another release is held', [hold({ kind: 'hold', digest: `sha256:${'b'.repeat(64)}` })], digest, 'open'],
    [
      'another release is held, and this one is not built',
      [hold({ kind: 'hold', digest })],
      undefined,
      'open',
    ],
    [
      'the release was gone back from',
      [hold({ kind: 'rollback', environment: 'staging', digest })],
      digest,
      'shut',
    ],
  ])('when %s', (_what, holds, of, state) => {
    expect(holdGate(holds, 'production', of).state).toBe(state);
  });

  it('opens by itself when the last of them ends', () => {
    const ends = [
      hold({ until: '2026-01-02T00:00:00Z' }),
      hold({ kind: 'hold', digest, until: '2026-01-03T00:00:00Z' }),
    ];
    expect(holdGate(ends, 'production', digest)).toMatchObject({
      reason: 'HELD',
      opensAt: '2026-01-03T00:00:00.000Z',
    });
    expect(holdGate([...ends, hold({})], 'production', digest)).not.toHaveProperty('opensAt');
  });
});
