import type { LaneOwner, LanePlace, LaneTicket } from '../domain/lane.ts';

/** Tickets of lanes, on the ledger. Throws `Failure`; a read that is not complete is an error. */
export interface LaneTickets {
  /**
   * Opens a ticket, or finds the owner's open one: a write of unknown fate is looked for first. When it
   * resolves, everybody's next read shows the ticket.
   *
   * @param commit a commit of the repository: GitHub files every record under one
   */
  open(place: LanePlace, owner: LaneOwner, commit: string): Promise<LaneTicket>;
  /** Every ticket that may be open, by what GitHub says now. */
  read(place: LanePlace): Promise<readonly LaneTicket[]>;
  /** Closes a ticket. One that is closed already stays as it is. */
  close(ticket: LaneTicket, as: 'released' | 'withdrawn', note: string): Promise<void>;
}

export interface RunStates {
  /** Whether an attempt of a run is over, by GitHub. Throws `Failure` when it cannot be told. */
  isOver(runId: string, attempt: number): Promise<boolean>;
}
