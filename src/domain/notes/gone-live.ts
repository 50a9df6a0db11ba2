import { goodActivations, type LedgerEntry } from '../ledger.ts';
import { type ReleaseIdentity, sameRelease } from '../release.ts';

/** A hotfix that was live, as the notes of the next normal release name it. */
export interface PastHotfix {
  readonly version: string;
  /** Why it went past staging, where two people said so. */
  readonly emergency: string | undefined;
  /** Why it was taken back, or that nobody said; absent where it was not. */
  readonly takenBack: string | undefined;
}

/** What the ledger says of a release that went live, and of what came before it. */
export interface GoneLive {
  readonly entry: LedgerEntry;
  /** What was live until then; absent for the first one. */
  readonly previous: ReleaseIdentity | undefined;
  /** Hotfixes since the last normal release, newest first; none in the notes of a hotfix. */
  readonly hotfixes: readonly PastHotfix[];
  /** Version of that last normal release. */
  readonly since: string | undefined;
}

/** Whether an entry made its release live with passing checks, and nobody found it bad since. */
const isGood = (entries: readonly LedgerEntry[], entry: LedgerEntry): boolean =>
  entry.task === 'promote' && goodActivations(entries, undefined).includes(entry);

/**
 * The release that a run made live.
 *
 * @param entries one environment's entries of one app, newest first
 */
export const liveByRun = (entries: readonly LedgerEntry[], runId: string): LedgerEntry | undefined =>
  entries.find((entry) => entry.payload.run.id === runId && isGood(entries, entry));

/** The newest release of that version that went live; `v` in front of it is left out. */
export const liveByVersion = (entries: readonly LedgerEntry[], version: string): LedgerEntry | undefined =>
  entries.find((entry) => isVersion(entry, version) && isGood(entries, entry));

/** Whether that version was tried, though it did not stay. */
export const wasTried = (entries: readonly LedgerEntry[], version: string): boolean =>
  entries.some((entry) => entry.task === 'promote' && isVersion(entry, version));

const isVersion = ({ payload }: LedgerEntry, version: string): boolean =>
  payload.release.version === version.replace(/^v(?=\d)/, '');

/** Whether these entries reach far enough back to tell of one of them what came before it. */
export const reachesBehind = (entries: readonly LedgerEntry[], entry: LedgerEntry): boolean =>
  lastNormal(entries, entry) !== undefined;

/** Tells of an entry what came before it. */
export function goneLive(entries: readonly LedgerEntry[], entry: LedgerEntry): GoneLive {
  const normal = lastNormal(entries, entry);
  const between = olderThan(entries, entry).slice(0, normal && olderThan(entries, entry).indexOf(normal));
  return {
    entry,
    previous: previousOf(entries, entry),
    hotfixes: entry.payload.hotfix === undefined ? hotfixesAmong(between, entries) : [],
    since: normal?.payload.release.version,
  };
}

const olderThan = (entries: readonly LedgerEntry[], entry: LedgerEntry): readonly LedgerEntry[] =>
  entries.slice(entries.indexOf(entry) + 1);

const wentLive = ({ task, state }: LedgerEntry): boolean =>
  task === 'promote' && (state === 'succeeded' || state === 'superseded');

const lastNormal = (entries: readonly LedgerEntry[], entry: LedgerEntry): LedgerEntry | undefined =>
  olderThan(entries, entry).find(
    (older) =>
      wentLive(older) &&
      older.payload.hotfix === undefined &&
      !sameRelease(older.payload.release, entry.payload.release),
  );

/** As the entry itself says; a run that was cut short and run again found its own release live. */
function previousOf(entries: readonly LedgerEntry[], entry: LedgerEntry): ReleaseIdentity | undefined {
  const { previous, release } = entry.payload;
  if (previous !== undefined && !sameRelease(previous, release)) return previous;
  const others = olderThan(entries, entry).filter(
    (older) => wentLive(older) && !sameRelease(older.payload.release, release),
  );
  return others[0]?.payload.release;
}

/** One that failed was live where somebody had to go back from it; one that is live twice is told once. */
function hotfixesAmong(
  between: readonly LedgerEntry[],
  entries: readonly LedgerEntry[],
): readonly PastHotfix[] {
  const seen = new Set<string>();
  return between.flatMap((entry) => {
    const { release, hotfix } = entry.payload;
    const back = entries.find(({ task, payload }) => task === 'rollback' && payload.undoes === entry.id);
    if (entry.task !== 'promote' || hotfix === undefined || !(wentLive(entry) || back)) return [];
    if (seen.has(release.digest)) return [];
    seen.add(release.digest);
    const { emergency } = hotfix;
    return [{ version: release.version, emergency, takenBack: back && (back.payload.reason ?? '') }];
  });
}
