import { calendarFiles } from '../calendar/calendar-files.ts';
import type { CalendarFiles } from '../ports/calendar.ts';
import { httpProber } from '../probes/http.ts';
import type { Runner } from '../runner/runner.ts';

/** Calendars of the checked-out repository and of other people. Not in the index: few bundles should carry it. */
export const openCalendars = (runner: Runner): CalendarFiles =>
  calendarFiles({
    prober: httpProber,
    folder: runner.workspace,
    variable: (name) => runner.variables[name],
    mask: (secret) => runner.log.mask(secret),
  });
