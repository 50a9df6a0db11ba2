import type { LedgerEntry } from './ledger.ts';
import { type Digest, shortDigest } from './release.ts';

/** What somebody says of an environment, of a release, or of a gate. */
export type ControlKind = 'lock' | 'unlock' | 'hold' | 'release' | 'override';

/** And that somebody asked by a comment for a commit to be deployed, which holds and opens nothing. */
export type RecordKind = ControlKind | 'deploy';

/**
 * The versioned body of a control entry. It speaks of no activation and names no release as one that went
 * anywhere, so no reader of activations can take it for one.
 */
export interface ControlPayload {
  readonly schema: 1;
  readonly control: RecordKind;
  readonly app: string;
  /** Full commit SHA of the run that wrote it, or that is to be deployed: GitHub files a record under a commit. */
  readonly commit: string;
  /** The files that are held, released or let through. Absent: whatever would enter the environment. */
  readonly digest?: Digest;
  /** What people call these files. */
  readonly version?: string;
  /** For an override: the gate that it opens. */
  readonly gate?: string;
  readonly reason: string;
  /** When it ends by itself, ISO 8601 in UTC. An override always has one. */
  readonly until?: string;
  /** Entries that no longer count from here on. By id and not by time: clocks differ. */
  readonly lifts: readonly string[];
  readonly run: { readonly id: string; readonly attempt: number; readonly url: string };
  readonly actor: string;
  /** A second person who answers for it, where one was named. */
  readonly second?: string;
  /** GitHub's id of the comment that said it, where one did: it says it once. */
  readonly comment?: number;
}

export interface NewControl {
  readonly environment: string;
  readonly payload: ControlPayload;
}

export interface ControlEntry extends NewControl {
  readonly id: string;
  /** When it was written, ISO 8601 in UTC. */
  readonly at: string;
}

/** A way back that says that what it left was bad. It holds that only when it was gone to its end. */
export type WayBackRecord = Pick<LedgerEntry, 'id' | 'environment' | 'openedAt' | 'payload'>;

/** All that holds are derived from, of a whole repository. */
export interface HoldRecord {
  readonly controls: readonly ControlEntry[];
  /** Whether or not they were gone to their end: that is asked of those alone on which something depends. */
  readonly waysBack: readonly WayBackRecord[];
}

/** Something that keeps releases out now. */
export interface Hold {
  /** The entry that it stands in: what an `unlock` or `release` lifts. */
  readonly id: string;
  /** An environment is locked, or a release is held: by a person, or because it was gone back from. */
  readonly kind: 'lock' | 'hold' | 'rollback';
  /** What is locked, or where the release was held: it is held everywhere. */
  readonly environment: string;
  /** The files that are held; absent for a lock. */
  readonly digest?: Digest;
  readonly version?: string;
  readonly reason: string;
  readonly by: string;
  /** ISO 8601 in UTC. */
  readonly since: string;
  readonly until?: string;
  readonly run: string;
}

/** A gate that was opened for a time, by whom and why. */
export interface Override {
  readonly id: string;
  readonly gate: string;
  readonly environment: string;
  readonly digest?: Digest;
  readonly reason: string;
  readonly by: string;
  readonly second?: string;
  readonly since: string;
  readonly until: string;
}

/**
 * What was locked or held and has not ended by itself, whether or not it was lifted since; the newest first.
 * A way back counts as one that was gone to its end.
 */
export function unended(record: HoldRecord, now: Date): readonly Hold[] {
  const said = record.controls.flatMap((entry) => holdOf(entry) ?? []);
  const implied = record.waysBack.flatMap((entry) => impliedHold(entry) ?? []);
  return [...said, ...implied]
    .filter(({ until }) => !hasEnded(until, now))
    .sort((one, other) => (one.since < other.since ? 1 : -1));
}

/**
 * What keeps releases of an app out at this moment, the newest first, if every way back was gone to its end.
 * Whoever holds something holds it for every app of the repository; whoever lifts it lifts it for their own.
 *
 * @param disbelieved ids of entries that lift nothing, whatever they say
 */
export function holdsIn(
  record: HoldRecord,
  app: string,
  now: Date,
  disbelieved: ReadonlySet<string> = new Set(),
): readonly Hold[] {
  const lifted = new Set(
    record.controls.flatMap(({ id, payload }) =>
      payload.app === app && !disbelieved.has(id) ? payload.lifts : [],
    ),
  );
  return unended(record, now).filter(({ id }) => !lifted.has(id));
}

function holdOf({ id, environment, at, payload }: ControlEntry): Hold | undefined {
  const { control, digest, version, reason, until, actor, run } = payload;
  if (control !== 'lock' && control !== 'hold') return undefined;
  return {
    id,
    kind: control,
    environment,
    ...(digest === undefined ? {} : { digest }),
    ...(version === undefined ? {} : { version }),
    reason,
    by: actor,
    since: at,
    ...(until === undefined ? {} : { until }),
    run: run.url,
  };
}

/** What was gone back from because it was bad stays out until somebody says why it may come again. */
function impliedHold({ id, environment, openedAt, payload }: WayBackRecord): Hold | undefined {
  const { previous, condemns, actor, reason = 'rolled back', run } = payload;
  if (!condemns || previous?.digest === undefined) return undefined;
  const { digest, version } = previous;
  return {
    id,
    kind: 'rollback',
    environment,
    digest,
    version,
    reason,
    by: actor,
    since: openedAt,
    run: run.url,
  };
}

/** What keeps this release out of this environment. A recovery does not ask. */
export const holdsOn = (holds: readonly Hold[], environment: string, digest: Digest): readonly Hold[] =>
  holds.filter((hold) => (hold.kind === 'lock' ? hold.environment === environment : hold.digest === digest));

/** Overrides that open a gate of this environment for this release of an app now, the one that lasts longest first. */
export const overridesOf = (
  controls: readonly ControlEntry[],
  { app, environment, digest }: { app: string; environment: string; digest: Digest | undefined },
  now: Date,
): readonly Override[] =>
  overridesIn(controls, app, now).filter(
    (one) => one.environment === environment && (one.digest === undefined || one.digest === digest),
  );

/** Longest time for which a gate is opened, by when it was said. */
export const LONGEST_OVERRIDE_MS = 7 * 86_400_000;

/** Every override of an app that stands at this moment, the one that lasts longest first. */
export function overridesIn(controls: readonly ControlEntry[], app: string, now: Date): readonly Override[] {
  const lifted = new Set(controls.flatMap(({ payload }) => payload.lifts));
  return controls
    .flatMap(({ id, environment, at, payload }): Override[] => {
      const { control, gate, digest, reason, actor, second } = payload;
      if (control !== 'override' || gate === undefined || payload.app !== app) return [];
      // One without an end would be a change of the rules, which belongs into airlock.yml.
      const end = Math.min(Date.parse(payload.until ?? ''), Date.parse(at) + LONGEST_OVERRIDE_MS);
      if (lifted.has(id) || !(end > now.getTime())) return [];
      const until = new Date(end).toISOString();
      return [
        {
          id,
          gate,
          environment,
          ...(digest === undefined ? {} : { digest }),
          reason,
          by: actor,
          ...(second === undefined ? {} : { second }),
          since: at,
          until,
        },
      ];
    })
    .sort((one, other) => Date.parse(other.until) - Date.parse(one.until));
}

/** The end is no part of it. A time that cannot be read never comes: who held something meant it. */
const hasEnded = (until: string | undefined, now: Date): boolean =>
  until !== undefined && Date.parse(until) <= now.getTime();

/** One line for a person: what is held, by whom, since and until when, and why. */
export function describeHold({ kind, environment, digest, version, by, since, until, reason }: Hold): string {
  const files = digest === undefined ? '' : `sha256:${shortDigest(digest)}`;
  const release = version === undefined ? files : `${version} (${files})`;
  const what = {
    lock: `${environment} is locked by ${by}`,
    hold: `${release} is held by ${by}`,
    rollback: `${release} was taken back from ${environment} by ${by}, and is held everywhere`,
  }[kind];
  return `${what}, since ${since}${until === undefined ? '' : `, until ${until}`}: ${reason}`;
}
