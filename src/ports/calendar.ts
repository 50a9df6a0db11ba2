import type { Calendar, Freeze, FreezeSource } from '../domain/calendar/calendar.ts';
import type { Span } from '../domain/calendar/span.ts';

/** Calendars as files that other programs write and read: iCalendar, RFC 5545. */
export interface CalendarFiles {
  /**
   * The events of a calendar as freezes, as far as they lie within a span of instants (milliseconds).
   *
   * @param zone IANA name of the zone in which whole days and times without a zone are meant
   * @throws Failure CALENDAR_UNREACHABLE, CALENDAR_UNREADABLE, CALENDAR_TOO_LARGE: nobody can tell then
   *   whether there is a freeze, and that is not the same as none
   */
  read(source: FreezeSource, zone: string, within: Span, signal: AbortSignal): Promise<readonly Freeze[]>;

  /** The open times and the freezes of a calendar as an ICS file for people's own calendars. */
  render(calendar: Calendar, sheet: CalendarSheet): string;
}

export interface CalendarSheet {
  /** Whose calendar it is: the environment, with the app where several are shown together. */
  readonly name: string;
  /** Instants (milliseconds) that the file covers. */
  readonly within: Span;
  /** When it is made. */
  readonly now: Date;
}
