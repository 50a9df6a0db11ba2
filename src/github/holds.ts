import { isDeepStrictEqual } from 'node:util';
import { RequestError } from '@octokit/request-error';
import type { ControlEntry, ControlPayload, NewControl, WayBackRecord } from '../domain/holds.ts';
import { doubtOf, type Origin } from '../domain/origin.ts';
import type { HoldLedger } from '../ports/holds.ts';
import { explained, type GitHub, settled } from './api.ts';
import { createComments } from './command-comments.ts';
import { writeControl } from './payload.ts';
import {
  allRecords,
  closeRecord,
  createRecord,
  type GitHubRecord,
  ownRecords,
  place,
  READ,
  statesOf,
  WRITE,
} from './records.ts';

/** One task for all of them, so that one request finds every one among thousands of deployments. */
const CONTROL = 'control';

/**
 * Statuses of a way back that was gone to its end, whether or not it helped. What was cut short may have left
 * the bad release live: its rerun must get through to go back.
 */
const GONE = ['SUCCESS', 'INACTIVE', 'FAILURE'];

export interface HoldLedgerOptions {
  /** Name of the default branch: a run on any other opens nothing. Unknown, none does. */
  readonly main?: string | undefined;
}

/**
 * Locks, holds and overrides as GitHub Deployments of a task of their own. What they mean stands in the
 * payload and never in the status. Needs `deployments: write`, and to read `deployments: read`; to doubt one
 * `actions: read`.
 */
export function createHoldLedger(github: GitHub, { main }: HoldLedgerOptions = {}): HoldLedger {
  /** Node id → REST id, of ways back that were read. Neither ever changes. */
  const numbers = new Map<string, number>();

  const controls = async (environment?: string): Promise<readonly Found[]> => {
    const like = { task: CONTROL, ...(environment === undefined ? {} : { environment }) };
    const own = await ownRecords(github, await allRecords(github, like));
    return own.flatMap((record) => toControl(record) ?? []);
  };

  const numbered = ({ id }: WayBackRecord) => {
    const number = numbers.get(id);
    if (number === undefined) throw new Error(`The way back ${id} was not read here.`);
    return { id, number };
  };

  return {
    record: ({ environment, payload }) =>
      explained(`record the ${payload.control} of ${environment}`, WRITE, () =>
        settled(github, async () => {
          const known = (await controls(environment)).find(({ entry }) => isAgain(entry.payload, payload));
          const { number, entry } = known ?? (await create(github, { environment, payload }));
          // On GitHub's page it is no deployment that goes on.
          if (known === undefined) await closeRecord(github, number, 'inactive', payload.reason);
          return entry;
        }),
      ),

    read: () =>
      explained('read what is locked and held', READ, async () => {
        const [said, back] = await Promise.all([
          allRecords(github, { task: CONTROL }),
          allRecords(github, { task: 'rollback' }),
        ]);
        const [words, waysBack] = [await ownRecords(github, said), await ownRecords(github, back)];
        for (const { id, number } of waysBack) numbers.set(id, number);
        return {
          controls: words.flatMap((record) => toControl(record)?.entry ?? []),
          waysBack: waysBack
            .flatMap((record) => toWayBack(record) ?? [])
            .filter(({ payload }) => payload.condemns),
        };
      }),

    gone: (waysBack) =>
      explained('read how the ways back ended', READ, async () => {
        const states = await statesOf(github, waysBack.map(numbered));
        return new Set([...states].flatMap(([id, state]) => (GONE.includes(state) ? [id] : [])));
      }),

    doubt: (entry) =>
      explained('read who said what opens the gate', 'actions: read', async () => {
        const { run, control, actor, second = [] } = entry.payload;
        const asked = control === 'override' ? [actor, second].flat() : [];
        const people = createComments(github);
        const [origin, ...permissions] = await Promise.all([
          originOf(github, run.id),
          ...asked.map((login) => people.permission(login)),
        ]);
        return doubtOf(entry, { origin, main, people: asked, permissions, now: github.clock.now() });
      }),
  };
}

/** Where a word came from; undefined where GitHub has no such run. */
async function originOf(github: GitHub, runId: string): Promise<Origin | undefined> {
  if (!/^[1-9]\d{0,15}$/.test(runId)) return undefined;
  try {
    const { data } = await github.request('GET /repos/{owner}/{repo}/actions/runs/{run_id}', {
      ...place(github),
      run_id: Number(runId),
    });
    return {
      event: data.event,
      branch: data.head_branch ?? undefined,
      attempt: data.run_attempt ?? 1,
      startedBy: data.actor?.login,
      newestBy: data.triggering_actor?.login,
      startedAt: data.created_at,
      endedAt: data.status === 'completed' ? data.updated_at : undefined,
    };
  } catch (error) {
    if (error instanceof RequestError && error.status === 404) return undefined;
    throw error;
  }
}

interface Found {
  readonly number: number;
  readonly entry: ControlEntry;
}

async function create(github: GitHub, { environment, payload }: NewControl): Promise<Found> {
  const record = await createRecord(github, {
    task: CONTROL,
    environment,
    commit: payload.commit,
    payload: writeControl(payload),
    about: `${payload.control} by ${payload.actor}: ${payload.reason}`,
  });
  return { number: record.number, entry: { id: record.id, environment, at: record.at, payload } };
}

/** Whether the same run says the same once more; its end counts from when it was first said. */
const isAgain = ({ until: _, ...one }: ControlPayload, { until: __, ...other }: ControlPayload): boolean =>
  isDeepStrictEqual({ ...one, run: one.run.id }, { ...other, run: other.run.id });

function toControl({ id, number, environment, at, read }: GitHubRecord): Found | undefined {
  return read.kind === 'control'
    ? { number, entry: { id, environment, at, payload: read.payload } }
    : undefined;
}

function toWayBack({ id, environment, at, read }: GitHubRecord): WayBackRecord | undefined {
  return read.kind === 'entry' ? { id, environment, openedAt: at, payload: read.payload } : undefined;
}
