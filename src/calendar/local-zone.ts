import ICAL from 'ical.js';
import { endOf, startOf, wallClock } from '../domain/calendar/zone.ts';

/**
 * The zone of a date in a calendar file. Wall clock times are texts without offset, such as
 * `2026-12-24T18:00:00`; instants are milliseconds.
 */
export interface LocalZone {
  startOf(wall: string): number;
  /** Differs from `startOf` for a time that comes twice. */
  endOf(wall: string): number;
  wallClock(instant: number): string;
}

/** A zone by its IANA name. Throws `RangeError` for an unknown one when it is used. */
export const ianaZone = (name: string): LocalZone => ({
  startOf: (wall) => startOf(wall, name),
  endOf: (wall) => endOf(wall, name),
  wallClock: (instant) => wallClock(instant, name),
});

/** A zone that the file itself defines, such as Outlook's `W. Europe Standard Time`. */
export function definedZone(definition: ICAL.Component): LocalZone {
  const zone = new ICAL.Timezone(definition);
  const instantOf = (wall: string): number => {
    const time = ICAL.Time.fromDateTimeString(wall);
    time.zone = zone;
    return time.toUnixTime() * 1000;
  };
  return {
    startOf: instantOf,
    endOf: instantOf,
    wallClock: (instant) => ICAL.Time.fromJSDate(new Date(instant), true).convertToZone(zone).toString(),
  };
}
