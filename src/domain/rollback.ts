import type { Deployment, Observed } from './deployment.ts';
import { type EntryPayload, goodActivations, isActivation, isProven, type LedgerEntry } from './ledger.ts';
import { type Digest, type Release, shortDigest } from './release.ts';

export interface RollbackQuestion {
  readonly observed: Observed;
  /** The environment's ledger entries, newest first. */
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
      readonly reason: 'NO_LAST_GOOD' | 'TARGET_UNKNOWN' | 'TARGET_AMBIGUOUS' | 'NEVER_LIVE' | 'ALREADY_LIVE';
      readonly why: string;
      readonly next: string;
    }
  | {
      readonly kind: 'go-back';
      /** What is undone, as the ledger keeps it: also when an earlier try of this run took it away already. */
      readonly from: EntryPayload['previous'];
      readonly to: Deployment;
      readonly release: Release;
      /** The ledger entry that made the bad release live. */
      readonly undoes: LedgerEntry | undefined;
    };

/** Decides what a rollback does, before it does anything. */
export function chooseRollback(question: RollbackQuestion): RollbackChoice {
  const { observed, entries, to, runId } = question;
  const { live } = observed;
  const begun = entries.find(({ task, payload }) => task === 'rollback' && payload.run.id === runId);
  const undo = question.undo ?? begun?.payload.previous?.digest;
  const bad = undo === undefined ? newcomer(observed) : serving(observed, undo);
  if (question.automatic && !isOwnDoing(question, undo)) return notNeeded(live);
  if (undo !== undefined && !bad && (to === '' || begun)) {
    return begun && live ? finish(begun, live, undo, entries) : notNeeded(live);
  }
  const target = to === '' ? lastGoodDeployment(question, bad) : named(question);
  if ('kind' in target) return target;
  if (target.id === live?.id && target.weight === 100) {
    return {
      kind: 'refused',
      reason: 'ALREADY_LIVE',
      why: `${target.version} is live already`,
      next: 'Name another deployment, or leave `to` empty for the last good one.',
    };
  }
  const from = bad ?? live;
  return {
    kind: 'go-back',
    from: from && { deploymentId: from.id, digest: from.digest, version: from.version },
    to: target,
    release: releaseOf(target, entries),
    undoes: activationOf(entries, from?.digest),
  };
}

/**
 * Whether this run tried to make the release live, by the entry that promote opens before it activates
 * anything, and did not leave it good: passed by an earlier attempt, say, or live from an earlier run.
 */
function isOwnDoing({ entries, runId }: RollbackQuestion, undo: Digest | undefined): boolean {
  const tried = entries.some(({ task, payload }) => task === 'promote' && payload.run.id === runId);
  const [current] = goodActivations(entries, undefined);
  return tried && !(current?.state === 'succeeded' && current.payload.release.digest === undo);
}

/** What an earlier try of this run made live is looked at once more, unless that went well. */
function finish(
  begun: LedgerEntry,
  live: Deployment,
  undo: Digest,
  entries: readonly LedgerEntry[],
): RollbackChoice {
  const isOpen = begun.state !== 'succeeded' && begun.state !== 'superseded';
  if (!isOpen || begun.payload.release.digest !== live.digest) return notNeeded(live);
  return {
    kind: 'go-back',
    from: begun.payload.previous,
    to: live,
    release: begun.payload.release,
    undoes: activationOf(entries, undo),
  };
}

const activationOf = (entries: readonly LedgerEntry[], digest: Digest | undefined): LedgerEntry | undefined =>
  entries.find((entry) => isActivation(entry) && entry.payload.release.digest === digest);

const serving = ({ deployments }: Observed, digest: Digest): Deployment | undefined =>
  deployments.find((one) => one.weight > 0 && one.digest === digest);

/** A canary that takes a part of the traffic, else what is live. */
const newcomer = ({ live, deployments }: Observed): Deployment | undefined =>
  deployments.find(({ id, weight }) => weight > 0 && id !== live?.id) ?? live;

/**
 * The ledger knows which were good, and the first of them that the target still has is the one: beside a
 * canary that is the live one itself. Where the ledger knows none, what is live beside a canary is better
 * than the canary.
 */
function lastGoodDeployment(
  { observed, entries }: RollbackQuestion,
  bad: Deployment | undefined,
): Deployment | Refusal {
  const { live, deployments } = observed;
  for (const { payload } of goodActivations(entries, bad?.digest)) {
    const kept = deployments.find(
      ({ digest, state }) => digest === payload.release.digest && state !== 'failed',
    );
    if (kept) return kept;
  }
  if (live && live.digest !== bad?.digest) return live;
  return refusal(
    'NO_LAST_GOOD',
    `There is nothing to go back to${bad ? ` from ${bad.version}` : ''}: no earlier release that passed its checks is still on the target`,
    'Mend it forward with a new release, or name a deployment with `to`.',
  );
}

/** The deployment that a person named. Going back is no way around the gates: it must have been live. */
function named({ observed, entries, to }: RollbackQuestion): Deployment | Refusal {
  const version = to.replace(/^v(?=\d)/, '');
  const [found, ...others] = observed.deployments.filter(
    ({ id, digest, version: itsVersion }) =>
      id === to || itsVersion === version || digest === to || shortDigest(digest) === to,
  );
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
      'Name the one you mean by its deployment id or its digest.',
    );
  }
  const wasLive = found.state === 'live' || found.state === 'superseded' || isProven(entries, found.digest);
  return wasLive
    ? found
    : refusal(
        'NEVER_LIVE',
        `${found.version} (${found.id}) was never live here, so there is no going back to it`,
        'Release it through the pipeline, whose gates and checks it has not passed.',
      );
}

/**
 * The whole release from the ledger, as it passed: the same files may have been staged as another version
 * since. Where the ledger lost it, what the target itself says of it.
 */
function releaseOf(deployment: Deployment, entries: readonly LedgerEntry[]): Release {
  const isIt = ({ payload }: LedgerEntry) => payload.release.digest === deployment.digest;
  const recorded = goodActivations(entries, undefined).find(isIt) ?? entries.find(isIt);
  if (recorded) return recorded.payload.release;
  const { version, commit, digest, stagedAt } = deployment;
  return { app: '', version, commit, digest, builtAt: stagedAt };
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
