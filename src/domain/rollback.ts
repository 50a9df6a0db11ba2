import { type Deployment, isForeign, type Observed } from './deployment.ts';
import {
  type EntryPayload,
  goodActivations,
  isActivation,
  isGood,
  type LedgerEntry,
  wentLiveByItself,
} from './ledger.ts';
import {
  type Digest,
  identityOf,
  type Release,
  type ReleaseIdentity,
  sameRelease,
  shortDigest,
} from './release.ts';

export interface RollbackQuestion {
  readonly app: string;
  readonly observed: Observed;
  /** The app's ledger entries of this environment, newest first. */
  readonly entries: readonly LedgerEntry[];
  /** Deployment id, version or digest that a person named; empty for the last good one. */
  readonly to: string;
  /** The release to undo; without it, whatever is live or on its way there. */
  readonly undo: Digest | undefined;
  /** The run that asks. Run again, it finishes what it began and begins nothing new. */
  readonly runId: string;
  /**
   * Whether a failure asks and not a person. Then only this run's own doing is undone: a release that it
   * did not try to activate, or that stands as good all the same, stays as it is.
   */
  readonly automatic: boolean;
}

export type RollbackChoice =
  | { readonly kind: 'not-needed'; readonly why: string }
  | {
      readonly kind: 'refused';
      readonly reason:
        | 'NO_LAST_GOOD'
        | 'TARGET_UNKNOWN'
        | 'TARGET_AMBIGUOUS'
        | 'NEVER_LIVE'
        | 'ALREADY_LIVE'
        | 'NOTHING_KNOWN';
      readonly why: string;
      readonly next: string;
    }
  | WayBack;

/** A deployment that Airlock made. */
type Known = Deployment & { readonly digest: Digest };

const isKnown = (deployment: Deployment): deployment is Known => deployment.digest !== undefined;

export interface WayBack {
  readonly kind: 'go-back';
  /** What is undone, as the ledger keeps it: also when an earlier try of this run took it away already. */
  readonly from: EntryPayload['previous'];
  readonly to: Deployment;
  /** What comes back; where somebody else made that, and nothing is known of it, the release that is undone. */
  readonly release: Release;
  /** The ledger entry that made the bad release live. */
  readonly undoes: LedgerEntry | undefined;
}

/** Decides what a rollback does, before it does anything. */
export function chooseRollback(question: RollbackQuestion): RollbackChoice {
  const { observed, entries, to } = question;
  const { live } = observed;
  const begun = ownWaysBack(question);
  const undo = toUndo(question, begun);
  const isGiven = question.undo !== undefined || undo !== undefined;
  const bad = isGiven
    ? undo && observed.deployments.find((one) => isMet(observed, one) && isIt(one, undo))
    : newcomer(question);
  if (question.automatic && !isOwnDoing(question, undo)) return notNeeded(live);
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
  const from = bad ?? live;
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

/** What tells a deployment from others: its release, or its id where nothing is known of that. */
type Identity = ReleaseIdentity & { readonly deploymentId?: string };

const isIt = (deployment: Deployment, meant: Identity): boolean =>
  isForeign(deployment)
    ? meant.digest === undefined && deployment.id === meant.deploymentId
    : sameRelease(deployment, meant);

/** What a rollback makes live, as its entry keeps it. */
const broughtBy = ({ foreign, release, target }: EntryPayload): Identity =>
  foreign ? { ...foreign, ...target } : release;

/** Whether visitors meet it, or are about to. */
const isMet = ({ unsettled }: Observed, { id, weight }: Deployment): boolean =>
  weight > 0 || id === unsettled?.id;

/**
 * A canary that takes a part of the traffic, or what the last promotion asked for and is not wholly there;
 * else what is live. What somebody pointed an address at long ago is neither.
 */
function newcomer({ observed, entries }: RollbackQuestion): Deployment | undefined {
  const { live, unsettled, deployments } = observed;
  const canary = deployments.find(({ id, weight }) => weight > 0 && id !== live?.id);
  const last = entries.find(({ task }) => task === 'promote')?.payload.release;
  return canary ?? (unsettled && last && sameRelease(last, unsettled) ? unsettled : live);
}

/**
 * The ledger knows which were good, and the first of them that the target still has is the one: beside a
 * canary that is the live one itself. Where the ledger knows none, what is live beside a canary is better
 * than the canary, and what somebody else had live is better than what is known to be bad. A canary beside
 * such a one never had its place to give to another.
 */
function lastGoodDeployment(question: RollbackQuestion, bad: Deployment | undefined): Deployment | Refusal {
  const { live } = question.observed;
  const beside = live && bad && live.id !== bad.id ? live : undefined;
  if (beside && isForeign(beside)) return beside;
  const [kept] = goodDeployments(question, bad);
  if (kept) return kept;
  if (live && isKnown(live) && !(bad && sameRelease(live, bad))) return live;
  const before = bad && isKnown(bad) && foreignBefore(question, bad);
  if (before) return before;
  return refusal(
    'NO_LAST_GOOD',
    `There is nothing to go back to${bad ? ` from ${bad.version}` : ''}: no earlier release that passed its checks is still on the target`,
    'Mend it forward with a new release, or name a deployment with `to`.',
  );
}

/** Deployments of good releases that the target still has, in the order to go back to them. */
const goodDeployments = (
  { observed, entries }: RollbackQuestion,
  bad: ReleaseIdentity | undefined,
): readonly Known[] =>
  goodActivations(entries, bad).flatMap(({ payload }) => {
    const same = observed.deployments
      .filter(isKnown)
      .filter((one) => sameRelease(one, payload.release) && one.state !== 'failed');
    // A release may be staged twice. The one that was live is the one to go back to: some targets take no other.
    const was = same.find(({ id }) => id === payload.target.deploymentId);
    return was ?? same.find(({ state }) => state !== 'staged') ?? same.slice(0, 1);
  });

/**
 * What somebody else had live before Airlock's promotions, as the newest of them recorded it. Only since
 * the last good release: what is older was left for something better.
 */
function foreignBefore(
  { observed, entries }: RollbackQuestion,
  bad: ReleaseIdentity,
): Deployment | undefined {
  const good = goodActivations(entries, bad);
  const since = entries.findIndex((entry) => good.includes(entry));
  return entries
    .slice(0, since === -1 ? entries.length : since)
    .flatMap(({ task, payload: { previous } }) => {
      const was = task === 'promote' && previous !== undefined && previous.digest === undefined;
      const isKept = (one: Deployment) => was && isIt(one, previous) && one.state !== 'failed';
      return observed.deployments.find(isKept) ?? [];
    })
    .at(0);
}

/** The deployment that a person named. Going back is no way around the gates: it must have been live. */
function named(question: RollbackQuestion): Deployment | Refusal {
  const { observed, to } = question;
  const version = to.replace(/^v(?=\d)/, '');
  const meant = observed.deployments.filter(
    ({ id, digest, version: itsVersion }) =>
      id === to ||
      [version, to].includes(itsVersion) ||
      (digest && [digest, shortDigest(digest)].includes(to)),
  );
  const known = meant.filter(isKnown);
  const byId = meant.filter(({ id }) => id === to);
  const [found, ...others] = [byId, known, meant].find(({ length }) => length > 0) ?? [];
  if (!found) {
    return refusal(
      'TARGET_UNKNOWN',
      `The target knows no deployment, version or digest "${to}"`,
      'Choose one from the list of deployments in the environment’s history.',
    );
  }
  if (others.length > 0) {
    return refusal(
      'TARGET_AMBIGUOUS',
      `"${to}" names several deployments: ${[found, ...others].map(({ id }) => id).join(', ')}`,
      'Name the one you mean by its deployment id.',
    );
  }
  return wasLive(question, found)
    ? found
    : refusal(
        'NEVER_LIVE',
        `${found.version} (${found.id}) was never live here, so there is no going back to it`,
        'Release it through the pipeline, whose gates and checks it has not passed.',
      );
}

/**
 * Whether it ever was what is live here: as the target says, or as the ledger does, where it passed or where
 * something found it live and took its place. A canary is on its way there.
 */
const wasLive = ({ observed, entries }: RollbackQuestion, found: Deployment): boolean =>
  found.id === observed.live?.id ||
  found.state === 'superseded' ||
  isGood(entries, found) ||
  entries.some(({ payload: { previous } }) => previous && isIt(found, previous));

/** The whole release from the ledger; where the ledger lost it, what the target itself says of it. */
function releaseOf(deployment: Known, { app, entries }: RollbackQuestion): Release {
  const recorded = entries.find(({ payload }) => sameRelease(payload.release, deployment));
  const { digest, version, commit, stagedAt } = deployment;
  return recorded?.payload.release ?? { app, version, commit, builtAt: stagedAt, digest };
}

const notNeeded = (live: Deployment | undefined): RollbackChoice => ({
  kind: 'not-needed',
  why: live ? `this run left nothing to undo, and ${live.version} stays live` : 'nothing was made live',
});

type Refusal = Extract<RollbackChoice, { kind: 'refused' }>;

const refusal = (reason: Refusal['reason'], why: string, next: string): Refusal => ({
  kind: 'refused',
  reason,
  why,
  next,
});
