import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { askCalendar, HORIZON_MS, openSpans, spanOf } from '../../../src/domain/calendar/ask.ts';
import {
  type Calendar,
  type Freeze,
  GUARDED_VERBS,
  WEEKDAYS,
  type WeeklyWindow,
} from '../../../src/domain/calendar/calendar.ts';
import { merged, type Span, without } from '../../../src/domain/calendar/span.ts';
import { wallClock } from '../../../src/domain/calendar/zone.ts';

const SEED = Number(process.env.AIRLOCK_TEST_SEED ?? Date.now() & 0x7fffffff);
const RUNS = 300;

beforeAll(() => {
  console.log(`seed of the calendars: ${SEED} (AIRLOCK_TEST_SEED repeats it); ${RUNS} of each property`);
});

const holds = <T extends readonly unknown[]>(property: fc.IProperty<[...T]>, numRuns = RUNS) =>
  fc.assert(property, { seed: SEED, numRuns });

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const zone = fc.constantFrom(
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'Africa/Casablanca',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Chatham',
  'Antarctica/Troll',
);

const verb = fc.constantFrom(...GUARDED_VERBS);
const verbs = fc.subarray([...GUARDED_VERBS], { minLength: 1 });

/** Weekly windows with round minutes, some over midnight, and many that touch. */
const weeklyWindow: fc.Arbitrary<WeeklyWindow> = fc
  .record({
    days: fc.subarray([...WEEKDAYS], { minLength: 1 }),
    start: fc.integer({ min: 0, max: 47 }),
    length: fc.integer({ min: 1, max: 48 }),
    verbs,
  })
  .map(({ days, start, length, verbs }) => ({
    days,
    fromMinute: start * 30,
    toMinute: (start + length) * 30,
    verbs,
  }));

const START = Date.UTC(2026, 9, 20);
const minute = fc.integer({ min: 0, max: 60 * 24 * 60 }).map((minutes) => START + minutes * MINUTE);

const dateOf = (instant: number) => new Date(instant).toISOString().slice(0, 10);

/** Whole days, local times and instants; many back to back. */
const freeze: fc.Arbitrary<Freeze> = fc
  .record({
    from: fc.integer({ min: 0, max: 70 }).map((days) => START + days * DAY),
    length: fc.integer({ min: 1, max: 12 }),
    kind: fc.constantFrom('days', 'local', 'instants'),
    verbs,
  })
  .map(({ from, length, kind, verbs }) => {
    const why = 'a reason';
    if (kind === 'days') return { from: dateOf(from), to: dateOf(from + (length - 1) * DAY), why, verbs };
    const ends = [from + 2.5 * HOUR, from + length * 6 * HOUR + 2.5 * HOUR].map((end) =>
      new Date(end).toISOString(),
    );
    const [start = '', end = ''] = kind === 'local' ? ends.map((text) => text.slice(0, 16)) : ends;
    return { from: start, to: end, why, verbs };
  });

const calendar: fc.Arbitrary<Calendar> = fc.record({
  zone,
  windows: fc.array(weeklyWindow, { maxLength: 4 }),
  freezes: fc.array(freeze, { maxLength: 6 }),
});

/** The rules in their plainest words, for one instant. */
function isOpen({ zone, windows, freezes }: Calendar, verb: (typeof GUARDED_VERBS)[number], instant: number) {
  const wall = wallClock(instant, zone);
  const [hours = 0, minutes = 0] = wall.slice(11, 16).split(':').map(Number);
  const now = hours * 60 + minutes;
  const today = (new Date(`${wall.slice(0, 10)}T00:00:00Z`).getUTCDay() + 6) % 7;
  const named = windows.filter(({ verbs }) => verbs.includes(verb));
  const inside = named.some(({ days, fromMinute, toMinute }) =>
    [0, 1].some((back) => {
      const day = WEEKDAYS[(today - back + 7) % 7];
      const here = now + back * 1440;
      return day !== undefined && days.includes(day) && fromMinute <= here && here < toMinute;
    }),
  );
  const frozen = freezes.some((freeze) => {
    const { from, to } = spanOf(freeze, zone);
    return freeze.verbs.includes(verb) && from <= instant && instant < to;
  });
  return (named.length === 0 || inside) && !frozen;
}

describe('a calendar', () => {
  test('is open just where its rules say so, instant by instant', () => {
    holds(
      fc.property(calendar, verb, minute, (calendar, verb, instant) => {
        const answer = askCalendar(calendar, verb, new Date(instant));
        expect(answer.state === 'open').toBe(isOpen(calendar, verb, instant));
      }),
    );
  });

  test('opens at the first instant that is open, and at none before', () => {
    let opened = 0;
    holds(
      fc.property(calendar, verb, minute, (calendar, verb, instant) => {
        const answer = askCalendar(calendar, verb, new Date(instant));
        if (answer.state !== 'shut' || !answer.opensAt) return;
        const opensAt = answer.opensAt.getTime();
        opened += 1;
        expect(opensAt).toBeGreaterThan(instant);
        expect(isOpen(calendar, verb, opensAt)).toBe(true);
        expect(isOpen(calendar, verb, opensAt - 1)).toBe(false);
        // All that the arbitraries make starts and ends at a quarter of an hour, in every zone.
        for (let one = instant; one < Math.min(opensAt, instant + 10 * DAY); one += 15 * MINUTE) {
          expect(isOpen(calendar, verb, one)).toBe(false);
        }
      }),
      100,
    );
    expect(opened).toBeGreaterThan(10);
  });

  test('is open up to `until`, and not at it', () => {
    let ended = 0;
    holds(
      fc.property(calendar, verb, minute, (calendar, verb, instant) => {
        const answer = askCalendar(calendar, verb, new Date(instant));
        if (answer.state !== 'open' || !answer.until) return;
        ended += 1;
        expect(isOpen(calendar, verb, answer.until.getTime() - 1)).toBe(true);
        expect(isOpen(calendar, verb, answer.until.getTime())).toBe(false);
      }),
    );
    expect(ended).toBeGreaterThan(10);
  });

  test('gives the same answer whether asked once or walked from answer to answer', () => {
    holds(
      fc.property(calendar, verb, minute, (calendar, verb, start) => {
        const within = { from: start, to: start + 30 * DAY };
        const walked: Span[] = [];
        for (let here = start; here < within.to; ) {
          const answer = askCalendar(calendar, verb, new Date(here));
          const next = (answer.state === 'open' ? answer.until : answer.opensAt)?.getTime() ?? within.to;
          if (answer.state === 'open') walked.push({ from: here, to: Math.min(next, within.to) });
          here = next;
        }
        expect(walked).toEqual(openSpans(calendar, verb, within));
      }),
      60,
    );
  });

  test('never holds a rollback back', () => {
    holds(
      fc.property(calendar, minute, (calendar, instant) => {
        expect(askCalendar(calendar, 'rollback', new Date(instant))).toEqual({ state: 'open' });
      }),
    );
  });

  test('lets a freeze only ever take time away', () => {
    holds(
      fc.property(calendar, freeze, verb, (calendar, freeze, verb) => {
        const within = { from: START, to: START + 60 * DAY };
        const frozen = { ...calendar, freezes: [...calendar.freezes, freeze] };
        const before = openSpans(calendar, verb, within);
        const after = openSpans(frozen, verb, within);
        expect(without(after, before)).toEqual([]);
        const hole = merged([spanOf(freeze, calendar.zone)]);
        expect(after).toEqual(freeze.verbs.includes(verb) ? without(before, hole) : before);
      }),
    );
  });
});

test('a calendar that never opens says so at once', () => {
  const forEver = Array.from({ length: 500 }, (_, day) => dateOf(START + day * DAY)).map((date) => ({
    from: date,
    to: date,
    why: 'back to back',
    verbs: GUARDED_VERBS,
  }));
  const answer = askCalendar(
    { zone: 'Europe/Berlin', windows: [], freezes: forEver },
    'deploy',
    new Date(START),
  );
  expect(answer).toEqual({ state: 'shut', why: 'frozen until Wed 21 Oct 00:00 CEST: back to back' });
  const open = { zone: 'Europe/Berlin', windows: [], freezes: forEver.slice(0, 399) };
  const opensAt = new Date('2027-11-23T00:00:00+01:00');
  expect(opensAt.getTime() - START).toBeLessThan(HORIZON_MS);
  expect(askCalendar(open, 'deploy', new Date(START))).toMatchObject({ state: 'shut', opensAt });
});

describe('spans', () => {
  const span = fc.record({ from: fc.integer({ min: 0, max: 40 }), to: fc.integer({ min: 0, max: 40 }) });
  const spans = fc.array(span, { maxLength: 12 });
  const members = (spans: readonly Span[]) =>
    Array.from({ length: 41 }, (_, at) => spans.some(({ from, to }) => from <= at && at < to));

  test('merged or cut hold the same moments, in order and apart', () => {
    holds(
      fc.property(spans, spans, (some, holes) => {
        const result = without(merged(some), merged(holes));
        const expected = members(some).map((is, at) => is && !members(holes)[at]);
        expect(members(result)).toEqual(expected);
        expect(members(merged(some))).toEqual(members(some));
        for (const [index, { from, to }] of result.entries()) {
          expect(from).toBeLessThan(to);
          expect(result[index - 1]?.to ?? -1).toBeLessThanOrEqual(from);
        }
        for (const [index, { from }] of merged(some).entries()) {
          expect(merged(some)[index - 1]?.to ?? -1).toBeLessThan(from);
        }
      }),
    );
  });
});
