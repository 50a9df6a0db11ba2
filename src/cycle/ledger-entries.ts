import type { WorkflowEvent } from '../domain/event.ts';
import { isPerson } from '../domain/gates/starters.ts';
import {
  type EntryPayload,
  type EntryState,
  isActivation,
  isSettled,
  type LedgerEntry,
  type NewEntry,
  nameOf,
  type Task,
  tookTraffic,
} from '../domain/ledger.ts';
import { type Release, sameRelease } from '../domain/release.ts';
import type { Ledger } from '../ports/ledger.ts';

/** Entries that are read at first: GitHub answers them in one page. */
const FIRST_LOOK = 100;

/** One app's part of an environment: a repository may hold several apps, each with its own airlock.yml. */
export interface Place {
  readonly app: string;
  readonly environment: string;
}

/**
 * One app's entries of one environment, newest first: as many pages as it takes, and all of them when nothing
 * suffices. What a decision is made by may stand behind a hundred failures.
 */
export async function readEntries(
  ledger: Ledger,
  { app, environment }: Place,
  suffice: (read: readonly LedgerEntry[]) => boolean,
): Promise<readonly LedgerEntry[]> {
  const own = (entries: readonly LedgerEntry[]) =>
    entries.filter(({ payload }) => payload.release.app === app);
  const whole = Number.POSITIVE_INFINITY;
  return own(await ledger.entries(environment, whole, (read) => suffice(own(read))));
}

/**
 * The same ledger, asked once for what several gates of one decision want to know. Not for longer than that:
 * what comes later it does not see.
 */
export function readOnce(ledger: Ledger): Ledger {
  const known = new Map<string, Promise<readonly LedgerEntry[]>>();
  return {
    open: (entry) => ledger.open(entry),
    advance: (id, to, note) => ledger.advance(id, to, note),
    async entries(environment, limit, suffices) {
      // Asked for at once, before anybody waits: gates are read beside each other.
      const earlier = known.get(environment);
      const read = earlier && (await earlier);
      if (read && suffices?.(read) && read.length <= limit) return read;
      const reading = ledger.entries(environment, limit, suffices);
      known.set(environment, reading);
      return reading;
    },
  };
}

/** Who wanted this attempt: the one who started the run, where an app ran it again for people who approved it. */
const starterOf = ({ actor, triggeringActor }: WorkflowEvent): string =>
  isPerson(triggeringActor) || !isPerson(actor) ? triggeringActor : actor;

/** A new entry of this run, with what every entry carries. */
export function entryOf(
  task: Task,
  environment: string,
  event: WorkflowEvent,
  about: { release: Release; target: EntryPayload['target'] } & Partial<EntryPayload>,
): NewEntry {
  return {
    task,
    environment,
    payload: {
      schema: 1,
      migrations: [],
      verdicts: {},
      approvers: [],
      run: event.run,
      actor: starterOf(event),
      ...about,
    },
  };
}

/**
 * Records that an activation passed its checks. What it took the place of is marked first, so that no two
 * releases ever stand as the live one. Safe to run again after a kill.
 */
export async function recordSuccess(
  ledger: Ledger,
  winner: LedgerEntry,
  note: { text: string; url?: string | undefined },
): Promise<void> {
  const { environment, payload } = winner;
  const place = { app: payload.release.app, environment };
  const isOther = (entry: LedgerEntry) =>
    entry.id !== winner.id && entry.state === 'succeeded' && tookTraffic(entry);
  for (const entry of await readEntries(ledger, place, (read) => read.some(isOther))) {
    const wasLive = isOther(entry);
    const wasStaged =
      isActivation(winner) && entry.state === 'staged' && sameRelease(entry.payload.release, payload.release);
    if (!wasLive && !wasStaged) continue;
    await ledger.advance(entry.id, 'superseded', {
      text: wasLive ? `Superseded by ${nameOf(payload)}` : 'Promoted',
    });
  }
  const { text, url } = note;
  await ledger.advance(winner.id, 'succeeded', { text, ...(url === undefined ? {} : { url }) });
}

/** The entry of a run's own task that was opened and not settled; undefined when there is none. */
export async function findStarted(
  ledger: Ledger,
  { app, environment }: Place,
  task: Task,
  runId: string,
): Promise<string | undefined> {
  const isIt = ({ task: its, state, payload }: LedgerEntry) =>
    its === task && state === 'started' && payload.run.id === runId && payload.release.app === app;
  return (await ledger.entries(environment, FIRST_LOOK)).find(isIt)?.id;
}

/** Whether a step has nothing more to write down: what it staged stands beside the live one until something else happens. */
export const isClosed = (state: EntryState): boolean => isSettled(state) || state === 'staged';

/**
 * Settles an entry whose step did not come to its end: a killed or cancelled run is not a success.
 *
 * @returns a line for the log, or nothing when the entry was settled already
 */
export async function settleUnfinished(
  ledger: Ledger,
  environment: string,
  id: string,
): Promise<string | undefined> {
  const isIt = (entry: LedgerEntry) => entry.id === id;
  const newest = (await ledger.entries(environment, FIRST_LOOK)).find(isIt);
  const entry = newest ?? (await ledger.entries(environment, Number.POSITIVE_INFINITY)).find(isIt);
  if (!entry || isClosed(entry.state)) return undefined;
  await ledger.advance(id, 'cancelled', { text: 'The run ended before this was finished' });
  return `Ledger entry ${id} (${entry.task} of ${nameOf(entry.payload)}) is recorded as cancelled.`;
}
