import type { Deployment, Observed } from '../deployment.ts';
import { goodActivations, type LedgerEntry, tookTraffic, wentLiveByItself } from '../ledger.ts';
import { type ReleaseIdentity, sameRelease } from '../release.ts';
import { type Identity, isIt, type RollbackQuestion } from './question.ts';

/** What a rollback undoes: what is to go, and whether the run that asks is the one to blame. */
export interface Undone {
  /** The run's earlier tries, newest first. */
  readonly begun: readonly LedgerEntry[];
  /** Whether a release is given, be it met by visitors or not. */
  readonly isGiven: boolean;
  /** What visitors are to be taken away from; nothing where the given one is not met any more. */
  readonly bad: Deployment | undefined;
  /** Whether this run tried to make it live, and did not leave it good. */
  readonly isOwn: boolean;
}

export function findUndone(question: RollbackQuestion): Undone {
  const { observed } = question;
  const begun = ownWaysBack(question);
  const undo = toUndo(question, begun);
  const isGiven = question.undo !== undefined || undo !== undefined;
  const bad = isGiven
    ? undo && observed.deployments.find((one) => isMet(observed, one) && isIt(one, undo))
    : newcomer(question);
  return { begun, isGiven, bad, isOwn: isOwnDoing(question, undo) };
}

/** What earlier tries of this run recorded, newest first. */
const ownWaysBack = ({ entries, runId }: RollbackQuestion): readonly LedgerEntry[] =>
  entries.filter(({ task, payload }) => task === 'rollback' && payload.run.id === runId);

/**
 * The release to undo, where one is given: by this run's own promotion of these files, or its own earlier
 * try. Else by what takes traffic, a newcomer first: the same files may be live as another release.
 */
function toUndo(
  { undo, observed, entries, runId }: RollbackQuestion,
  begun: readonly LedgerEntry[],
): Identity | undefined {
  const previous = begun[0]?.payload.previous;
  if (undo === undefined) return previous;
  const promoted = entries.find(
    ({ task, payload }) => task === 'promote' && payload.run.id === runId && payload.release.digest === undo,
  );
  const known = promoted?.payload.release ?? (previous?.digest === undo ? previous : undefined);
  const { live, deployments } = observed;
  const taking = deployments.filter((one) => isMet(observed, one) && one.digest === undo);
  return known ?? taking.find(({ id }) => id !== live?.id) ?? taking[0];
}

/**
 * Whether this run tried to make the release live, by the entry that promote opens before it activates
 * anything, or its target did so with what was staged; and did not leave it good: passed by an earlier
 * attempt, say, or live from an earlier run.
 */
function isOwnDoing(
  { entries, observed, runId }: RollbackQuestion,
  undo: ReleaseIdentity | undefined,
): boolean {
  const { live } = observed;
  const tried = entries.some(
    (entry) =>
      entry.payload.run.id === runId &&
      (entry.task === 'promote' ||
        (live && undo && sameRelease(live, undo) && wentLiveByItself(entry, live))),
  );
  const [current] = goodActivations(entries, undefined);
  const stands = undo && current?.state === 'succeeded' && sameRelease(current.payload.release, undo);
  return tried && !stands;
}

/** Whether visitors meet it, or are about to. */
const isMet = ({ unsettled }: Observed, { id, weight }: Deployment): boolean =>
  weight > 0 || id === unsettled?.id;

const isSettledWell = ({ state }: LedgerEntry): boolean => state === 'succeeded' || state === 'superseded';

/**
 * A canary that takes a part of the traffic, or what the last promotion asked for and is not wholly there;
 * else what is live. What somebody pointed an address at long ago is neither.
 */
function newcomer({ observed, entries }: RollbackQuestion): Deployment | undefined {
  const { live, unsettled, deployments } = observed;
  const canary = deployments.find(({ id, weight }) => weight > 0 && id !== live?.id);
  // A way back that was cut short leaves the promotion before it as it was.
  const last = entries.find((one) => tookTraffic(one) && (one.task === 'promote' || isSettledWell(one)));
  const isAsked = last?.task === 'promote' && unsettled && sameRelease(last.payload.release, unsettled);
  return canary ?? (isAsked ? unsettled : live);
}
