import type { WorkflowEvent } from '../domain/event.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';

/** What the edge gives to an action's main: the runner's world behind ports. */
export interface Runner {
  readonly log: Log;
  /** Takes the step's secrets out of a text that goes where GitHub masks nothing, such as a comment. */
  redact(text: string): string;
  readonly clock: Clock;
  readonly event: WorkflowEvent;
  /** Aborted when the run is cancelled; the reason is a `Failure` with code CANCELLED. */
  readonly signal: AbortSignal;
  /** Absolute path of the checked-out repository. */
  readonly workspace: string;
  /** Absolute path of a folder that is emptied after the job. */
  readonly temporary: string;
  /** Absolute path of the folder that holds this action's bundle and its siblings. */
  readonly bundles: string;
  /** Environment variables of the step. Holds secrets: hand it to a target or an app, never to a log. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Where this GitHub's APIs are. */
  readonly api: { readonly rest: string; readonly graphql: string; readonly server: string };
  /** Kept from an action's main to its post step. Not for secrets: GitHub writes it to a file. */
  readonly state: { get(name: string): string; save(name: string, value: string): void };
}
