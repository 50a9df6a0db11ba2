/**
 * The lane of an app in an environment: whoever changes what is live there holds it, one at a time.
 *
 * Everyone who wants it opens a ticket, and then looks who else has one. It is held by the one who, after
 * the own ticket stood, saw no other that is open and alive. Of two who both want it at once the later look
 * therefore sees the earlier ticket: never do both see nobody. Who was first by number decides only who
 * stays and who steps back, so the rule needs no clock and no order of numbers to be safe.
 */

/** Whose ticket it is: one job of one attempt of one run. Steps of a job come one after the other. */
export interface LaneOwner {
  readonly run: { readonly id: string; readonly attempt: number; readonly url: string };
  /** Random, the same in every step of the job and in no other job. */
  readonly job: string;
}

/** The app's part of an environment: apps that share one have lanes of their own. */
export interface LanePlace {
  readonly app: string;
  readonly environment: string;
}

export interface LaneTicket {
  readonly id: string;
  /** GitHub counts them up. */
  readonly number: number;
  readonly place: LanePlace;
  readonly owner: LaneOwner;
  /** `open` wants or holds the lane. `released` held it and gave it back; `withdrawn` is closed otherwise. */
  readonly state: 'open' | 'released' | 'withdrawn';
  /** When it was opened, ISO 8601 in UTC. */
  readonly at: string;
}

/** What the tickets say to the one who asks. */
export interface LaneStanding {
  readonly kind: /** Nobody else is there: the lane is held. */
    | 'held'
    /** Others are, who came later: the ticket stays, and its turn comes. */
    | 'first'
    /** Somebody was there before: stepping back lets the first one through. */
    | 'later'
    /** The lane was held and given back above this ticket: a new one is needed, where readers look. */
    | 'overtaken'
    /** The read does not show the own ticket, so it may miss another one too. */
    | 'unseen';
}

export const isOwn = (ticket: LaneTicket, owner: LaneOwner): boolean =>
  ticket.owner.run.id === owner.run.id &&
  ticket.owner.run.attempt === owner.run.attempt &&
  ticket.owner.job === owner.job;

const isSamePlace = (one: LanePlace, other: LanePlace): boolean =>
  one.app === other.app && one.environment === other.environment;

/** Everybody else's open tickets of a lane. Whether their runs are over only GitHub can tell. */
export const rivals = (
  tickets: readonly LaneTicket[],
  place: LanePlace,
  owner: LaneOwner,
): readonly LaneTicket[] =>
  tickets.filter(
    (ticket) => ticket.state === 'open' && isSamePlace(ticket.place, place) && !isOwn(ticket, owner),
  );

/** The owner's tickets that are still open: several, when a write of unknown fate was made again. */
export const ownTickets = (
  tickets: readonly LaneTicket[],
  place: LanePlace,
  owner: LaneOwner,
): readonly LaneTicket[] =>
  tickets.filter(
    (ticket) => ticket.state === 'open' && isSamePlace(ticket.place, place) && isOwn(ticket, owner),
  );

/**
 * Where a ticket stands among those that were read after it was opened.
 *
 * @param all every ticket that was read
 * @param alive open tickets of everybody else whose run is not known to be over
 */
export function standing(
  own: LaneTicket,
  all: readonly LaneTicket[],
  alive: readonly LaneTicket[],
): LaneStanding {
  if (!all.some(({ id, state }) => id === own.id && state === 'open')) return { kind: 'unseen' };
  const wasHeldSince = all.some(
    (ticket) =>
      ticket.state === 'released' && ticket.number > own.number && isSamePlace(ticket.place, own.place),
  );
  if (wasHeldSince) return { kind: 'overtaken' };
  if (alive.length === 0) return { kind: 'held' };
  return { kind: alive.every(({ number }) => own.number < number) ? 'first' : 'later' };
}

/**
 * Whether no older ticket can hold the lane, so that nobody need read on. It is held only by a ticket above
 * all that were given back before, and while it is held none is given back: below one that was, nobody holds.
 */
export const suffices = (tickets: readonly LaneTicket[], place: LanePlace): boolean =>
  tickets.some(({ state, place: its }) => state === 'released' && isSamePlace(its, place));
