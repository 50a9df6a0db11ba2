import { Failure } from '../domain/failure.ts';
import {
  type LaneOwner,
  type LanePlace,
  type LaneTicket,
  ownTickets,
  rivals,
  standing,
} from '../domain/lane.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { Clock } from '../ports/clock.ts';
import type { LaneTickets, RunStates } from '../ports/lane.ts';
import type { Log } from '../ports/log.ts';

/** Longer waiting is what GitHub's concurrency groups are for: they cost no runner. */
const WAIT_MS = 30_000;
const LOOK_AGAIN_MS = 3_000;

export interface LaneRequest {
  readonly place: LanePlace;
  readonly owner: LaneOwner;
  /** A commit that GitHub files the ticket under. */
  readonly commit: string;
}

export interface LanePorts {
  readonly tickets: LaneTickets;
  readonly runs: RunStates;
  readonly clock: Clock;
  readonly log: Log;
}

export type LaneAnswer =
  | { readonly kind: 'held' }
  /** By whom, and why that stands, where GitHub did not say whether their run is over. */
  | { readonly kind: 'taken'; readonly by: LaneTicket; readonly doubt: string | undefined };

/**
 * Takes an app's lane in an environment, or waits a short while for it. A ticket of a run that GitHub says
 * is over counts no more; where GitHub does not say, the lane is not free. A step that takes the lane of
 * its own job again goes on holding it.
 */
export async function takeLane(
  request: LaneRequest,
  ports: LanePorts,
  signal: AbortSignal,
): Promise<LaneAnswer> {
  const { place, owner, commit } = request;
  const { tickets, clock, log } = ports;
  const waitsUntil = clock.now().getTime() + WAIT_MS;
  for (let ticket: LaneTicket | undefined; ; ) {
    signal.throwIfAborted();
    ticket ??= await tickets.open(place, owner, commit);
    const read = await tickets.read(place);
    const { alive, dead, doubt } = await sortRivals(rivals(read, place, owner), ports, signal);
    const { kind } = standing(ticket, read, alive);
    if (kind === 'held') {
      for (const left of dead) await tickets.close(left, 'withdrawn', `Run ${left.owner.run.id} is over`);
      return { kind };
    }
    if (kind === 'overtaken') {
      await tickets.close(ticket, 'withdrawn', 'The lane was held and given back since');
      ticket = undefined;
      continue;
    }
    const [first] = alive;
    if (clock.now().getTime() >= waitsUntil) {
      await tickets.close(ticket, 'withdrawn', 'Waited in vain');
      if (first) return { kind: 'taken', by: first, doubt };
      throw new Failure(
        'LANE_UNREADABLE',
        `GitHub does not show the ticket ${ticket.number} that this run opened for the lane of ${place.environment}.`,
        'See https://www.githubstatus.com, then run the job again: nothing was changed.',
      );
    }
    if (first) log.info(`${place.environment} is being changed by ${first.owner.run.url}; waiting for it.`);
    if (kind === 'later') {
      await tickets.close(ticket, 'withdrawn', 'Stepped back');
      ticket = undefined;
      await untilFree(request, waitsUntil, ports, signal);
    } else {
      await clock.sleep(LOOK_AGAIN_MS, signal);
    }
  }
}

/** Waits without a ticket until nobody else has one, or as long as there is time. */
async function untilFree(
  { place, owner }: LaneRequest,
  waitsUntil: number,
  ports: LanePorts,
  signal: AbortSignal,
): Promise<void> {
  do {
    await ports.clock.sleep(LOOK_AGAIN_MS, signal);
    const read = await ports.tickets.read(place);
    const { alive } = await sortRivals(rivals(read, place, owner), ports, signal);
    if (alive.length === 0) return;
  } while (ports.clock.now().getTime() < waitsUntil);
}

/**
 * Gives back what this job holds of a lane, and nobody else's. Safe to call twice, and by a job that holds
 * nothing.
 *
 * @param held whether the lane was held, and not only asked for
 */
export async function leaveLane(
  { place, owner }: Pick<LaneRequest, 'place' | 'owner'>,
  { tickets }: Pick<LanePorts, 'tickets'>,
  held: boolean,
): Promise<boolean> {
  const own = ownTickets(await tickets.read(place), place, owner);
  const [first] = own.toSorted((one, other) => one.number - other.number);
  for (const ticket of own) {
    const as = held && ticket === first ? 'released' : 'withdrawn';
    await tickets.close(ticket, as, 'Given back');
  }
  return own.length > 0;
}

/** Rivals by whether their run is over. Who cannot be asked after is alive. */
async function sortRivals(
  tickets: readonly LaneTicket[],
  { runs }: LanePorts,
  signal: AbortSignal,
): Promise<{ alive: readonly LaneTicket[]; dead: readonly LaneTicket[]; doubt: string | undefined }> {
  const alive: LaneTicket[] = [];
  const dead: LaneTicket[] = [];
  let doubt: string | undefined;
  for (const ticket of tickets) {
    try {
      const { id, attempt } = ticket.owner.run;
      ((await runs.isOver(id, attempt)) ? dead : alive).push(ticket);
    } catch (error) {
      if (signal.aborted || !(error instanceof Failure)) throw error;
      alive.push(ticket);
      doubt = error.message;
    }
  }
  return { alive, dead, doubt };
}

/** The lane of one job, ready to be taken. */
export interface Lane {
  take(signal: AbortSignal): Promise<LaneAnswer>;
  /** Gives back what was taken. */
  leave(): Promise<void>;
}

/**
 * Does work that changes what is live while nobody else does. Work that ended well gives the lane back;
 * after anything else it is kept for the way back in the same job, and the step after the job gives it back.
 */
export async function inLane<O>(
  lane: Lane,
  work: () => Promise<Outcome<O>>,
  signal: AbortSignal,
): Promise<Outcome<O> | LaneTaken> {
  const answer = await lane.take(signal);
  if (answer.kind === 'taken') return refusal(answer);
  const outcome = await work();
  if (outcome.kind === 'done') await lane.leave();
  return outcome;
}

/** Why nothing was begun, with no outputs. */
export type LaneTaken = Outcome<Readonly<Record<never, never>>> & { readonly kind: 'refused' };

function refusal({ by, doubt }: Extract<LaneAnswer, { kind: 'taken' }>): LaneTaken {
  const { environment } = by.place;
  const unsure = doubt === undefined ? '' : ` Whether it still goes on could not be told: ${doubt}`;
  return {
    kind: 'refused',
    reason: 'LANE_TAKEN',
    headline: `${environment} is being changed by another run (${by.owner.run.url})`,
    next: `Wait for ${by.owner.run.url} or cancel it, then run this job again; nothing was changed.${unsure}`,
    outputs: {},
    summary: '',
  };
}
