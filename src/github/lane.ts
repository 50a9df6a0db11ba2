import { isOwn, type LanePlace, type LaneTicket, suffices } from '../domain/lane.ts';
import type { LaneTickets, RunStates } from '../ports/lane.ts';
import { explained, type GitHub, settled } from './api.ts';
import { writeLane } from './payload.ts';
import {
  closeRecord,
  createRecord,
  type GitHubRecord,
  ownRecords,
  place,
  READ,
  recordPages,
  statesOf,
  WRITE,
} from './records.ts';

const LANE = 'lane';
/** Tickets that are looked at in one go: as many as GraphQL is asked for the status of. */
const LOOK = 30;

const CLOSED: Readonly<Record<string, LaneTicket['state']>> = { INACTIVE: 'released', ERROR: 'withdrawn' };
const STATUS = { released: 'inactive', withdrawn: 'error' } as const;

/**
 * Lane tickets as GitHub Deployments of a task of their own; whether one is open stands in its status.
 * Needs `deployments: write`.
 */
export function createLaneTickets(github: GitHub, pageSize = LOOK): LaneTickets {
  /** A ticket that is closed stays so. */
  const closed = new Map<string, LaneTicket['state']>();

  const look = async (tickets: readonly LaneTicket[]): Promise<readonly LaneTicket[]> => {
    const unsure = tickets.filter(({ id }) => !closed.has(id));
    for (const [id, status] of await statesOf(github, unsure)) {
      const state = CLOSED[status];
      if (state !== undefined) closed.set(id, state);
    }
    return tickets.map((ticket) => ({ ...ticket, state: closed.get(ticket.id) ?? 'open' }));
  };

  const read = async (where: LanePlace): Promise<readonly LaneTicket[]> => {
    const found: LaneTicket[] = [];
    const like = { task: LANE, environment: where.environment };
    for await (const page of recordPages(github, like, pageSize)) {
      const own = await ownRecords(github, page);
      found.push(...(await look(own.flatMap((record) => toTicket(record) ?? []))));
      if (suffices(found, where)) break;
    }
    return found;
  };

  return {
    open: (where, owner, commit) =>
      explained(`open a ticket for the lane of ${where.environment}`, WRITE, () =>
        settled(github, async () => {
          const own = (await read(where)).find(
            (ticket) => ticket.state === 'open' && ticket.place.app === where.app && isOwn(ticket, owner),
          );
          if (own) return own;
          const record = await createRecord(github, {
            task: LANE,
            environment: where.environment,
            commit,
            payload: writeLane({ schema: 1, lane: { app: where.app, owner } }),
            about: `Lane of ${where.app}, run ${owner.run.id}`,
          });
          return { id: record.id, number: record.number, place: where, owner, state: 'open', at: record.at };
        }),
      ),

    read: (where) => explained(`read the lane of ${where.environment}`, READ, () => read(where)),

    close: (ticket, as, note) =>
      explained(`close a ticket for the lane of ${ticket.place.environment}`, WRITE, () =>
        settled(github, async () => {
          const [now] = await look([ticket]);
          if (now?.state !== 'open') return;
          await closeRecord(github, ticket.number, STATUS[as], note);
          closed.set(ticket.id, as);
        }),
      ),
  };
}

function toTicket({ id, number, environment, at, read }: GitHubRecord): LaneTicket | undefined {
  if (read.kind !== 'lane') return undefined;
  const { app, owner } = read.payload.lane;
  return { id, number, place: { app, environment }, owner, state: 'open', at };
}

/** Whether runs are over, by GitHub Actions. Needs `actions: read`. */
export function createRunStates(github: GitHub): RunStates {
  return {
    isOver: (runId, attempt) =>
      explained(`read whether run ${runId} is over`, 'actions: read', async () => {
        const { data } = await github.request('GET /repos/{owner}/{repo}/actions/runs/{run_id}', {
          ...place(github),
          run_id: Number(runId),
        });
        // A later attempt begins only when the earlier one has ended.
        return data.status === 'completed' || (data.run_attempt ?? 1) > attempt;
      }),
  };
}
