import { Failure } from '../../domain/failure.ts';
import type { Release } from '../../domain/release.ts';
import type { Serve } from './state.ts';

/**
 * What an action and the daemon say to each other: JSON over HTTP on a Unix socket. A change that an
 * older daemon would misunderstand raises the number.
 */
export const PROTOCOL = 1;

/** Written by the daemon when it listens, so that others find it. */
export interface DaemonAddress {
  readonly protocol: number;
  readonly pid: number;
  readonly socket: string;
}

/** How the environment is to be run from now on. The daemon keeps it in memory only. */
export interface Terms {
  readonly app: string;
  readonly environment: string;
  /** Port of the live listener on 127.0.0.1. */
  readonly port: number;
  /** The environment's public address. */
  readonly url: string;
  readonly drainMs: number;
  readonly readyMs: number;
  /** Values of the variables that apps of this environment get. Secrets. */
  readonly variables: Readonly<Record<string, string>>;
}

export interface StageMessage {
  readonly release: Release;
  /** Absolute path of the app's files. */
  readonly directory: string;
  readonly serve: Serve;
  /** ISO 8601 in UTC. */
  readonly stagedAt: string;
}

export interface ActivateMessage {
  readonly deployment: string;
  readonly weight: number;
}

export interface RetireMessage {
  readonly deployment: string;
}

/** A failure on its way from the daemon to the action. */
export interface FailureMessage {
  readonly code: string;
  readonly what: string;
  readonly next: string;
  readonly ofDeployment?: boolean;
}

/** What `who` is started with is not complete. */
export const variablesMissing = (who: string, missing: readonly string[]): Failure =>
  new Failure(
    'LOCAL_VARIABLES_MISSING',
    `${who} needs ${missing.join(', ')}, which this step was not given; values are never kept on disk.`,
    'Put each as a line `NAME=value` into the secret APP_VARIABLES of the GitHub environment; a workflow of your own passes it as the input `app-variables`, or sets the variables under `env:` of the step. `DATABASE_URL` is a secret and an input of its own.',
    { ofDeployment: true },
  );

/** The end of work that a cancelled run asked for. */
export const cancelled = (): Failure =>
  new Failure(
    'CANCELLED',
    'The run was cancelled.',
    'Run it again: it goes on from where the target stands.',
  );
