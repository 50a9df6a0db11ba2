import { createHash } from 'node:crypto';
import ICAL from 'ical.js';
import { openSpans, spanOf } from '../domain/calendar/ask.ts';
import { type Calendar, GUARDED_VERBS, type GuardedVerb } from '../domain/calendar/calendar.ts';
import { intersection, type Span } from '../domain/calendar/span.ts';
import type { CalendarSheet } from '../ports/calendar.ts';
import { oneLine } from './one-line.ts';

/** Windows are looked for from further back, so that a window that runs now keeps its start and its id. */
const LOOK_BACK_MS = 8 * 24 * 60 * 60_000;

/**
 * The open times and the freezes of a calendar as an iCalendar file in UTC. What no window names has no
 * open times of its own. The same event has the same id in every file, so that a subscribed calendar
 * moves it instead of showing it twice.
 */
export function renderCalendar(calendar: Calendar, { name, within, now }: CalendarSheet): string {
  const file = new ICAL.Component('vcalendar');
  file.addPropertyWithValue('prodid', '-//Airlock//Deployment calendar//EN');
  file.addPropertyWithValue('version', '2.0');
  file.addPropertyWithValue('x-wr-calname', oneLine(`Deployments into ${name}`));
  for (const event of eventsOf(calendar, name, within)) file.addSubcomponent(component(event, now));
  return `${file.toString()}\r\n`;
}

interface SheetEvent extends Span {
  readonly id: string;
  readonly summary: string;
  readonly description: string;
  readonly kind: 'WINDOW' | 'FREEZE';
}

function eventsOf(calendar: Calendar, name: string, within: Span): readonly SheetEvent[] {
  const lookback = { from: within.from - LOOK_BACK_MS, to: within.to };
  const verbsBySpan = new Map<string, { readonly span: Span; readonly verbs: GuardedVerb[] }>();
  for (const verb of GUARDED_VERBS) {
    if (!calendar.windows.some(({ verbs }) => verbs.includes(verb))) continue;
    for (const span of openSpans(calendar, verb, lookback)) {
      const key = `${span.from}/${span.to}`;
      const known = verbsBySpan.get(key);
      if (known) known.verbs.push(verb);
      else verbsBySpan.set(key, { span, verbs: [verb] });
    }
  }
  const windows = [...verbsBySpan.values()].map(({ span, verbs }) => ({
    ...span,
    id: idOf(name, 'window', span.from, verbs),
    summary: `Open for ${verbs.join(', ')}: ${name}`,
    description: `A release may go into ${name}: ${verbs.join(', ')}.`,
    kind: 'WINDOW' as const,
  }));
  const freezes = calendar.freezes.map((freeze) => ({
    ...spanOf(freeze, calendar.zone),
    id: idOf(name, 'freeze', freeze.from, freeze.to, freeze.verbs, freeze.why),
    summary: `Frozen: ${name} (${freeze.why})`,
    description: `Held back: ${freeze.verbs.join(', ')}. A rollback never is.`,
    kind: 'FREEZE' as const,
  }));
  const unique = new Map([...windows, ...freezes].map((event) => [event.id, event]));
  return [...unique.values()]
    .filter((event) => {
      const { from, to } = intersection(event, within);
      return from < to;
    })
    .sort((one, other) => one.from - other.from || one.to - other.to);
}

function component(event: SheetEvent, now: Date): ICAL.Component {
  const made = new ICAL.Component('vevent');
  made.addPropertyWithValue('uid', event.id);
  made.addPropertyWithValue('dtstamp', utc(now.getTime()));
  made.addPropertyWithValue('dtstart', utc(event.from));
  made.addPropertyWithValue('dtend', utc(event.to));
  made.addPropertyWithValue('summary', oneLine(event.summary));
  made.addPropertyWithValue('description', oneLine(event.description));
  made.addPropertyWithValue('categories', event.kind);
  made.addPropertyWithValue('transp', 'TRANSPARENT');
  return made;
}

const utc = (instant: number): ICAL.Time => ICAL.Time.fromJSDate(new Date(instant), true);

const idOf = (...parts: readonly unknown[]): string =>
  `${createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)}@airlock`;
