import { describe, expect, test } from 'vitest';
import { askCalendar } from '../../../src/domain/calendar/ask.ts';
import type { Calendar, Verb, Weekday } from '../../../src/domain/calendar/calendar.ts';
import { describeMoment, describeShut, describeWindows } from '../../../src/domain/calendar/describe.ts';

const BERLIN: Calendar = {
  zone: 'Europe/Berlin',
  windows: [
    { days: ['tue', 'wed', 'thu'], fromMinute: 540, toMinute: 960, verbs: ['deploy', 'promote'] },
    { days: ['sat'], fromMinute: 1320, toMinute: 1560, verbs: ['promote'] },
  ],
  freezes: [
    { from: '2026-12-24', to: '2027-01-03', why: 'Christmas', verbs: ['deploy', 'promote'] },
    { from: '2026-12-31T18:00', to: '2027-01-01T06:00', why: 'New Year’s Eve', verbs: ['hotfix'] },
  ],
};

function told(verb: Verb, at: string, calendar = BERLIN): string {
  const now = new Date(at);
  const answer = askCalendar(calendar, verb, now);
  return answer.state === 'shut'
    ? describeShut(answer, calendar.zone, now)
    : `open until ${answer.until?.toISOString() ?? 'further notice'}`;
}

describe('what people are told', () => {
  test.each<[Verb, string, string]>([
    [
      'deploy',
      '2026-11-23T18:00:00Z',
      'shut: outside the deploy window (Tue–Thu 09:00–16:00 Europe/Berlin); opens Tue 24 Nov 09:00 CET (in 14 h)',
    ],
    ['deploy', '2026-11-24T08:00:00Z', 'open until 2026-11-24T15:00:00.000Z'],
    [
      'deploy',
      '2026-11-24T15:00:00Z',
      'shut: outside the deploy window (Tue–Thu 09:00–16:00 Europe/Berlin); opens Wed 25 Nov 09:00 CET (in 17 h)',
    ],
    [
      'deploy',
      '2026-11-24T07:30:30Z',
      'shut: outside the deploy window (Tue–Thu 09:00–16:00 Europe/Berlin); opens Tue 24 Nov 09:00 CET (in 30 min)',
    ],
    [
      'promote',
      '2026-11-27T12:15:00Z',
      'shut: outside the promote windows (Tue–Thu 09:00–16:00, Sat 22:00–02:00 Europe/Berlin); opens Sat 28 Nov 22:00 CET (in 32 h 45 min)',
    ],
    ['promote', '2026-11-29T00:30:00Z', 'open until 2026-11-29T01:00:00.000Z'],
    [
      'deploy',
      '2026-12-29T10:00:00Z',
      'shut: frozen until Mon 4 Jan 2027 00:00 CET: Christmas; opens Tue 5 Jan 2027 09:00 CET (in 7 days)',
    ],
    [
      'deploy',
      '2027-01-03T23:00:00Z',
      'shut: outside the deploy window (Tue–Thu 09:00–16:00 Europe/Berlin); opens Tue 5 Jan 09:00 CET (in 33 h)',
    ],
    ['hotfix', '2026-12-29T03:00:00Z', 'open until 2026-12-31T17:00:00.000Z'],
    [
      'hotfix',
      '2027-01-01T04:59:59Z',
      'shut: frozen until Fri 1 Jan 06:00 CET: New Year’s Eve; opens Fri 1 Jan 06:00 CET (in 1 min)',
    ],
    ['rollback', '2026-12-31T20:00:00Z', 'open until further notice'],
  ])('who wants to %s at %s', (verb, at, expected) => {
    expect(told(verb, at)).toBe(expected);
  });

  test('when nothing opens any more', () => {
    const forEver = { from: '2026-01-01', to: '2030-01-01', why: 'the end', verbs: ['deploy'] as const };
    const calendar = { zone: 'UTC', windows: [], freezes: [forEver] };
    expect(told('deploy', '2026-11-23T18:00:00Z', calendar)).toBe(
      'shut: frozen until Wed 2 Jan 2030 00:00 UTC: the end; nothing opens within 400 days',
    );
  });

  test('the freeze that ends last is named where several hold', () => {
    const freezes = [
      { from: '2026-11-20', to: '2026-11-25', why: 'short', verbs: ['deploy'] as const },
      { from: '2026-11-21', to: '2026-11-27', why: 'long', verbs: ['deploy'] as const },
    ];
    expect(told('deploy', '2026-11-23T18:00:00Z', { zone: 'UTC', windows: [], freezes })).toMatch(
      /: long; opens/,
    );
  });
});

test.each<[readonly Weekday[], string]>([
  [['mon'], 'Mon'],
  [['mon', 'tue'], 'Mon, Tue'],
  [['mon', 'tue', 'wed'], 'Mon–Wed'],
  [['mon', 'wed', 'fri'], 'Mon, Wed, Fri'],
  [['sat', 'sun', 'mon', 'thu'], 'Thu, Sat–Mon'],
  [['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], 'daily'],
])('the days %j are %s', (days, expected) => {
  const window = { days, fromMinute: 0, toMinute: 1440, verbs: ['deploy'] as const };
  expect(describeWindows([window], 'UTC')).toBe(`${expected} 00:00–24:00 UTC`);
});

test.each([
  ['Europe/Berlin', 'Wed 1 Jul 14:00 CEST'],
  ['Europe/London', 'Wed 1 Jul 13:00 BST'],
  ['America/New_York', 'Wed 1 Jul 08:00 EDT'],
  ['Asia/Kathmandu', 'Wed 1 Jul 17:45 UTC+5:45'],
  ['Australia/Adelaide', 'Wed 1 Jul 21:30 ACST'],
  ['UTC', 'Wed 1 Jul 12:00 UTC'],
])('a moment in %s', (zone, expected) => {
  const moment = new Date('2026-07-01T12:00:00Z');
  expect(describeMoment(moment, zone, moment)).toBe(expected);
});
