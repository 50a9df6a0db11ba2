import { type CalendarAnswer, WEEKDAYS, type Weekday, type WeeklyWindow } from './calendar.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/**
 * A refusal for the person who reads it: `shut: outside the deploy window (Tue–Thu 09:00–16:00
 * Europe/Berlin); opens Tue 24 Nov 09:00 CET (in 14 h)`.
 */
export function describeShut(
  answer: Extract<CalendarAnswer, { readonly state: 'shut' }>,
  zone: string,
  now: Date,
): string {
  const { why, opensAt } = answer;
  if (!opensAt) return `shut: ${why}; nothing opens within 400 days`;
  const wait = describeWait(opensAt.getTime() - now.getTime());
  return `shut: ${why}; opens ${describeMoment(opensAt, zone, now)} (in ${wait})`;
}

/** `Tue–Thu 09:00–16:00, Sat 22:00–02:00 Europe/Berlin`. */
export function describeWindows(windows: readonly WeeklyWindow[], zone: string): string {
  const each = windows.map(
    ({ days, fromMinute, toMinute }) =>
      `${describeDays(days)} ${clockTime(fromMinute)}–${toMinute === 1440 ? '24:00' : clockTime(toMinute % 1440)}`,
  );
  return `${[...new Set(each)].join(', ')} ${zone}`;
}

/** `Tue 24 Nov 09:00 CET`, with the year where it is not that of `now`. */
export function describeMoment(moment: Date, zone: string, now: Date): string {
  const part = partsOf(moment, zone);
  const year = part.year === partsOf(now, zone).year ? '' : ` ${part.year}`;
  return `${part.weekday} ${part.day} ${part.month}${year} ${part.hour}:${part.minute} ${abbreviation(moment, zone)}`;
}

/** Rounded up: who comes back then does not stand before a shut gate. */
function describeWait(milliseconds: number): string {
  const minutes = Math.ceil(milliseconds / MINUTE_MS);
  if (minutes < 60) return `${minutes} min`;
  if (milliseconds > 2 * DAY_MS) return `${Math.ceil(milliseconds / DAY_MS)} days`;
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
}

/** Three days or more in a row as a range: `Tue–Thu, Sat`; a range may go over the weekend. */
function describeDays(days: readonly Weekday[]): string {
  const open = WEEKDAYS.map((day) => days.includes(day));
  if (open.every(Boolean)) return 'daily';
  const begins = open.flatMap((is, index) => (is && !open.at(index - 1) ? [index] : []));
  return begins
    .map((first) => {
      let length = 1;
      while (open[(first + length) % 7]) length += 1;
      const name = (offset: number) => capital(WEEKDAYS[(first + offset) % 7] ?? '');
      if (length === 1) return name(0);
      return `${name(0)}${length === 2 ? ', ' : '–'}${name(length - 1)}`;
    })
    .join(', ');
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

const clockTime = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

function partsOf(moment: Date, zone: string): Readonly<Record<string, string>> {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return Object.fromEntries(format.formatToParts(moment).map(({ type, value }) => [type, value]));
}

/** English names a zone's time by letters only where people write it so: CET in Britain, EST in America. */
const ENGLISH = ['en-GB', 'en-US', 'en-AU', 'en-NZ', 'en-ZA', 'en-IN', 'en-KE'];

/** `CET` where English has one, else `UTC+5:45`. */
function abbreviation(moment: Date, zone: string): string {
  const names = ENGLISH.map(
    (locale) =>
      new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName: 'short' })
        .formatToParts(moment)
        .find(({ type }) => type === 'timeZoneName')?.value ?? zone,
  );
  return names.find((name) => !/^GMT[+-]/.test(name)) ?? (names[0] ?? zone).replace('GMT', 'UTC');
}
