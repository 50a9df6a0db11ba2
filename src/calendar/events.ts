import ICAL from 'ical.js';
import { isZoneName } from '../domain/calendar/calendar.ts';
import type { Span } from '../domain/calendar/span.ts';
import { definedZone, ianaZone, type LocalZone } from './local-zone.ts';
import { oneLine } from './one-line.ts';

/** One event, or one time of a recurring one, in instants (milliseconds). */
export interface Occurrence extends Span {
  readonly summary: string;
}

/** An event says something that cannot be understood, or leaves out what is needed. */
export class EventError extends Error {}

/** An event goes on longer than anyone follows it. */
export class EndlessError extends Error {}

/** Steps of one recurrence rule: a daily event of half a century. */
const MOST_STEPS = 20_000;
const DAY_MS = 24 * 60 * 60_000;
/** No wall clock is further from UTC. */
const MOST_OFFSET_MS = DAY_MS;

/**
 * Every occurrence within a span. Events that are cancelled do not take place. Whole days and times
 * without a zone are meant in `zone`.
 *
 * Throws `EventError` and `EndlessError`; the parser's errors for values that it cannot read.
 */
export function* occurrences(calendar: ICAL.Component, zone: string, within: Span): Generator<Occurrence> {
  const events = calendar.getAllSubcomponents('vevent').map((event) => readEvent(event, calendar, zone));
  const replaced = new Map<string, Set<number>>();
  for (const { uid, replaces } of events) {
    // Without an id nobody can tell whose occurrence is replaced: then none is.
    if (replaces === undefined || uid === '') continue;
    replaced.set(uid, (replaced.get(uid) ?? new Set()).add(replaces));
  }
  for (const event of events) {
    if (event.isCancelled) continue;
    const gone = event.replaces === undefined ? replaced.get(event.uid) : undefined;
    for (const wall of startsOf(event, within)) {
      const from = event.zone.startOf(wall);
      if (event.excluded.has(from) || gone?.has(from)) continue;
      const to = event.zone.endOf(plus(wall, event.lengthMs));
      if (from < within.to && to > within.from) yield { from, to, summary: event.summary };
    }
  }
}

interface CalendarEvent {
  readonly uid: string;
  readonly summary: string;
  readonly isCancelled: boolean;
  readonly zone: LocalZone;
  /** On the zone's wall clock. */
  readonly start: string;
  /** By the wall clock: a night from 22:00 to 06:00 ends at six when the clock changes, too. */
  readonly lengthMs: number;
  readonly rule: ICAL.Recur | undefined;
  /** Further starts on the wall clock. */
  readonly more: readonly string[];
  /** Starts that do not take place. */
  readonly excluded: ReadonlySet<number>;
  /** The start of another event's occurrence that this one stands for. */
  readonly replaces: number | undefined;
}

function readEvent(event: ICAL.Component, calendar: ICAL.Component, floating: string): CalendarEvent {
  const summary = textOf(event, 'summary') || 'an event without a name';
  const refuse = (what: string): never => {
    throw new EventError(`its event “${summary}” ${what}`);
  };
  const zoneOf = (property: ICAL.Property): LocalZone => {
    const name = [property.getParameter('tzid') ?? []].flat()[0];
    if (rawOf(property).some((text) => text.endsWith('Z'))) return ianaZone('UTC');
    if (name === undefined) return ianaZone(floating);
    if (isZoneName(name)) return ianaZone(name);
    const definition = calendar
      .getAllSubcomponents('vtimezone')
      .find((candidate) => candidate.getFirstPropertyValue('tzid') === name);
    return definition ? definedZone(definition) : refuse('is in a time zone that nobody knows');
  };
  const instantsOf = (name: string): readonly number[] =>
    event
      .getAllProperties(name)
      .flatMap((property) => rawOf(property).map((text) => zoneOf(property).startOf(wallOf(text))));

  const [first] = event.getAllProperties('dtstart');
  if (!first) return refuse('has no start');
  const zone = zoneOf(first);
  const start = wallOf(rawOf(first)[0] ?? '');
  const [until] = event.getAllProperties('dtend');
  const [duration] = event.getAllProperties('duration');
  const lengthMs = until
    ? asUtc(zone.wallClock(zoneOf(until).startOf(wallOf(rawOf(until)[0] ?? '')))) - asUtc(start)
    : duration
      ? ICAL.Duration.fromString(rawOf(duration)[0] ?? '').toSeconds() * 1000
      : first.type === 'date'
        ? DAY_MS
        : refuse('has no end');
  if (!(lengthMs > 0)) return refuse('does not start before its end');

  const rules = event.getAllProperties('rrule').map((property) => property.getFirstValue());
  if (rules.length > 1) return refuse('has more than one recurrence rule');
  const [rule] = rules;
  if (rule !== undefined && !(rule instanceof ICAL.Recur)) return refuse('recurs by no rule');
  if (rule) endOnWallClock(rule, zone);
  if (event.getAllProperties('rdate').some(({ type }) => type === 'period')) {
    return refuse('recurs in periods of their own length, which is not understood');
  }
  const [recurrence] = event.getAllProperties('recurrence-id');
  if (recurrence?.getParameter('range')) {
    return refuse('changes all later ones (THISANDFUTURE), which is not understood');
  }
  return {
    uid: textOf(event, 'uid'),
    summary,
    isCancelled: textOf(event, 'status').toUpperCase() === 'CANCELLED',
    zone,
    start,
    lengthMs,
    rule,
    more: instantsOf('rdate').map((instant) => zone.wallClock(instant)),
    excluded: new Set(instantsOf('exdate')),
    replaces: instantsOf('recurrence-id')[0],
  };
}

/** The starts of an event on its wall clock, as far as they may matter to a span. */
function* startsOf(event: CalendarEvent, within: Span): Generator<string> {
  const { start, rule, lengthMs, more } = event;
  const first = within.from - lengthMs - MOST_OFFSET_MS;
  const last = within.to + MOST_OFFSET_MS;
  const matters = (wall: string) => asUtc(wall) >= first && asUtc(wall) <= last;
  const steps = rule?.iterator(ICAL.Time.fromDateTimeString(start));
  const starts = new Set([start, ...more].filter(matters));
  for (let step = 0; steps; step += 1) {
    if (step === MOST_STEPS) throw new EndlessError(`its event “${event.summary}” recurs too often`);
    const wall = steps.next()?.toString();
    if (wall === undefined || asUtc(wall) > last) break;
    if (matters(wall)) starts.add(wall);
  }
  yield* starts;
}

/** A rule counts on the wall clock, and its end may be written as an instant or as a day, which is included. */
function endOnWallClock(rule: ICAL.Recur, zone: LocalZone): void {
  if (!rule.until) return;
  const until = rule.until.toString();
  const wall = rule.until.isDate
    ? `${until}T23:59:59`
    : until.endsWith('Z')
      ? zone.wallClock(Date.parse(until))
      : until;
  rule.until = ICAL.Time.fromDateTimeString(wall);
}

/** The values of a property as the parser's texts: `2026-12-24`, `2026-12-24T18:00:00Z`. */
const rawOf = (property: ICAL.Property): readonly string[] => property.toJSON().slice(3).map(String);

/** A day starts at midnight; a time loses its `Z`, which its zone says already. */
function wallOf(text: string): string {
  const wall = (text.includes('T') ? text : `${text}T00:00:00`).replace(/Z$/, '');
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(wall) || Number.isNaN(asUtc(wall))) {
    throw new EventError('one of its events has a time that is none');
  }
  return wall;
}

const asUtc = (wall: string): number => Date.parse(`${wall}Z`);

const plus = (wall: string, milliseconds: number): string =>
  new Date(asUtc(wall) + milliseconds).toISOString().slice(0, 19);

/** A line that a stranger wrote, and short. */
const textOf = (event: ICAL.Component, name: string): string =>
  oneLine(String(event.getFirstPropertyValue(name) ?? '')).slice(0, 200);
