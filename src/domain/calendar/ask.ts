import {
  type Calendar,
  type CalendarAnswer,
  type Freeze,
  type GuardedVerb,
  type Verb,
  WEEKDAYS,
} from './calendar.ts';
import { describeMoment, describeWindows } from './describe.ts';
import { intersection, merged, type Span, without } from './span.ts';
import { endOf, type Stretch, startOf, stretches } from './zone.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** How far ahead an opening is looked for. Freezes have to be read at least as far. */
export const HORIZON_MS = 400 * DAY_MS;

/**
 * Whether a verb may go at an instant. A rollback always may. Throws `RangeError` for a calendar that no
 * schema let through: an unknown zone, a moment that is none.
 */
export function askCalendar(calendar: Calendar, verb: Verb, instant: Date): CalendarAnswer {
  if (verb === 'rollback') return { state: 'open' };
  const ahead = { from: instant.getTime(), to: instant.getTime() + HORIZON_MS };
  const [first] = openSpans(calendar, verb, ahead);
  if (first?.from === ahead.from) {
    return first.to === ahead.to ? { state: 'open' } : { state: 'open', until: new Date(first.to) };
  }
  const why = whyShut(calendar, verb, instant);
  return first ? { state: 'shut', why, opensAt: new Date(first.from) } : { state: 'shut', why };
}

/** When a verb may go, within a span of instants: in order, apart from each other, start inclusive, end exclusive. */
export function openSpans(calendar: Calendar, verb: Verb, within: Span): readonly Span[] {
  if (verb === 'rollback') return merged([within]);
  const windows = calendar.windows.filter(({ verbs }) => verbs.includes(verb));
  const allowed =
    windows.length === 0
      ? [within]
      : stretches(calendar.zone, within).flatMap((stretch) => windowsIn(stretch, windows));
  return without(merged(allowed), merged(freezesFor(calendar, verb).map(({ span }) => span)));
}

/** Every freeze that holds a verb back, with its instants. */
const freezesFor = (
  calendar: Calendar,
  verb: GuardedVerb,
): readonly { readonly freeze: Freeze; readonly span: Span }[] =>
  calendar.freezes
    .filter(({ verbs }) => verbs.includes(verb))
    .map((freeze) => ({ freeze, span: spanOf(freeze, calendar.zone) }));

/** The instants of a freeze. */
export const spanOf = (freeze: Freeze, zone: string): Span => ({
  from: startOf(freeze.from, zone),
  to: endOf(freeze.to, zone),
});

/**
 * While the clock is not changed local time is plain arithmetic: it is counted here in milliseconds as if
 * the zone were UTC. A jump forward and a repeated hour then need no rule of their own: the window is open
 * for as long as the clock shows a time inside it.
 */
function windowsIn(stretch: Stretch, windows: Calendar['windows']): readonly Span[] {
  const local = { from: stretch.from + stretch.offset, to: stretch.to + stretch.offset };
  const spans: Span[] = [];
  // The day before too: its windows may reach over midnight.
  for (let day = Math.floor(local.from / DAY_MS) * DAY_MS - DAY_MS; day < local.to; day += DAY_MS) {
    const weekday = WEEKDAYS[(new Date(day).getUTCDay() + 6) % 7];
    for (const { days, fromMinute, toMinute } of windows) {
      if (!weekday || !days.includes(weekday)) continue;
      const { from, to } = intersection(local, {
        from: day + fromMinute * MINUTE_MS,
        to: day + toMinute * MINUTE_MS,
      });
      spans.push({ from: from - stretch.offset, to: to - stretch.offset });
    }
  }
  return spans;
}

function whyShut(calendar: Calendar, verb: GuardedVerb, instant: Date): string {
  const now = instant.getTime();
  const [frozen] = freezesFor(calendar, verb)
    .filter(({ span }) => span.from <= now && now < span.to)
    .sort((one, other) => other.span.to - one.span.to);
  if (frozen) {
    return `frozen until ${describeMoment(new Date(frozen.span.to), calendar.zone, instant)}: ${frozen.freeze.why}`;
  }
  const windows = calendar.windows.filter(({ verbs }) => verbs.includes(verb));
  return `outside the ${verb} window${windows.length > 1 ? 's' : ''} (${describeWindows(windows, calendar.zone)})`;
}
