import { convertIcsCalendar } from 'ts-ics';
import { describe, expect, test } from 'vitest';
import { importFreezes } from '../../../src/calendar/import.ts';
import { renderCalendar } from '../../../src/calendar/render.ts';
import type { Calendar } from '../../../src/domain/calendar/calendar.ts';

const DAY = 24 * 60 * 60_000;
const CALENDAR: Calendar = {
  zone: 'Europe/Berlin',
  windows: [
    { days: ['tue', 'thu'], fromMinute: 540, toMinute: 960, verbs: ['deploy', 'promote'] },
    { days: ['fri'], fromMinute: 1320, toMinute: 1560, verbs: ['promote'] },
  ],
  freezes: [
    {
      from: '2026-12-10',
      to: '2026-12-31',
      why: 'Jahresende; alle, wirklich alle – auch Übersetzungen, Bilder und „Kleinigkeiten“ \\ 🎄',
      verbs: ['deploy', 'hotfix'],
    },
  ],
};
const SHEET = {
  name: 'sophie production',
  within: { from: Date.UTC(2026, 11, 1), to: Date.UTC(2026, 11, 13) },
  now: new Date('2026-11-21T07:00:00Z'),
};

/** As a second library reads it. */
const events = (calendar = CALENDAR, sheet = SHEET) =>
  (convertIcsCalendar(undefined, renderCalendar(calendar, sheet)).events ?? []).map((event) => ({
    uid: event.uid,
    summary: event.summary,
    time: `${event.start.date.toISOString().slice(0, 16)}/${event.end?.date.toISOString().slice(0, 16)}`,
  }));

describe('a calendar as a file', () => {
  test('shows what is open, without what is frozen, and the freezes', () => {
    const told = events().map(({ summary, time }) => `${time} ${summary}`);
    expect(told).toEqual([
      '2026-12-01T08:00/2026-12-01T15:00 Open for deploy, promote: sophie production',
      '2026-12-03T08:00/2026-12-03T15:00 Open for deploy, promote: sophie production',
      '2026-12-04T21:00/2026-12-05T01:00 Open for promote: sophie production',
      '2026-12-08T08:00/2026-12-08T15:00 Open for deploy, promote: sophie production',
      `2026-12-09T23:00/2026-12-31T23:00 Frozen: sophie production (${CALENDAR.freezes[0]?.why})`,
      '2026-12-10T08:00/2026-12-10T15:00 Open for promote: sophie production',
      '2026-12-11T21:00/2026-12-12T01:00 Open for promote: sophie production',
    ]);
  });

  test('is RFC 5545 to the byte', () => {
    const text = renderCalendar(CALENDAR, SHEET);
    expect(text).toMatch(/^BEGIN:VCALENDAR\r\n/);
    expect(text).toMatch(/\r\nEND:VCALENDAR\r\n$/);
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    const longest = Math.max(...text.split('\r\n').map((line) => Buffer.byteLength(line)));
    expect(longest).toBeLessThanOrEqual(75);
    expect(longest).toBeGreaterThan(70);
    for (const needed of ['VERSION:2.0', 'PRODID:-//Airlock//Deployment calendar//EN'])
      expect(text).toContain(`\r\n${needed}\r\n`);
    expect(text.match(/\r\nDTSTAMP:20261121T070000Z\r\n/g)).toHaveLength(7);
  });

  test('gives an event one id, whenever it is made and however far it reaches', () => {
    const later = events(CALENDAR, {
      ...SHEET,
      now: new Date('2026-12-01T09:00:00Z'),
      // In the middle of a window: it keeps its start.
      within: { from: Date.UTC(2026, 11, 1, 10), to: SHEET.within.to + 9 * DAY },
    });
    const ids = new Map(later.map(({ uid, time }) => [time, uid]));
    for (const { uid, time } of events()) expect([time, ids.get(time)]).toEqual([time, uid]);
    expect(new Set(later.map(({ uid }) => uid)).size).toBe(later.length);
    const other = events(CALENDAR, { ...SHEET, name: 'sophie staging' }).map(({ uid }) => uid);
    expect(other.filter((uid) => later.some((event) => event.uid === uid))).toEqual([]);
  });

  test('shows a change of the clock', () => {
    const daily: Calendar = {
      zone: 'Europe/Berlin',
      windows: [{ days: ['sat', 'sun'], fromMinute: 90, toMinute: 150, verbs: ['deploy'] }],
      freezes: [],
    };
    const within = { from: Date.UTC(2027, 9, 29), to: Date.UTC(2027, 10, 2) };
    // Half past one to half past two, and two to half past two once more.
    expect(events(daily, { ...SHEET, within }).map(({ time }) => time)).toEqual([
      '2027-10-29T23:30/2027-10-30T00:30',
      '2027-10-30T23:30/2027-10-31T00:30',
      '2027-10-31T01:00/2027-10-31T01:30',
    ]);
  });

  test('has no open times for what no window names, and is a calendar without events too', () => {
    const free: Calendar = { zone: 'UTC', windows: [], freezes: [] };
    expect(events(free)).toEqual([]);
    expect(renderCalendar(free, SHEET)).toMatch(/^BEGIN:VCALENDAR\r\n[\s\S]*\r\nEND:VCALENDAR\r\n$/);
  });

  test('does not let a reason write lines of its own', () => {
    const why = 'a\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nDTSTART:20260101T000000Z';
    const sly = {
      ...CALENDAR,
      windows: [],
      freezes: [{ from: '2026-12-10', to: '2026-12-10', why, verbs: ['deploy'] as const }],
    };
    const text = renderCalendar(sly, SHEET);
    expect(text.split(/[\r\n]+/).filter((line) => line.startsWith('BEGIN:VEVENT'))).toHaveLength(1);
    expect(importFreezes({ label: 'the calendar', text }, ['deploy'], 'UTC', SHEET.within)).toMatchObject([
      { from: '2026-12-09T23:00:00.000Z', why: expect.stringContaining('a END:VEVENT BEGIN:VEVENT') },
    ]);
  });

  test('of freezes is read back as it was', () => {
    const text = renderCalendar({ ...CALENDAR, windows: [] }, SHEET);
    expect(importFreezes({ label: 'the calendar', text }, ['deploy'], 'UTC', SHEET.within)).toMatchObject([
      { from: '2026-12-09T23:00:00.000Z', to: '2026-12-31T23:00:00.000Z' },
    ]);
  });

  test('of what other people keep: read, written and read again, it is the same', () => {
    const text = [
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      ...[
        'DTSTART;VALUE=DATE:20260328\r\nDTEND;VALUE=DATE:20260330\r\nSUMMARY:The clock goes forward',
        'DTSTART;TZID=America/New_York:20261101T003000\r\nDURATION:PT3H\r\nSUMMARY:An hour comes twice',
        'DTSTART:20260601T120000\r\nDTEND:20260601T180000\r\nRRULE:FREQ=WEEKLY;UNTIL=20261231T000000Z\r\nSUMMARY:Every week',
        'DTSTART:20260615T100000Z\r\nDTEND:20260615T200000Z\r\nSUMMARY:Across another',
      ].flatMap((event, index) => [
        'BEGIN:VEVENT',
        `UID:${index}`,
        'DTSTAMP:20260101T000000Z',
        ...event.split('\r\n'),
        'END:VEVENT',
      ]),
      'END:VCALENDAR',
      '',
    ].join('\r\n');
    const sheet = { ...SHEET, within: { from: Date.UTC(2026, 0, 1), to: Date.UTC(2027, 0, 1) } };
    const read = (from: string) =>
      importFreezes({ label: 'the calendar', text: from }, ['deploy'], 'Europe/Berlin', sheet.within);
    const spans = (freezes: ReturnType<typeof read>) => freezes.map(({ from, to }) => `${from}/${to}`);
    const first = read(text);
    expect(first.length).toBeGreaterThan(30);
    const written = renderCalendar({ zone: 'Europe/Berlin', windows: [], freezes: first }, sheet);
    const second = read(written);
    expect(spans(second)).toEqual(spans(first));
    expect(spans(read(renderCalendar({ zone: 'Asia/Gaza', windows: [], freezes: second }, sheet)))).toEqual(
      spans(first),
    );
    expect((convertIcsCalendar(undefined, written).events ?? []).length).toBe(first.length);
  });
});
