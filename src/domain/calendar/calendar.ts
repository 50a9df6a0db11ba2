/** Monday first, as ISO 8601 counts. */
export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** What a calendar can hold back. */
export const GUARDED_VERBS = ['deploy', 'promote', 'hotfix'] as const;
export type GuardedVerb = (typeof GUARDED_VERBS)[number];

/** What somebody wants to do. A rollback is recovery, and no calendar ever holds recovery back. */
export type Verb = GuardedVerb | 'rollback';

/** Windows and freezes that name no verbs are for these: a hotfix is held back only where it is named. */
export const USUAL_VERBS: readonly GuardedVerb[] = ['deploy', 'promote'];

/** When an environment may be changed. A verb that no window names may go at any hour. */
export interface Calendar {
  /** IANA name of the time zone in which windows and freezes are meant. */
  readonly zone: string;
  readonly windows: readonly WeeklyWindow[];
  /** A freeze wins over every window. */
  readonly freezes: readonly Freeze[];
}

/** Open whenever the wall clock of the zone shows a time inside, on these days. */
export interface WeeklyWindow {
  readonly days: readonly Weekday[];
  /** Minutes since midnight, 0 to 1439: the first that is open. */
  readonly fromMinute: number;
  /** Minutes since the midnight before `fromMinute`: the first that is shut again. Over 1440 after midnight. */
  readonly toMinute: number;
  readonly verbs: readonly GuardedVerb[];
}

export interface Freeze {
  readonly from: Moment;
  readonly to: Moment;
  readonly why: string;
  readonly verbs: readonly GuardedVerb[];
}

/**
 * A moment as ISO 8601 text: `2026-12-24` is the whole local day, as a start its first instant and as an
 * end the first instant of the day after; `2026-12-24T18:00` is local time, as an end exclusive;
 * `2026-12-24T17:00:00Z` is an instant.
 */
export type Moment = string;

/** Where more freezes are read from. */
export type FreezeSource = {
  readonly verbs: readonly GuardedVerb[];
} & (
  | { readonly kind: 'file' /** Relative to the repository. */; readonly path: string }
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'variable' /** Environment variable with the address. */; readonly variable: string }
);

/** A calendar as it is configured: some freezes still have to be read. */
export interface CalendarSettings extends Calendar {
  readonly sources: readonly FreezeSource[];
}

/**
 * Whether this is the IANA name of a time zone that the platform knows. A distance such as `+01:00` is
 * none: it does not know when clocks are put forward.
 */
export function isZoneName(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Whether a verb may go. */
export type CalendarAnswer =
  /** `until` is the first instant that is shut again; absent when none is in sight. */
  | { readonly state: 'open'; readonly until?: Date }
  /** `why` is told to people; `opensAt` is the first open instant, absent when none is within 400 days. */
  | { readonly state: 'shut'; readonly why: string; readonly opensAt?: Date };
