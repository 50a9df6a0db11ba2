import { Failure } from '../domain/failure.ts';

/** A calendar came, and it is not one, or one that cannot be understood wholly. */
export const unreadable = (calendar: string, what: string, cause?: unknown): Failure =>
  new Failure(
    'CALENDAR_UNREADABLE',
    `Whether there is a freeze cannot be told: ${calendar} ${what}.`,
    'Mend the calendar, or take it out of `freezes-from` in airlock.yml.',
    cause === undefined ? {} : { cause },
  );

/** A calendar is more than anybody freezes by hand. */
export const tooLarge = (calendar: string, what: string): Failure =>
  new Failure(
    'CALENDAR_TOO_LARGE',
    `Whether there is a freeze cannot be told: ${calendar} ${what}.`,
    'Give the freezes a calendar of their own, and let their events not recur more often than daily.',
  );
