import { Temporal } from 'temporal-polyfill';
import type { Moment } from './calendar.ts';
import type { Span } from './span.ts';

/**
 * All that the calendar knows about time zones, and the only place that asks the date library. Instants
 * are milliseconds since 1970.
 */

/** A time in which a zone's clock is not put forward or back, with its distance from UTC in milliseconds. */
export interface Stretch extends Span {
  readonly offset: number;
}

/** A span of instants cut where the zone's clock changes. Throws `RangeError` for an unknown zone. */
export function stretches(zone: string, span: Span): readonly Stretch[] {
  const result: Stretch[] = [];
  let here: Temporal.ZonedDateTime | null = at(span.from, zone);
  while (here && here.epochMilliseconds < span.to) {
    const next: Temporal.ZonedDateTime | null = here.getTimeZoneTransition('next');
    result.push({
      from: here.epochMilliseconds,
      to: Math.min(next?.epochMilliseconds ?? span.to, span.to),
      offset: here.offsetNanoseconds / 1e6,
    });
    here = next;
  }
  return result;
}

/**
 * The first instant that belongs to a moment. A local time that comes twice starts at the first time; one
 * that the clock jumps over starts at the jump. Throws `RangeError` for what is no moment.
 */
export const startOf = (moment: Moment, zone: string): number =>
  instantOf(moment, zone, { localTime: 'earlier', days: 0 });

/**
 * The first instant after what ends with a moment. A local time that comes twice ends at the second; one
 * that the clock jumps over ends at the jump. Throws `RangeError` for what is no moment.
 */
export const endOf = (moment: Moment, zone: string): number =>
  instantOf(moment, zone, { localTime: 'later', days: 1 });

/** What a clock in the zone shows, without offset: `2026-12-24T18:00:00`. */
export const wallClock = (instant: number, zone: string): string =>
  at(instant, zone).toPlainDateTime().toString();

function instantOf(
  moment: Moment,
  zone: string,
  edge: { readonly localTime: 'earlier' | 'later'; readonly days: 0 | 1 },
): number {
  if (moment.endsWith('Z')) return Temporal.Instant.from(moment).epochMilliseconds;
  if (!moment.includes('T')) {
    return Temporal.PlainDate.from(moment).add({ days: edge.days }).toZonedDateTime(zone).epochMilliseconds;
  }
  const local = Temporal.PlainDateTime.from(moment);
  const zoned = local.toZonedDateTime(zone, { disambiguation: edge.localTime });
  if (zoned.toPlainDateTime().equals(local)) return zoned.epochMilliseconds;
  // The earlier reading of a time in a gap lies before the jump.
  const before = local.toZonedDateTime(zone, { disambiguation: 'earlier' });
  return (before.getTimeZoneTransition('next') ?? zoned).epochMilliseconds;
}

const at = (instant: number, zone: string): Temporal.ZonedDateTime =>
  Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone);
