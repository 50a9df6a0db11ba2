import type {
  Calendar,
  CalendarSettings,
  Freeze,
  FreezeSource,
  GuardedVerb,
} from '../domain/calendar/calendar.ts';
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

/**
 * The configured calendar with the freezes that other calendars have for these verbs. What is for other
 * verbs is not read: a calendar that fails shuts only what it is for. Nobody reads for a rollback.
 *
 * @param within instants (milliseconds) that are of interest: up to `HORIZON_MS` ahead for a question
 * @throws Failure of the first calendar that cannot be read
 */
export async function readCalendar(
  settings: CalendarSettings,
  verbs: readonly GuardedVerb[],
  files: CalendarFiles,
  within: Span,
  signal: AbortSignal,
): Promise<Calendar> {
  const { sources, ...calendar } = settings;
  const read = await Promise.all(
    sources
      .filter((source) => source.verbs.some((verb) => verbs.includes(verb)))
      .map((source) => files.read(source, calendar.zone, within, signal)),
  );
  return { ...calendar, freezes: [...calendar.freezes, ...read.flat()] };
}
