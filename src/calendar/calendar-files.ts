import type { CalendarFiles } from '../ports/calendar.ts';
import { type Fetching, fetchCalendar } from './fetch.ts';
import { importFreezes } from './import.ts';
import { renderCalendar } from './render.ts';

/** iCalendar files from the checked-out repository and over https. */
export const calendarFiles = (fetching: Fetching): CalendarFiles => ({
  async read(source, zone, within, signal) {
    return importFreezes(await fetchCalendar(source, fetching, signal), source.verbs, zone, within);
  },
  render: renderCalendar,
});
