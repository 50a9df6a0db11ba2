import * as z from 'zod';
import {
  type CalendarSettings,
  type Freeze,
  type FreezeSource,
  GUARDED_VERBS,
  isZoneName,
  USUAL_VERBS,
  WEEKDAYS,
  type Weekday,
  type WeeklyWindow,
} from '../domain/calendar/calendar.ts';
import { suggestion } from './nearest.ts';
import { line, pathInRepository, variableName } from './values.ts';

/** When an environment may be changed, as people write it, and its way into the domain's words. */

export type CalendarFile = z.output<typeof calendar>;
type WindowFile = CalendarFile['windows'][number];
type FreezeFile = CalendarFile['freezes'][number];

/** Far above what anyone needs: every question looks at each of them. */
const MOST_WINDOWS = 50;
const MOST_FREEZES = 500;
const MOST_SOURCES = 10;
const DAY_MINUTES = 24 * 60;

const zone = z.string().superRefine((written, context) => {
  if (isZoneName(written)) return;
  const near = suggestion(written, Intl.supportedValuesOf('timeZone'));
  context.addIssue({
    code: 'custom',
    message: `must be the IANA name of a time zone, such as \`Europe/Berlin\` or \`UTC\`${near}`,
  });
});

const DAY = '(mon|tue|wed|thu|fri|sat|sun)';
const dayOrRange = z
  .string()
  .regex(new RegExp(`^${DAY}(-${DAY})?$`), 'must be a day such as `mon`, or a range such as `mon-fri`')
  .meta({ examples: ['mon', 'mon-fri'] });

const days = z
  .union([dayOrRange, z.array(dayOrRange).min(1).max(7)], {
    error: `must be a day (${WEEKDAYS.join(', ')}), a range such as \`mon-fri\`, or a list of them`,
  })
  .describe('Days on which the window opens: `mon`, `mon-fri`, or a list of them.');

const clockTime = (pattern: RegExp, message: string) =>
  z
    .string({ error: message })
    .regex(pattern, message)
    .meta({ examples: ['09:00', '16:30'] });

const verb = z.enum(GUARDED_VERBS, {
  error: ({ input }) =>
    input === 'rollback'
      ? 'cannot be `rollback`: a calendar never holds recovery back'
      : `must be one of ${GUARDED_VERBS.join(', ')}${suggestion(input, GUARDED_VERBS)}`,
});

const verbs = z
  .array(verb)
  .min(1, `must name at least one of ${GUARDED_VERBS.join(', ')}`)
  .transform((written) => GUARDED_VERBS.filter((one) => written.includes(one)))
  .optional();

const weeklyWindow = z
  .strictObject({
    days,
    from: clockTime(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time such as `09:00`').describe(
      'First minute that is open, as the clocks of the zone show it.',
    ),
    to: clockTime(
      /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/,
      'must be a time such as `16:00`, at most `24:00`',
    ).describe('First minute that is shut again. At or before `from` it is on the next day.'),
    for: verbs.describe('What it is for: `deploy`, `promote`, `hotfix`. Default: deploy and promote.'),
  })
  .refine(({ from, to }) => from !== to, 'must not open and shut at one time: a whole day is 00:00 to 24:00');

const why = line(200);

const MOMENT = 'must be a day such as `2026-12-24`, or a local time such as `2026-12-24T18:00`';
const moment = z
  .string({ error: MOMENT })
  .regex(/^\d{4}-\d{2}-\d{2}(T([01]\d|2[0-3]):[0-5]\d)?$/, { error: MOMENT, abort: true })
  .refine(isDay, { error: 'must be a day that the calendar has', abort: true })
  .meta({ examples: ['2026-12-24', '2026-12-24T18:00'] });

function isDay(text: string): boolean {
  const day = text.slice(0, 10);
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}

const freeze = z
  .strictObject({
    from: moment.describe('First frozen day, or the local time at which the freeze starts.'),
    to: moment.describe('Last frozen day, or the local time at which the freeze is over.'),
    why: why.describe('What people are told while it lasts.'),
    for: verbs.describe('What it holds back: `deploy`, `promote`, `hotfix`. Default: deploy and promote.'),
  })
  .refine(({ from, to }) => earliest(from) < latest(to), 'must start before it is over');

/** Local texts that sort as their moments do. */
const earliest = (from: string): string => from.padEnd(16, 'T00:00');
const latest = (to: string): string => (to.includes('T') ? to : `${to}T24:00`);

const source = z
  .strictObject({
    file: pathInRepository()
      .optional()
      .describe('ICS file in the repository; every event in it is a freeze.'),
    url: z
      .string()
      .max(2000)
      .refine(isCalendarUrl, 'must be an https address without user name and `#`')
      .optional()
      .describe('https address of an ICS file that anybody may know.'),
    'url-from': variableName()
      .optional()
      .describe('Environment variable of the step with the address, where the address is a secret.'),
    for: verbs.describe('What its events hold back. Default: deploy and promote.'),
  })
  .refine(
    (written) =>
      [written.file, written.url, written['url-from']].filter((one) => one !== undefined).length === 1,
    'must have exactly one of `file`, `url` and `url-from`',
  );

function isCalendarUrl(text: string): boolean {
  const url = /[\s\p{Cc}#\\]/u.test(text) ? null : URL.parse(text);
  return url?.protocol === 'https:' && url.username === '' && url.password === '';
}

/** The `calendar` key of airlock.yml. */
export const calendar = z
  .strictObject({
    zone: zone
      .describe('Time zone in which windows and freezes are meant, by its IANA name.')
      .meta({ examples: ['Europe/Berlin', 'America/New_York', 'UTC'] }),
    windows: z
      .array(weeklyWindow)
      .max(MOST_WINDOWS)
      .default([])
      .describe('Weekly times at which something may go. What no window names may go at any time.'),
    freezes: z
      .array(freeze)
      .max(MOST_FREEZES)
      .default([])
      .describe('Times at which nothing goes, whatever the windows say; a rollback always does.'),
    'freezes-from': z
      .array(source)
      .max(MOST_SOURCES)
      .default([])
      .describe('Calendars whose events are freezes. One that cannot be read shuts what it is for.'),
  })
  .describe('When the environment may be changed. A rollback always may.');

/** Puts a calendar that kept the schema into the domain's words, defaults filled in. */
export const completeCalendar = (file: CalendarFile): CalendarSettings => ({
  zone: file.zone,
  windows: file.windows.map(completeWindow),
  freezes: file.freezes.map(completeFreeze),
  sources: file['freezes-from'].map(completeSource),
});

function completeWindow(written: WindowFile): WeeklyWindow {
  const [fromMinute, toMinute] = [minuteOf(written.from), minuteOf(written.to)];
  return {
    days: daysOf(typeof written.days === 'string' ? [written.days] : written.days),
    fromMinute,
    toMinute: toMinute > fromMinute ? toMinute : toMinute + DAY_MINUTES,
    verbs: written.for ?? USUAL_VERBS,
  };
}

const completeFreeze = ({ from, to, why, for: verbs }: FreezeFile): Freeze => ({
  from,
  to,
  why,
  verbs: verbs ?? USUAL_VERBS,
});

function completeSource(written: CalendarFile['freezes-from'][number]): FreezeSource {
  const verbs = written.for ?? USUAL_VERBS;
  if (written.file !== undefined) return { kind: 'file', path: written.file, verbs };
  if (written.url !== undefined) return { kind: 'url', url: written.url, verbs };
  return { kind: 'variable', variable: written['url-from'] ?? '', verbs };
}

/** A range may go over the weekend: `sat-mon`. */
function daysOf(written: readonly string[]): readonly Weekday[] {
  const named = new Set(
    written.flatMap((dayOrRange) => {
      const [first = '', last = first] = dayOrRange.split('-');
      const start = indexOf(first);
      const length = ((indexOf(last) - start + WEEKDAYS.length) % WEEKDAYS.length) + 1;
      return Array.from({ length }, (_, step) => WEEKDAYS[(start + step) % WEEKDAYS.length]);
    }),
  );
  return WEEKDAYS.filter((day) => named.has(day));
}

const indexOf = (day: string): number => WEEKDAYS.indexOf(day as Weekday);

function minuteOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}
