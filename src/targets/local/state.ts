import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ServeSettings } from '../../domain/configuration.ts';
import type { Deployment, DeploymentState, Observed } from '../../domain/deployment.ts';
import { Failure } from '../../domain/failure.ts';
import { type Release, sameRelease, shortDigest } from '../../domain/release.ts';
import type { ProcessIdentity } from './process-identity.ts';

/** What an environment is, as it stands on disk. It holds names of variables, never their values. */
export interface LocalState {
  readonly schema: 1;
  readonly slots: Readonly<Record<SlotName, SlotState>>;
  readonly routing: Routing;
  /** Newest first. */
  readonly deployments: readonly DeploymentRecord[];
}

export const SLOTS = ['blue', 'green'] as const;
export type SlotName = (typeof SLOTS)[number];

export interface SlotState {
  /** Port of the slot's own listener; null until it was opened once. */
  readonly port: number | null;
  readonly deployment: string | null;
  /** The app that was last started here; it is recorded before it runs its first line. */
  readonly process: ProcessIdentity | null;
}

export interface Routing {
  readonly live: string | null;
  /** Takes `weight` percent (1 to 99) of the traffic; the live one takes the rest. */
  readonly candidate: { readonly deployment: string; readonly weight: number } | null;
}

export interface DeploymentRecord {
  readonly id: string;
  readonly release: Release;
  /** ISO 8601 in UTC. */
  readonly stagedAt: string;
  readonly serve: Serve;
  readonly wasLive: boolean;
  /** It was started and did not come up. */
  readonly failed: boolean;
}

/** How a release is served: by its own command, or as a folder of files. */
export type Serve =
  | ({ readonly kind: 'command' } & ServeSettings)
  /** `single`: an address that is no file gets the index page. */
  | { readonly kind: 'static'; readonly single: boolean };

/** What every app gets of the step's environment, beside the variables it names. */
export const SYSTEM_VARIABLES = ['PATH', 'HOME'] as const;

const EMPTY_SLOT: SlotState = { port: null, deployment: null, process: null };

const EMPTY_STATE: LocalState = {
  schema: 1,
  slots: { blue: EMPTY_SLOT, green: EMPTY_SLOT },
  routing: { live: null, candidate: null },
  deployments: [],
};

/**
 * The deployment of a release: the id it has here already, or one made of what it is, so that it gets the
 * same one whenever it is staged again.
 */
export function deploymentId({ deployments }: LocalState, release: Release): string {
  const known = deployments.find((record) => sameRelease(record.release, release));
  if (known) return known.id;
  const { digest, version, commit } = release;
  const name = createHash('sha256')
    .update(JSON.stringify([version, commit]))
    .digest('hex')
    .slice(0, 8);
  return `local-${shortDigest(digest)}-${name}`;
}

export const stateFile = (directory: string): string => path.join(directory, 'state.json');

/**
 * Reads an environment's state; an environment that was never used has the empty one.
 *
 * @throws Failure LOCAL_STATE_UNREADABLE when there is a state and it cannot be understood.
 */
export function readState(directory: string): LocalState {
  const file = stateFile(directory);
  try {
    const state = JSON.parse(readFileSync(file, 'utf8')) as LocalState;
    if (state.schema === 1) return state;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return EMPTY_STATE;
    throw unreadable(file, cause);
  }
  throw unreadable(file);
}

const unreadable = (file: string, cause?: unknown) =>
  new Failure(
    'LOCAL_STATE_UNREADABLE',
    `The state of this environment in ${file} cannot be read.`,
    'Use the Airlock version that wrote it, or move the file away to begin with an empty environment.',
    { cause },
  );

export const slotOf = (state: LocalState, deployment: string): SlotName | undefined =>
  SLOTS.find((name) => state.slots[name].deployment === deployment);

/** The slot that a new release takes: never the live one's, and an empty one if there is one. */
export function idleSlot({ slots, routing }: LocalState): SlotName {
  const free = SLOTS.filter((name) => routing.live === null || slots[name].deployment !== routing.live);
  return free.find((name) => slots[name].deployment === null) ?? free[0] ?? 'blue';
}

export const isRouted = (state: LocalState, deployment: string): boolean =>
  state.routing.live === deployment || state.routing.candidate?.deployment === deployment;

/** The state in the words of the target port. `isUp` says whether a slot answers right now. */
export function observedFrom(state: LocalState, isUp: (slot: SlotName) => boolean): Observed {
  const deployments = state.deployments.map((record): Deployment => {
    const slot = slotOf(state, record.id);
    const port = slot === undefined || !isUp(slot) ? null : state.slots[slot].port;
    return {
      id: record.id,
      digest: record.release.digest,
      version: record.release.version,
      commit: record.release.commit,
      state: standing(state, record),
      weight: weightOf(state.routing, record.id),
      stagedAt: record.stagedAt,
      ...(port === null ? {} : { url: `http://127.0.0.1:${port}` }),
    };
  });
  return { live: deployments.find(({ id }) => id === state.routing.live), deployments };
}

function standing(state: LocalState, record: DeploymentRecord): DeploymentState {
  if (isRouted(state, record.id)) return 'live';
  if (record.failed) return 'failed';
  return record.wasLive ? 'superseded' : 'staged';
}

function weightOf({ live, candidate }: Routing, id: string): number {
  if (candidate?.deployment === id) return candidate.weight;
  return live === id ? 100 - (candidate?.weight ?? 0) : 0;
}
