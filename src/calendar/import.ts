import ICAL from 'ical.js';
import type { Freeze, GuardedVerb } from '../domain/calendar/calendar.ts';
import type { Span } from '../domain/calendar/span.ts';
import { DeadlineError, withinMilliseconds } from './deadline.ts';
import { EndlessError, EventError, occurrences } from './events.ts';
import type { CalendarText } from './fetch.ts';
import { tooLarge, unreadable } from './unreadable.ts';

const MOST_FREEZES = 10_000;
const MOST_MILLISECONDS = 10_000;

/**
 * The events of a calendar file as freezes, as far as they lie within the span. All of the file must be
 * understood: a freeze that is passed over is a release into it.
 *
 * @param milliseconds how long it may take to work them out
 * @throws Failure CALENDAR_UNREADABLE, CALENDAR_TOO_LARGE.
 */
export function importFreezes(
  { label, text }: CalendarText,
  verbs: readonly GuardedVerb[],
  zone: string,
  within: Span,
  milliseconds = MOST_MILLISECONDS,
): readonly Freeze[] {
  // A connection that ends early often looks like the end of the file.
  if (!/^\s*BEGIN:VCALENDAR\s/i.test(text)) throw unreadable(label, 'is not an iCalendar file');
  if (!/\nEND:VCALENDAR\s*$/i.test(text)) throw unreadable(label, 'ends before its end');
  try {
    return withinMilliseconds(milliseconds, () =>
      parse(text)
        .flatMap((calendar) => take(MOST_FREEZES, occurrences(calendar, zone, within)))
        .sort((one, other) => one.from - other.from)
        .map(({ from, to, summary }) => ({
          from: new Date(from).toISOString(),
          to: new Date(to).toISOString(),
          why: summary,
          verbs,
        })),
    );
  } catch (cause) {
    if (cause instanceof EventError) throw unreadable(label, `cannot be understood: ${cause.message}`);
    if (cause instanceof EndlessError) throw tooLarge(label, `is too large: ${cause.message}`);
    if (cause instanceof DeadlineError) throw tooLarge(label, 'takes too long to work out');
    throw unreadable(label, 'has something in it that is not iCalendar (RFC 5545)', cause);
  }
}

/** One file may hold several calendars. */
function parse(text: string): readonly ICAL.Component[] {
  const root: unknown = ICAL.parse(text);
  const several = Array.isArray(root) && Array.isArray(root[0]) ? root : [root];
  return several.map((json) => {
    const calendar = new ICAL.Component(json);
    if (calendar.name !== 'vcalendar') throw new EventError('it holds more than calendars');
    return calendar;
  });
}

function take<T>(most: number, all: Iterable<T>): readonly T[] {
  const taken: T[] = [];
  for (const one of all) {
    if (taken.length === most) throw new EndlessError(`it has more than ${most} events`);
    taken.push(one);
  }
  return taken;
}
