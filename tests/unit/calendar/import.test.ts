import { describe, expect, test } from 'vitest';
import { importFreezes } from '../../../src/calendar/import.ts';
import { Failure } from '../../../src/domain/failure.ts';

const WITHIN = { from: Date.UTC(2026, 10, 1), to: Date.UTC(2027, 11, 1) };

const file = (...lines: readonly string[]): string =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Test//EN', ...lines, 'END:VCALENDAR', ''].join('\r\n');

const event = (...lines: readonly string[]): string =>
  ['BEGIN:VEVENT', 'UID:1', 'DTSTAMP:20261101T000000Z', 'SUMMARY:Freeze', ...lines, 'END:VEVENT'].join(
    '\r\n',
  );

const read = (text: string, zone = 'Europe/Berlin', within = WITHIN, milliseconds?: number) =>
  importFreezes({ label: 'the calendar', text }, ['deploy'], zone, within, milliseconds);

/** The freezes as `from/to` to the minute. */
const times = (...lines: readonly string[]): readonly string[] =>
  read(file(event(...lines))).map(({ from, to }) => `${from.slice(0, 16)}/${to.slice(0, 16)}`);

function refusal(text: string, milliseconds?: number): string {
  try {
    return `freezes were read: ${JSON.stringify(read(text, 'UTC', WITHIN, milliseconds))}`;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return `${error.code} ${error.message.replace('Whether there is a freeze cannot be told: the calendar ', '')}`;
  }
}

describe('an event', () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ['in UTC', ['DTSTART:20261124T080000Z', 'DTEND:20261124T100000Z'], ['2026-11-24T08:00/2026-11-24T10:00']],
    [
      'floating, in the calendar’s zone',
      ['DTSTART:20261124T080000', 'DTEND:20261124T100000'],
      ['2026-11-24T07:00/2026-11-24T09:00'],
    ],
    [
      'in a zone of its own',
      ['DTSTART;TZID=America/New_York:20261124T080000', 'DTEND;TZID=America/New_York:20261124T100000'],
      ['2026-11-24T13:00/2026-11-24T15:00'],
    ],
    [
      'that starts and ends in different zones',
      ['DTSTART;TZID=America/New_York:20261124T080000', 'DTEND;TZID="Asia/Kathmandu":20261125T080000'],
      ['2026-11-24T13:00/2026-11-25T02:15'],
    ],
    [
      'with a duration',
      ['DTSTART:20261124T080000Z', 'DURATION:P1DT2H'],
      ['2026-11-24T08:00/2026-11-25T10:00'],
    ],
    ['of one whole day', ['DTSTART;VALUE=DATE:20261224'], ['2026-12-23T23:00/2026-12-24T23:00']],
    [
      'of whole days',
      ['DTSTART;VALUE=DATE:20261224', 'DTEND;VALUE=DATE:20270101'],
      ['2026-12-23T23:00/2026-12-31T23:00'],
    ],
    [
      'of whole days over a change of the clock',
      ['DTSTART;VALUE=DATE:20270327', 'DTEND;VALUE=DATE:20270329'],
      ['2027-03-26T23:00/2027-03-28T22:00'],
    ],
    [
      'that starts in a gap of the clock',
      ['DTSTART:20270328T023000', 'DTEND:20270328T043000'],
      ['2027-03-28T01:00/2027-03-28T02:30'],
    ],
    [
      'that ends in a repeated hour',
      ['DTSTART:20271031T010000', 'DTEND:20271031T023000'],
      ['2027-10-30T23:00/2027-10-31T01:30'],
    ],
    [
      'that began before and is not over',
      ['DTSTART:20261001T000000Z', 'DTEND:20261101T000001Z'],
      ['2026-10-01T00:00/2026-11-01T00:00'],
    ],
    ['that is over when the span begins', ['DTSTART:20261001T000000Z', 'DTEND:20261101T000000Z'], []],
    ['that begins when the span is over', ['DTSTART:20271201T000000Z', 'DTEND:20271202T000000Z'], []],
    ['that is cancelled', ['DTSTART:20261124T080000Z', 'DTEND:20261124T100000Z', 'STATUS:CANCELLED'], []],
    [
      'in whose time nobody is busy',
      ['DTSTART:20261124T080000Z', 'DTEND:20261124T100000Z', 'TRANSP:TRANSPARENT'],
      ['2026-11-24T08:00/2026-11-24T10:00'],
    ],
  ])('%s', (_what, lines, expected) => {
    expect(times(...lines)).toEqual(expected);
  });

  test('whose lines are folded has its name in one short line without control characters', () => {
    const summary = `SUMMARY:Line one\\nline\u0007 two\\, ${'x'.repeat(70)}\r\n  ${'y'.repeat(300)}`;
    const text = file(
      event('DTSTART:20261124T080000Z', 'DTEND:20261124T100000Z').replace('SUMMARY:Freeze', summary),
    );
    const [freeze] = read(text);
    expect(freeze?.why).toMatch(/^Line one line two, x{70} y+$/);
    expect(freeze?.why).toHaveLength(200);
  });

  test('in a zone that only the file knows', () => {
    const zone = [
      'BEGIN:VTIMEZONE',
      'TZID:W. Europe Standard Time',
      'BEGIN:STANDARD',
      'DTSTART:16010101T030000',
      'TZOFFSETFROM:+0200',
      'TZOFFSETTO:+0100',
      'RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10',
      'END:STANDARD',
      'BEGIN:DAYLIGHT',
      'DTSTART:16010101T020000',
      'TZOFFSETFROM:+0100',
      'TZOFFSETTO:+0200',
      'RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3',
      'END:DAYLIGHT',
      'END:VTIMEZONE',
    ].join('\r\n');
    const monthly = event(
      'DTSTART;TZID=W. Europe Standard Time:20261205T220000',
      'DTEND;TZID=W. Europe Standard Time:20261206T060000',
      'RRULE:FREQ=MONTHLY;BYDAY=1SA;UNTIL=20270601T000000Z',
    );
    const starts = (text: string) => read(text).map(({ from }) => from.slice(0, 16));
    const outlook = starts(file(zone, monthly));
    expect(outlook).toEqual([
      '2026-12-05T21:00',
      '2027-01-02T21:00',
      '2027-02-06T21:00',
      '2027-03-06T21:00',
      '2027-04-03T20:00',
      '2027-05-01T20:00',
    ]);
    expect(starts(file(monthly.replaceAll('W. Europe Standard Time', 'Europe/Berlin')))).toEqual(outlook);
  });
});

describe('a recurring event', () => {
  const EVENING = ['DTSTART;TZID=Europe/Berlin:20270326T220000', 'DTEND;TZID=Europe/Berlin:20270327T060000'];

  test('keeps its wall clock times when the clock changes', () => {
    expect(times(...EVENING, 'RRULE:FREQ=DAILY;COUNT=3')).toEqual([
      '2027-03-26T21:00/2027-03-27T05:00',
      '2027-03-27T21:00/2027-03-28T04:00',
      '2027-03-28T20:00/2027-03-29T04:00',
    ]);
  });

  test.each<[string, readonly string[], readonly string[]]>([
    [
      'ends at an instant, included',
      ['RRULE:FREQ=DAILY;UNTIL=20270328T200000Z'],
      ['26T21', '27T21', '28T20'],
    ],
    ['ends before an instant', ['RRULE:FREQ=DAILY;UNTIL=20270328T195959Z'], ['26T21', '27T21']],
    ['ends with a day, included', ['RRULE:FREQ=DAILY;UNTIL=20270328'], ['26T21', '27T21', '28T20']],
    [
      'leaves one out, in its zone',
      ['RRULE:FREQ=DAILY;COUNT=3', 'EXDATE;TZID=Europe/Berlin:20270328T220000'],
      ['26T21', '27T21'],
    ],
    [
      'leaves two out, one in UTC',
      ['RRULE:FREQ=DAILY;COUNT=3', 'EXDATE:20270328T200000Z,20270326T210000Z'],
      ['27T21'],
    ],
    [
      'takes place once more',
      ['RRULE:FREQ=DAILY;COUNT=2', 'RDATE;TZID=Europe/Berlin:20270330T220000'],
      ['26T21', '27T21', '30T20'],
    ],
    ['starts off its own rule', ['RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=2'], ['26T21', '29T20', '05T20']],
    ['can never come again', ['RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28;UNTIL=20270401T000000Z'], ['26T21']],
  ])('that %s', (_what, lines, expected) => {
    const starts = times(...EVENING, ...lines).map((time) => time.slice(8, 13));
    expect(starts).toEqual(expected);
  });

  test('of whole days, yearly since long ago', () => {
    expect(times('DTSTART;VALUE=DATE:19801224', 'DTEND;VALUE=DATE:19801227', 'RRULE:FREQ=YEARLY')).toEqual([
      '2026-12-23T23:00/2026-12-26T23:00',
    ]);
  });

  test('of whole days, with one left out', () => {
    const starts = times(
      'DTSTART;VALUE=DATE:20261204',
      'RRULE:FREQ=WEEKLY;COUNT=3',
      'EXDATE;VALUE=DATE:20261211',
    );
    expect(starts).toEqual(['2026-12-03T23:00/2026-12-04T23:00', '2026-12-17T23:00/2026-12-18T23:00']);
  });

  test('that still goes on when the span begins', () => {
    const long = event('DTSTART:20260101T000000Z', 'DTEND:20260111T000000Z', 'RRULE:FREQ=MONTHLY;COUNT=11');
    const from = Date.UTC(2026, 10, 10);
    expect(read(file(long), 'UTC', { from, to: from + 1 })).toHaveLength(1);
    expect(read(file(long), 'UTC', { from: from + 24 * 60 * 60_000, to: from + 48 * 60 * 60_000 })).toEqual(
      [],
    );
  });

  test('with one occurrence moved and one cancelled', () => {
    const moved = event(
      'RECURRENCE-ID;TZID=Europe/Berlin:20270327T220000',
      'DTSTART:20270410T100000Z',
      'DTEND:20270410T110000Z',
    );
    const cancelled = event(
      'RECURRENCE-ID:20270328T200000Z',
      'DTSTART:20270328T200000Z',
      'DTEND:20270329T040000Z',
      'STATUS:CANCELLED',
    );
    const freezes = read(file(event(...EVENING, 'RRULE:FREQ=DAILY;COUNT=3'), moved, cancelled));
    expect(freezes.map(({ from }) => from.slice(0, 13))).toEqual(['2027-03-26T21', '2027-04-10T10']);
  });
});

describe('a file', () => {
  const ONE = event('DTSTART:20261124T080000Z', 'DTEND:20261124T100000Z');

  test('without events has no freezes, and other things in it are passed over', () => {
    expect(read(file())).toEqual([]);
    expect(
      read(file('BEGIN:VTODO', 'UID:2', 'SUMMARY:Buy milk', 'END:VTODO', 'X-OWN;A=b:c', ONE)),
    ).toHaveLength(1);
  });

  test('of several calendars, with lines that end in a line feed alone', () => {
    expect(read(`${file(ONE)}${file(ONE)}`.replaceAll('\r\n', '\n'))).toHaveLength(2);
  });

  test.each<[string, string, string]>([
    ['is a page', '<html></html>', 'CALENDAR_UNREADABLE is not an iCalendar file.'],
    [
      'is a contact',
      'BEGIN:VCARD\r\nVERSION:4.0\r\nFN:A\r\nEND:VCARD\r\n',
      'CALENDAR_UNREADABLE is not an iCalendar file.',
    ],
    [
      'breaks off between events',
      file(ONE).replace('END:VCALENDAR\r\n', ''),
      'CALENDAR_UNREADABLE ends before its end.',
    ],
    [
      'breaks off in its last line',
      file(ONE).replace('END:VCALENDAR\r\n', 'END:VCAL'),
      'CALENDAR_UNREADABLE ends before its end.',
    ],
    [
      'misses the end of an event',
      file(ONE.replace('END:VEVENT', 'X-A:b')),
      'CALENDAR_UNREADABLE has something in it that is not iCalendar (RFC 5545).',
    ],
    [
      'has an end too many',
      file(ONE, 'END:VEVENT', ONE),
      'CALENDAR_UNREADABLE cannot be understood: it holds more than calendars.',
    ],
    [
      'has a line of nothing',
      file(ONE, 'nonsense'),
      'CALENDAR_UNREADABLE has something in it that is not iCalendar (RFC 5545).',
    ],
    [
      'has an event without a start',
      file(event('DTEND:20261124T100000Z')),
      'CALENDAR_UNREADABLE cannot be understood: its event “Freeze” has no start.',
    ],
    [
      'has an event without an end',
      file(event('DTSTART:20261124T100000Z')),
      'CALENDAR_UNREADABLE cannot be understood: its event “Freeze” has no end.',
    ],
    [
      'has an event that ends first',
      file(event('DTSTART:20261124T100000Z', 'DTEND:20261124T090000Z')),
      'CALENDAR_UNREADABLE cannot be understood: its event “Freeze” does not start before its end.',
    ],
    [
      'has a duration of nothing',
      file(event('DTSTART:20261124T100000Z', 'DURATION:PT0S')),
      'CALENDAR_UNREADABLE cannot be understood: its event “Freeze” does not start before its end.',
    ],
    [
      'has a day that is none',
      file(event('DTSTART:20261324T100000Z', 'DTEND:20261124T090000Z')),
      'CALENDAR_UNREADABLE cannot be understood: one of its events has a time that is none.',
    ],
    [
      'has a start of words',
      file(event('DTSTART:tomorrow', 'DTEND:20261124T090000Z')),
      'CALENDAR_UNREADABLE cannot be understood: one of its events has a time that is none.',
    ],
    [
      'has a zone of nobody',
      file(event('DTSTART;TZID=Middle/Earth:20261124T100000', 'DTEND;TZID=Middle/Earth:20261124T110000')),
      'CALENDAR_UNREADABLE cannot be understood: its event “Freeze” is in a time zone that nobody knows.',
    ],
    [
      'has a rule of nonsense',
      file(event('DTSTART:20261124T080000Z', 'DTEND:20261124T090000Z', 'RRULE:FREQ=SOMETIMES')),
      'CALENDAR_UNREADABLE has something in it that is not iCalendar (RFC 5545).',
    ],
    [
      'has two rules',
      file(
        event('DTSTART:20261124T080000Z', 'DTEND:20261124T090000Z', 'RRULE:FREQ=DAILY', 'RRULE:FREQ=WEEKLY'),
      ),
      'CALENDAR_UNREADABLE cannot be understood: its event “Freeze” has more than one recurrence rule.',
    ],
    [
      'recurs in periods',
      file(
        event(
          'DTSTART:20261124T080000Z',
          'DTEND:20261124T090000Z',
          'RDATE;VALUE=PERIOD:20261201T000000Z/PT1H',
        ),
      ),
      'CALENDAR_UNREADABLE cannot be understood: its event “Freeze” recurs in periods of their own length, which is not understood.',
    ],
    [
      'changes all later ones',
      file(
        event(
          'DTSTART:20261124T080000Z',
          'DTEND:20261124T090000Z',
          'RECURRENCE-ID;RANGE=THISANDFUTURE:20261124T070000Z',
        ),
      ),
      'CALENDAR_UNREADABLE cannot be understood: its event “Freeze” changes all later ones (THISANDFUTURE), which is not understood.',
    ],
  ])('that %s tells of no freezes, nor of none', (_what, text, expected) => {
    expect(refusal(text)).toBe(expected);
  });

  test.each<[string, string, RegExp]>([
    [
      'every second for ever',
      file(event('DTSTART:20261124T080000Z', 'DTEND:20261124T080001Z', 'RRULE:FREQ=SECONDLY')),
      /^CALENDAR_TOO_LARGE is too large: its event “Freeze” recurs too often\.$/,
    ],
    [
      'every minute since 1970',
      file(event('DTSTART:19700101T000000Z', 'DURATION:PT1M', 'RRULE:FREQ=MINUTELY')),
      /^CALENDAR_TOO_LARGE is too large: its event “Freeze” recurs too often\.$/,
    ],
    [
      'thousands of dates in one rule',
      file(
        event(
          'DTSTART:20261124T000000Z',
          'DURATION:PT1S',
          `RRULE:FREQ=DAILY;BYHOUR=${list(24)};BYMINUTE=${list(60)};BYSECOND=${list(60)}`,
        ),
      ),
      /^CALENDAR_TOO_LARGE/,
    ],
    [
      'more events than anybody writes',
      file(
        ...Array.from({ length: 20 }, () =>
          event('DTSTART:20261124T000000Z', 'DURATION:PT1S', 'RRULE:FREQ=HOURLY;COUNT=600'),
        ),
      ),
      /^CALENDAR_TOO_LARGE is too large: it has more than 10000 events\.$/,
    ],
  ])('with %s ends, and is not read by half', (_what, text, expected) => {
    expect(refusal(text)).toMatch(expected);
  });

  test('with a day that never comes is given up', () => {
    const never = event(
      'DTSTART:20261124T000000Z',
      'DURATION:PT1S',
      'RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30',
    );
    expect(refusal(file(never), 100)).toBe('CALENDAR_TOO_LARGE takes too long to work out.');
  });

  test('whose endless rule begins after the span has no freezes in it', () => {
    expect(read(file(event('DTSTART:20300101T000000Z', 'DURATION:PT1S', 'RRULE:FREQ=SECONDLY')))).toEqual([]);
  });
});

function list(length: number): string {
  return Array.from({ length }, (_, index) => index).join(',');
}
