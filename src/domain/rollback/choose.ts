import { type Deployment, isForeign } from '../deployment.ts';
import { isActivation, type LedgerEntry } from '../ledger.ts';
import { identityOf, type ReleaseIdentity, sameRelease } from '../release.ts';
import { goodDeployments, lastGoodDeployment, named, releaseOf } from './candidates.ts';
import {
  broughtBy,
  isIt,
  isKnown,
  type RollbackChoice,
  type RollbackQuestion,
  refusal,
  type WayBack,
} from './question.ts';
import { findUndone } from './undone.ts';

/** Decides what a rollback does, before it does anything. */
export function chooseRollback(question: RollbackQuestion): RollbackChoice {
  const { observed, entries, to } = question;
  const { live } = observed;
  const { begun, isGiven, bad, isOwn } = findUndone(question);
  if (question.automatic && !isOwn) return notNeeded(live);
  if (isGiven && !bad && (to === '' || begun.length > 0)) return finish(begun, live, entries);
  const target = to === '' ? lastGoodDeployment(question, bad) : named(question);
  if ('kind' in target) return target;
  if (target.id === live?.id && target.weight === 100 && observed.unsettled === undefined) {
    return {
      kind: 'refused',
      reason: 'ALREADY_LIVE',
      why: `${target.version} is live already`,
      next: 'Name another deployment, or leave `to` empty for the last good one.',
    };
  }
  // Asked for once more because something else is unsettled, what is live is not what is undone.
  const from = [bad, live].find((one) => one !== undefined && one.id !== target.id);
  const known = isKnown(target) ? target : from;
  if (!known || !isKnown(known)) {
    return refusal(
      'NOTHING_KNOWN',
      `Airlock made neither ${target.version} nor what is live, so there is nothing it could vouch for or record`,
      'Change it with the platform’s own tools, or release through the pipeline.',
    );
  }
  return {
    kind: 'go-back',
    from: from && { deploymentId: from.id, ...identityOf(from) },
    to: target,
    release: releaseOf(known, question),
    undoes: activationOf(entries, from),
  };
}

/** What a person is told of a deployment that somebody else made. */
export const NOT_OURS =
  'not put there by Airlock: nothing is known of its files; checked without its version';

/**
 * Where to go when the release that was chosen does not come back, or comes back and does not pass: to the
 * next good one before it that the target still has. Nowhere else than to the one that a person named, and
 * nowhere from what somebody else made, which is the last resort.
 */
export function nextOlder(question: RollbackQuestion, failed: WayBack): WayBack | undefined {
  if (question.to !== '' || isForeign(failed.to)) return undefined;
  const to = goodDeployments(question, failed.from).find((kept) => !sameRelease(kept, failed.to));
  return to && { ...failed, to, release: releaseOf(to, question) };
}

/** What an earlier try of this run made live is looked at once more, unless the run went back well. */
function finish(
  begun: readonly LedgerEntry[],
  live: Deployment | undefined,
  entries: readonly LedgerEntry[],
): RollbackChoice {
  const wentWell = begun[0]?.state === 'succeeded' || begun[0]?.state === 'superseded';
  const cutShort = begun.find(({ payload }) => live && isIt(live, broughtBy(payload)));
  if (!live || !cutShort || wentWell) return notNeeded(live);
  const { previous, release } = cutShort.payload;
  return { kind: 'go-back', from: previous, to: live, release, undoes: activationOf(entries, previous) };
}

const activationOf = (
  entries: readonly LedgerEntry[],
  release: ReleaseIdentity | undefined,
): LedgerEntry | undefined =>
  entries.find((entry) => isActivation(entry) && release && sameRelease(entry.payload.release, release));

const notNeeded = (live: Deployment | undefined): RollbackChoice => ({
  kind: 'not-needed',
  why: live ? `this run left nothing to undo, and ${live.version} stays live` : 'nothing was made live',
});
