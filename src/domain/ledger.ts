import type { HotfixRecord } from './hotfix/settings.ts';
import { type Digest, type Release, type ReleaseIdentity, sameRelease } from './release.ts';
import type { BundleSize } from './size.ts';
import type { Verdict } from './verdict.ts';

/** What an entry records. GitHub shows it as the deployment's task. */
export type Task = 'deploy' | 'promote' | 'rollback';

/** Where the recorded work stands. */
export type EntryState = 'started' | 'staged' | 'succeeded' | 'superseded' | 'failed' | 'cancelled';

/** The versioned body of a ledger entry. Written once, before the mutation it announces. */
export interface EntryPayload {
  readonly schema: 1;
  /** What the entry is about: the release that is staged or takes the traffic; beside `foreign` the one that loses it. */
  readonly release: Release;
  /** The provider and its id for the deployment; absent while a `deploy` has not staged it yet. */
  readonly target: { readonly provider: string; readonly deploymentId?: string };
  /** What was live before: where a rollback would go. */
  readonly previous?: ReleaseIdentity & { readonly deploymentId: string };
  /** Migrations this run applied, in order. */
  readonly migrations: readonly string[];
  /** Verdicts that let this through, by the check that gave them. */
  readonly verdicts: Readonly<Record<string, Verdict>>;
  readonly run: { readonly id: string; readonly attempt: number; readonly url: string };
  readonly actor: string;
  readonly approvers: readonly string[];
  /** Names of the gates that were not open, and that somebody’s override opened. */
  readonly overridden?: readonly string[];
  /** Why, for a rollback. */
  readonly reason?: string;
  /** For a rollback: the entry whose release it undoes. */
  readonly undoes?: string;
  /** For a rollback: that what it left was found bad, and stays out everywhere until somebody releases it. */
  readonly condemns?: true;
  /**
   * For a rollback to what somebody else than Airlock had put there: how that is called. It is no release,
   * so the entry is filed under the one that is undone and says nothing good of it.
   */
  readonly foreign?: { readonly version: string; readonly commit: string };
  /** For a deploy: what the build weighs. */
  readonly sizes?: readonly BundleSize[];
  /** For a preview: number of its pull request. */
  readonly pullRequest?: number;
  /** For a release that took the short way: what that was. */
  readonly hotfix?: HotfixRecord;
}

export interface NewEntry {
  readonly task: Task;
  readonly environment: string;
  readonly payload: EntryPayload;
}

export interface LedgerEntry extends NewEntry {
  readonly id: string;
  readonly state: EntryState;
  /** When it was opened and when its state last changed, ISO 8601 in UTC. */
  readonly openedAt: string;
  readonly changedAt: string;
}

/** Which state may follow which. `succeeded → failed` is a release found bad after it went live. */
const NEXT: Readonly<Record<EntryState, readonly EntryState[]>> = {
  started: ['staged', 'succeeded', 'superseded', 'failed', 'cancelled'],
  staged: ['superseded', 'failed', 'cancelled'],
  succeeded: ['superseded', 'failed'],
  superseded: ['failed'],
  failed: [],
  cancelled: [],
};

/** Whether an entry may go from one state to another. Staying where it is is always allowed: reruns do. */
export const mayBecome = (from: EntryState, to: EntryState): boolean =>
  from === to || NEXT[from].includes(to);

/** Whether nothing more will happen to an entry by its own run. */
export const isSettled = (state: EntryState): boolean => state !== 'started' && state !== 'staged';

/** Whether the entry recorded that something took an environment's traffic. */
export const tookTraffic = (entry: LedgerEntry): boolean =>
  entry.task === 'promote' || entry.task === 'rollback';

/** Whether it was the entry's release that took the traffic, and not what somebody else had put there. */
export const isActivation = (entry: LedgerEntry): boolean =>
  tookTraffic(entry) && entry.payload.foreign === undefined;

/**
 * Whether a target that makes live what it stages did so with the release of this entry: another one was
 * live when its staging began.
 */
export const wentLiveByItself = ({ task, payload }: LedgerEntry, live: ReleaseIdentity): boolean =>
  task === 'deploy' && payload.previous !== undefined && sameRelease(payload.release, live);

/** What takes the traffic by an entry, in a person's words. */
export const nameOf = ({ foreign, release }: EntryPayload): string => (foreign ?? release).version;

/** Whether the entry recorded an activation that passed its checks and was not found bad since. */
const wentWell = (entry: LedgerEntry): boolean =>
  isActivation(entry) && (entry.state === 'succeeded' || entry.state === 'superseded');

/** Whether two entries speak of the same thing: the same release, or only the same files. */
type Sameness = (one: ReleaseIdentity, other: ReleaseIdentity) => boolean;

const sameFiles: Sameness = (one, other) => one.digest !== undefined && one.digest === other.digest;

/** What speaks against something that went well: of whom, and whose failure. */
interface Witness {
  readonly isSame: Sameness;
  readonly isTry: (entry: LedgerEntry) => boolean;
}

const OF_RELEASE: Witness = { isSame: sameRelease, isTry: isActivation };
/** Files that were staged once more and failed there are not proven any more, though they may still be live. */
const OF_FILES: Witness = {
  isSame: sameFiles,
  isTry: (entry) => isActivation(entry) || entry.task === 'deploy',
};

/**
 * Whether the release was found bad after an activation of it went well: another activation of it failed,
 * or somebody went back from it. By time, because a run that is run again goes on with the entry it opened
 * long ago; entries of one second stand in their order. When a superseded one passed is not known any more:
 * its opening stands for that, so that doubt condemns.
 */
function isCondemned(
  entries: readonly LedgerEntry[],
  good: LedgerEntry,
  index: number,
  { isSame, isTry }: Witness,
): boolean {
  const { release } = good.payload;
  const passedAt = good.state === 'succeeded' ? good.changedAt : good.openedAt;
  return entries.some((other, position) => {
    const { previous, release: its } = other.payload;
    const failed = isTry(other) && other.state === 'failed' && isSame(its, release);
    // Written before anything moves, so that a way back that was cut short condemns too.
    const wasLeft = other.task === 'rollback' && previous !== undefined && isSame(previous, release);
    const isLater = (time: string) => time > passedAt || (time === passedAt && position < index);
    return (failed && isLater(other.changedAt)) || (wasLeft && isLater(other.openedAt));
  });
}

/**
 * Every activation that passed its checks, of another release than the bad one, whose release nothing later
 * condemns. The one that is meant to be live comes first, then the newest: a run that was cut short and run
 * again may have been overtaken. By release and not "the previous run": the same bad release can stand in
 * the ledger twice.
 *
 * @param entries one environment's entries, newest first
 */
export function goodActivations(
  entries: readonly LedgerEntry[],
  bad: ReleaseIdentity | undefined,
): readonly LedgerEntry[] {
  const good = entries.filter(
    (entry, index) =>
      wentWell(entry) &&
      !(bad && sameRelease(entry.payload.release, bad)) &&
      !isCondemned(entries, entry, index, OF_RELEASE),
  );
  const current = good.find(({ state }) => state === 'succeeded');
  return current ? [current, ...good.filter((entry) => entry !== current)] : good;
}

/** The release that a rollback goes back to, wherever it is. */
export const lastGood = (
  entries: readonly LedgerEntry[],
  bad: ReleaseIdentity | undefined,
): LedgerEntry | undefined => goodActivations(entries, bad)[0];

/** Whether this release went live in the environment with passing checks and still stands as good. */
export const isGood = (entries: readonly LedgerEntry[], release: ReleaseIdentity): boolean =>
  goodActivations(entries, undefined).some(({ payload }) => sameRelease(payload.release, release));

/**
 * The newest activation that proves these files: it passed its checks, and nothing since found them bad,
 * whatever they were called. A failure of the same files under any name condemns them all, also while they
 * are staged and checked anew.
 *
 * @param entries one environment's entries, newest first
 */
export const proofOf = (entries: readonly LedgerEntry[], digest: Digest): LedgerEntry | undefined =>
  entries.find(
    (entry, index) =>
      wentWell(entry) &&
      entry.payload.release.digest === digest &&
      !isCondemned(entries, entry, index, OF_FILES),
  );

/** Whether these files went live in the environment with passing checks and still stand as good. */
export const isProven = (entries: readonly LedgerEntry[], digest: Digest): boolean =>
  proofOf(entries, digest) !== undefined;

/** The activation that passed its checks last, be its release live still or found bad since. */
export const lastPassed = (entries: readonly LedgerEntry[]): LedgerEntry | undefined =>
  entries.find((entry) => isActivation(entry) && entry.state === 'succeeded') ?? entries.find(wentWell);
