import type { Deployment, Observed } from '../deployment.ts';
import { isForeign } from '../deployment.ts';
import type { EntryPayload, LedgerEntry } from '../ledger.ts';
import { type Digest, type Release, type ReleaseIdentity, sameRelease } from '../release.ts';

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

export type Refusal = Extract<RollbackChoice, { kind: 'refused' }>;

export const refusal = (reason: Refusal['reason'], why: string, next: string): Refusal => ({
  kind: 'refused',
  reason,
  why,
  next,
});

/** A deployment that Airlock made. */
export type Known = Deployment & { readonly digest: Digest };

export const isKnown = (deployment: Deployment): deployment is Known => deployment.digest !== undefined;

/** What tells a deployment from others: its release, or its id where nothing is known of that. */
export type Identity = ReleaseIdentity & { readonly deploymentId?: string };

export const isIt = (deployment: Deployment, meant: Identity): boolean =>
  isForeign(deployment)
    ? meant.digest === undefined && deployment.id === meant.deploymentId
    : sameRelease(deployment, meant);

/** What a rollback makes live, as its entry keeps it. */
export const broughtBy = ({ foreign, release, target }: EntryPayload): Identity =>
  foreign ? { ...foreign, ...target } : release;
