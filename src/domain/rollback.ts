import type { Deployment, Observed } from './deployment.ts';
import { type LedgerEntry, lastGood } from './ledger.ts';
import { type Digest, isDigest, type Release, shortDigest } from './release.ts';

export interface RollbackQuestion {
  readonly observed: Observed;
  /** The environment's ledger entries, newest first. */
  readonly entries: readonly LedgerEntry[];
  /** Deployment id, version or digest that a person named; empty for the last good one. */
  readonly to: string;
  /** The release to undo; without it, whatever is live. */
  readonly undo: Digest | undefined;
  /**
   * The run whose own doing is undone: a release that it did not try to activate stays as it is, even when
   * the same digest is live from an earlier run. Absent when a person asks.
   */
  readonly ofRun: string | undefined;
}

export type RollbackChoice =
  | { readonly kind: 'not-needed'; readonly why: string }
  | {
      readonly kind: 'refused';
      readonly reason: 'NO_LAST_GOOD' | 'TARGET_UNKNOWN' | 'ALREADY_LIVE';
      readonly why: string;
      readonly next: string;
    }
  | {
      readonly kind: 'go-back';
      /** What takes traffic now and should not. */
      readonly from: Deployment | undefined;
      readonly to: Deployment;
      readonly release: Release;
      /** The ledger entry that made the bad release live. */
      readonly undoes: LedgerEntry | undefined;
    };

/** Decides what a rollback does, before it does anything. */
export function chooseRollback(question: RollbackQuestion): RollbackChoice {
  const { observed, entries, to, undo } = question;
  const { live } = observed;
  const serving = observed.deployments.filter(({ weight }) => weight > 0);
  const bad = undo === undefined ? live : serving.find(({ digest }) => digest === undo);
  if (!triedToActivate(question) || (undo !== undefined && !bad && to === '')) {
    return {
      kind: 'not-needed',
      why: live
        ? `the new release never took traffic and ${live.version} is still live`
        : 'nothing was made live',
    };
  }
  const target = to === '' ? lastGoodDeployment(question, bad) : named(observed, to);
  if (!target) {
    return to === '' ? nothingGood(bad) : unknown(to);
  }
  if (target.id === live?.id && target.weight === 100) {
    return {
      kind: 'refused',
      reason: 'ALREADY_LIVE',
      why: `${target.version} is live already`,
      next: 'Name another deployment, or leave `to` empty for the last good one.',
    };
  }
  return {
    kind: 'go-back',
    from: bad ?? live,
    to: target,
    release: releaseOf(target, entries),
    undoes: entries.find(
      ({ task, payload }) =>
        (task === 'promote' || task === 'rollback') && payload.release.digest === (bad ?? live)?.digest,
    ),
  };
}

/** By the entry that promote opens before it activates anything. */
const triedToActivate = ({ entries, ofRun }: RollbackQuestion): boolean =>
  ofRun === undefined || entries.some(({ task, payload }) => task === 'promote' && payload.run.id === ofRun);

/**
 * While a canary takes a part of the traffic the old release is still the live one: going back is
 * finishing what it is. Otherwise the ledger knows, by digest, and the target must still have it.
 */
function lastGoodDeployment(
  { observed, entries }: RollbackQuestion,
  bad: Deployment | undefined,
): Deployment | undefined {
  const { live } = observed;
  if (live && bad && live.digest !== bad.digest) return live;
  const digest = lastGood(entries, bad?.digest)?.payload.release.digest;
  return observed.deployments.find(
    (deployment) => deployment.digest === digest && deployment.state !== 'failed',
  );
}

function named(observed: Observed, to: string): Deployment | undefined {
  const version = to.replace(/^v(?=\d)/, '');
  return observed.deployments.find(
    ({ id, digest, version: itsVersion }) =>
      id === to || itsVersion === version || (isDigest(to) ? digest === to : shortDigest(digest) === to),
  );
}

/** The whole release from the ledger; where the ledger lost it, what the target itself says of it. */
function releaseOf(deployment: Deployment, entries: readonly LedgerEntry[]): Release {
  const recorded = entries.find(({ payload }) => payload.release.digest === deployment.digest)?.payload
    .release;
  if (recorded) return recorded;
  const { version, commit, digest, stagedAt } = deployment;
  return { app: '', version, commit, digest, builtAt: stagedAt };
}

const nothingGood = (bad: Deployment | undefined): RollbackChoice => ({
  kind: 'refused',
  reason: 'NO_LAST_GOOD',
  why: `There is nothing to go back to${bad ? ` from ${bad.version}` : ''}: no earlier release that passed its checks is still on the target`,
  next: 'Mend it forward with a new release, or name a deployment with `to`.',
});

const unknown = (to: string): RollbackChoice => ({
  kind: 'refused',
  reason: 'TARGET_UNKNOWN',
  why: `The target knows no deployment, version or digest "${to}"`,
  next: 'Choose one from the list of deployments in the environment’s history.',
});
