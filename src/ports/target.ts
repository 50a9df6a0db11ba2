import type * as z from 'zod';
import type { ServeSettings } from '../domain/configuration.ts';
import type { Deployment, Observed } from '../domain/deployment.ts';
import type { WorkflowEvent } from '../domain/event.ts';
import type { Release, ReleaseIdentity } from '../domain/release.ts';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';

/** What a provider can do beyond staging and activating a fresh deployment. */
export type Capability = 'weighted' | 'activate-existing' | 'preview';

/** A kind of place that environments run on: Vercel, a machine, a cluster. */
export interface TargetProvider<Settings> {
  /** The key under `target:` in airlock.yml. */
  readonly id: string;
  /** Shape of the provider's settings in airlock.yml. */
  readonly settings: z.ZodType<Settings>;
  readonly can: ReadonlySet<Capability>;
  /** Opens one environment's target. Reads nothing yet; a bad credential shows at the first call. */
  connect(settings: Settings, host: TargetHost): Promise<Target>;
}

/** What a target gets from the one who opens it. */
export interface TargetHost {
  readonly app: string;
  readonly environment: string;
  /** The environment's public address, where one is configured. */
  readonly url: string | undefined;
  /** How the app is started; absent for a static folder. */
  readonly serve: ServeSettings | undefined;
  /** Environment variables of the step: credentials and the app's own variables. Never logged. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  readonly clock: Clock;
  /**
   * A token with which GitHub says which job this is, for `audience`; masked already. Needs the
   * permission `id-token: write`.
   *
   * @throws Failure IDENTITY_TOKEN_MISSING
   */
  identityToken(audience: string, signal: AbortSignal): Promise<string>;
}

/**
 * One environment's target. Every method observes live truth first and then ensures, so that a second
 * call changes nothing. Methods throw `Failure`; an aborted signal ends in a `Failure` with code
 * `CANCELLED` within a few seconds, with the target in a state that a rerun can finish.
 */
export interface Target {
  /** Whether what is staged takes the traffic by itself, without being activated. */
  readonly stagesLive?: boolean;
  /** Live truth, read-only. What is about to change is given a few minutes to come to rest. */
  observe(look?: Look): Promise<Observed>;
  /**
   * Puts the release beside the live one. Idempotent by release, as `sameRelease` says it: the same files
   * under another version or of another commit are another deployment.
   */
  stage(request: StageRequest, signal: AbortSignal): Promise<Deployment>;
  /**
   * Makes a staged or earlier deployment live with `weight` percent of the traffic (1 to 100; below 100
   * only where the provider `can` do `weighted`). Promote and rollback are this one verb. Returns what
   * was read back after the change, never what was asked for.
   */
  activate(deploymentId: string, weight: number, signal: AbortSignal, course?: Course): Promise<Observed>;
  /** Takes a deployment that is not live off the target. One that is gone already is a success. */
  retire(deploymentId: string, signal: AbortSignal): Promise<void>;
  /** How checks get past what keeps strangers out. Absent: the addresses are open to whoever asks. */
  access?(signal: AbortSignal): Promise<Access>;
}

/** How to look at a target. */
export interface Look {
  readonly signal?: AbortSignal;
  /**
   * A deployment's id that a stopped step may have asked to be made live. Where nothing shows that yet, it
   * is looked for as long as such an order may take to show.
   */
  readonly awaited?: string;
  /** Releases whose deployments are told too while they are still being made, and however old they are. */
  readonly releases?: readonly ReleaseIdentity[];
}

/** What one step of an activation belongs to, for a provider that plans the whole way at its start. */
export interface Course {
  readonly intent: 'promote' | 'rollback';
  /** Every weight of this activation, rising to 100. */
  readonly steps: readonly number[];
  /** Least time between two steps, in milliseconds. */
  readonly pauseMs: number;
  /** Why, in a person's words, where somebody gave a reason. */
  readonly reason?: string;
}

/** Sent by checks to the deployment's own and the environment's public address, and to no other origin. */
export interface Access {
  /** Secrets among them are masked already. */
  readonly headers: Readonly<Record<string, string>>;
  /** Query with which the public address answers from the deployment that has only a part of the traffic. */
  readonly canaryQuery?: Readonly<Record<string, string>>;
}

/** A release whose files were verified against its digest. */
export interface StageRequest {
  readonly release: Release;
  /** Absolute path of the folder that holds the app's files. The target copies what it needs. */
  readonly directory: string;
  /** The run that stages it, for the provider's own pages; absent outside a workflow run. */
  readonly event?: WorkflowEvent;
}
