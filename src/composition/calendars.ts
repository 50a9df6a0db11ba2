import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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

/** Writes a calendar into the job's temporary folder. Returns the absolute path of its folder. */
export const keepCalendar =
  ({ temporary }: Runner) =>
  async (name: string, content: string): Promise<string> => {
    const folder = join(temporary, 'airlock-calendars');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, name), content);
    return folder;
  };
