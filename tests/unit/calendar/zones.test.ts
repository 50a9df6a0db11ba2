import { DateTime } from 'luxon';
import { describe, expect, test } from 'vitest';
import { askCalendar, openSpans } from '../../../src/domain/calendar/ask.ts';
import { type Calendar, WEEKDAYS, type WeeklyWindow } from '../../../src/domain/calendar/calendar.ts';
import { endOf, startOf, stretches } from '../../../src/domain/calendar/zone.ts';

/** Luxon answers here, which shares no code with the date library of the calendar. */

const ZONES = [
  'Europe/Berlin',
  'Europe/London',
  'America/New_York',
  'America/Sao_Paulo',
  'America/St_Johns',
  'Africa/Casablanca',
  'Africa/Cairo',
  'Asia/Kathmandu',
  'Australia/Adelaide',
  'Australia/Lord_Howe',
  'Pacific/Chatham',
  'Antarctica/Troll',
  'America/Santiago',
  'Asia/Gaza',
];

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const YEARS = { from: Date.UTC(2026, 0, 1), to: Date.UTC(2028, 0, 1) };

const luxonOffset = (instant: number, zone: string) => DateTime.fromMillis(instant, { zone }).offset * 60_000;

/** Every change of the clock, to the minute, by asking Luxon at every sixth hour. */
function changesByLuxon(zone: string): readonly number[] {
  const changes: number[] = [];
  for (let from = YEARS.from; from < YEARS.to; from += 6 * HOUR) {
    let [before, after] = [from, from + 6 * HOUR];
    const offset = luxonOffset(before, zone);
    if (offset === luxonOffset(after, zone)) continue;
    while (after - before > MINUTE) {
      const middle = before + Math.floor((after - before) / (2 * MINUTE)) * MINUTE;
      if (luxonOffset(middle, zone) === offset) before = middle;
      else after = middle;
    }
    changes.push(after);
  }
  return changes;
}

const CHANGES = new Map(ZONES.map((zone) => [zone, changesByLuxon(zone)]));
const changesOf = (zone: string): readonly number[] => CHANGES.get(zone) ?? [];

/** Hours around every change, in steps of ten minutes, and moments of every month. */
function samples(zone: string): readonly number[] {
  const around = changesOf(zone).flatMap((change) =>
    Array.from({ length: 12 * 6 }, (_, step) => change + (step - 36) * 10 * MINUTE),
  );
  const months = Array.from({ length: 24 * 6 }, (_, step) => Date.UTC(2026, step % 24, 10, step % 23, 7));
  return [...around, ...months];
}

const WINDOWS: readonly WeeklyWindow[] = [
  { days: ['sun', 'fri'], fromMinute: 90, toMinute: 150, verbs: ['deploy'] },
  { days: ['sun'], fromMinute: 135, toMinute: 165, verbs: ['deploy'] },
  { days: ['sat', 'thu'], fromMinute: 22 * 60, toMinute: 26 * 60 + 15, verbs: ['promote'] },
  { days: ['sun', 'fri', 'mon'], fromMinute: 0, toMinute: 1440, verbs: ['hotfix'] },
];

/** By the definition: open while the wall clock shows a time inside. */
function isOpenByLuxon(windows: readonly WeeklyWindow[], instant: number, zone: string): boolean {
  const local = DateTime.fromMillis(instant, { zone });
  const minute = local.hour * 60 + local.minute;
  const today = WEEKDAYS[local.weekday - 1];
  const yesterday = WEEKDAYS[(local.weekday + 5) % 7];
  return windows.some(
    ({ days, fromMinute, toMinute }) =>
      days.some((day) => day === today && minute >= fromMinute && minute < toMinute) ||
      days.some((day) => day === yesterday && minute + 1440 >= fromMinute && minute + 1440 < toMinute),
  );
}

describe.each(ZONES)('%s in 2026 and 2027', (zone) => {
  test('changes its clock when the second library says so', () => {
    const found = stretches(zone, YEARS);
    expect(found.slice(1).map(({ from }) => from)).toEqual(changesOf(zone));
    for (const { from, to, offset } of found) {
      expect([offset, offset]).toEqual([luxonOffset(from, zone), luxonOffset(to - 1, zone)]);
    }
  });

  test('has its windows open just while its clock shows a time inside', () => {
    const wrong: string[] = [];
    for (const verb of ['deploy', 'promote', 'hotfix'] as const) {
      const windows = WINDOWS.filter(({ verbs }) => verbs.includes(verb));
      const open = openSpans({ zone, windows, freezes: [] }, verb, YEARS);
      for (const instant of samples(zone)) {
        const isOpen = open.some(({ from, to }) => from <= instant && instant < to);
        if (isOpen !== isOpenByLuxon(windows, instant, zone))
          wrong.push(`${verb} ${new Date(instant).toISOString()}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('answers a question at a change of its clock as for the whole span', () => {
    const calendar: Calendar = { zone, windows: WINDOWS, freezes: [] };
    const open = openSpans(calendar, 'deploy', { from: YEARS.from, to: YEARS.to + 400 * 24 * HOUR });
    for (const change of changesOf(zone)) {
      for (const instant of [change - 1, change, change + 30 * 60_000]) {
        const here = open.find(({ to }) => instant < to);
        const expected =
          here && here.from <= instant
            ? { state: 'open', until: new Date(here.to) }
            : { state: 'shut', opensAt: new Date(here?.from ?? 0) };
        expect(askCalendar(calendar, 'deploy', new Date(instant))).toMatchObject(expected);
      }
    }
  });

  test('starts and ends freezes at the local times that Luxon knows', () => {
    for (const change of changesOf(zone)) {
      for (let minutes = -180; minutes <= 180; minutes += 30) {
        const instant = change + minutes * 60_000;
        const wall = DateTime.fromMillis(instant, { zone }).toFormat("yyyy-MM-dd'T'HH:mm");
        const times = [-2, -1, -0.5, 0, 0.5, 1, 2]
          .map((hours) => instant + hours * HOUR)
          .filter((other) => DateTime.fromMillis(other, { zone }).toFormat("yyyy-MM-dd'T'HH:mm") === wall);
        expect([wall, startOf(wall, zone)]).toEqual([wall, Math.min(...times)]);
        expect([wall, endOf(wall, zone)]).toEqual([wall, Math.max(...times)]);
      }
      const jump = luxonOffset(change, zone) - luxonOffset(change - 1, zone);
      if (jump <= 0) continue;
      const missing = new Date(change + luxonOffset(change - 1, zone) + jump / 2).toISOString().slice(0, 16);
      expect([startOf(missing, zone), endOf(missing, zone)]).toEqual([change, change]);
    }
  });

  test('has whole days as Luxon has them', () => {
    for (const change of changesOf(zone)) {
      const day = DateTime.fromMillis(change, { zone });
      const date = day.toFormat('yyyy-MM-dd');
      expect(startOf(date, zone)).toBe(day.startOf('day').toMillis());
      expect(endOf(date, zone)).toBe(day.plus({ days: 1 }).startOf('day').toMillis());
    }
  });
});

test('zones without changes of the clock are among them, and zones of half an hour and of two hours', () => {
  expect(changesOf('Asia/Kathmandu')).toEqual([]);
  const jump = (zone: string) => {
    const [first = 0] = changesOf(zone);
    return Math.abs(luxonOffset(first, zone) - luxonOffset(first - 1, zone)) / HOUR;
  };
  expect([jump('Australia/Lord_Howe'), jump('Antarctica/Troll'), jump('Europe/Berlin')]).toEqual([0.5, 2, 1]);
});

test('a day that a zone left out is in no window', () => {
  // Samoa went from the 29th to the 31st of December 2011.
  const friday: WeeklyWindow = { days: ['fri'], fromMinute: 0, toMinute: 1440, verbs: ['deploy'] };
  const week = { from: Date.UTC(2011, 11, 27), to: Date.UTC(2012, 0, 3) };
  expect(openSpans({ zone: 'Pacific/Apia', windows: [friday], freezes: [] }, 'deploy', week)).toEqual([]);
});

test('São Paulo had its midnight jumped over in 2018', () => {
  const zone = 'America/Sao_Paulo';
  const jump = Date.UTC(2018, 10, 4, 3);
  expect([startOf('2018-11-04', zone), startOf('2018-11-04T00:30', zone)]).toEqual([jump, jump]);
  expect(endOf('2018-11-03', zone)).toBe(jump);
});
