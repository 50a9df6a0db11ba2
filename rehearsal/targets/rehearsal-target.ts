import type { EnvironmentSettings } from '../../src/domain/configuration.ts';
import type { Injection, ReleaseFault } from '../faults/injection.ts';
import type { AppUnderFault, FaultPlan } from '../faults/plan-fault.ts';

/**
 * What this machine must offer so that environments of one provider can be rehearsed. What a target does is
 * never in here: the rehearsal runs and observes the real provider of `src/targets`. One file a provider,
 * `rehearsal/targets/<id>.ts`, listed in `registry.ts`.
 */
export interface RehearsalTarget {
  /** The key under `target:` in airlock.yml. */
  readonly id: string;
  /** Starts what every environment of this provider shares, such as a stand-in for its API. */
  open(site: RehearsalSite): Promise<OpenRehearsalTarget>;
}

/** Where a rehearsal takes place. */
export interface RehearsalSite {
  readonly app: string;
  /** The environments that get a place, in the order of airlock.yml. */
  readonly environments: readonly EnvironmentToPlace[];
  /** An existing folder for what is written; it is removed after `close`. */
  readonly folder: string;
  /** A loopback port that is this process's own until it ends: the wanted one where it can be had. */
  port(wanted?: number): Promise<number>;
}

export interface OpenRehearsalTarget {
  /** Response header, in lower case, whose value ends with the id of the deployment that answered. */
  readonly deploymentHeader: string;
  /**
   * Gives an environment its place on this machine. Called once for each environment, in the order of
   * airlock.yml, before anything runs.
   */
  place(environment: EnvironmentToPlace): Promise<Place>;
  /**
   * Hands over what the app finds in its environment there, where the provider keeps that: `DATABASE_URL`.
   * Called before anything runs; absent where an app gets it from the caller.
   */
  furnish?(environment: string, variables: Readonly<Record<string, string>>): Promise<void>;
  /**
   * Plans how the next release is made to fail in an environment of this provider. `planFault` of
   * `faults/plan-fault.ts` changes the app alone and serves every provider that runs it; a provider's own
   * service can misbehave instead (`FaultPlan.arm`).
   *
   * @throws Failure FAULT_NOT_POSSIBLE, FAULT_ENVIRONMENT_UNKNOWN
   */
  planFault(injection: Extract<Injection, { kind: ReleaseFault }>, app: AppUnderFault): FaultPlan;
  /** Ends every process and server of it, those of its environments too. Runs after all runs have ended. */
  close(): Promise<void>;
}

export interface EnvironmentToPlace extends Pick<EnvironmentSettings, 'name' | 'url'> {
  /** Its settings for this provider; undefined when airlock.yml names another one and `--target` this one. */
  readonly settings: unknown;
}

/** An environment's place on this machine. */
export interface Place {
  /** Written into the provider's settings in airlock.yml; the others stay as they are. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  /** Base address at which visitors and smoke checks find the live release, the same for the whole rehearsal. */
  readonly address: string;
  /** Environment secrets for the caller, credentials above all; the provider gets them for `observe`, too. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Environment variables for the caller (`vars`); the provider gets them for `observe`, too. */
  readonly variables: Readonly<Record<string, string>>;
  /** What a person should know of the move, a line each. */
  readonly notes: readonly string[];
}
