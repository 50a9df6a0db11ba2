import type { Digest } from './release.ts';

/**
 * Where a deployment stands on its target. `staged` is beside the live one at its own URL; `live` takes
 * the environment's traffic (all of it, or its weight); `superseded` was live and can be activated again.
 */
export type DeploymentState = 'staged' | 'live' | 'superseded' | 'failed';

/** A release put on a target. */
export interface Deployment {
  /** The provider's own id; the same release staged again on the same target has the same id. */
  readonly id: string;
  /** Absent when somebody else than Airlock put it there: nothing is known of its files. */
  readonly digest?: Digest;
  /** Of somebody else's deployment whatever names it best, such as its branch. */
  readonly version: string;
  /** Empty where it is not known. */
  readonly commit: string;
  readonly state: DeploymentState;
  /** This deployment's own address, not the environment's; absent when it is no longer running. */
  readonly url?: string;
  /** Share of the environment's traffic, 0 to 100. */
  readonly weight: number;
  /** When it was staged, ISO 8601 in UTC. */
  readonly stagedAt: string;
}

/**
 * Whether somebody else than Airlock put it there: a push, the dashboard, another tool. Nothing is known of
 * its files.
 */
export const isForeign = ({ digest }: Deployment): boolean => digest === undefined;

/** Live truth of one target, read and not remembered. */
export interface Observed {
  /** The deployment that takes the traffic not weighted elsewhere; absent before the first activation. */
  readonly live: Deployment | undefined;
  /**
   * One that visitors may meet all the same, or soon: it was asked to be made live and that does not come to
   * an end, or a part of the addresses shows it.
   */
  readonly unsettled?: Deployment;
  /** Every deployment that the target still knows, newest first, the live one among them. */
  readonly deployments: readonly Deployment[];
}
