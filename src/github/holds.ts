import { isDeepStrictEqual } from 'node:util';
import type { ControlEntry, ControlPayload, NewControl, WayBackRecord } from '../domain/holds.ts';
import type { HoldLedger } from '../ports/holds.ts';
import { explained, type GitHub, settled } from './api.ts';
import { writeControl } from './payload.ts';
import {
  allRecords,
  closeRecord,
  createRecord,
  type GitHubRecord,
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

/**
 * Locks, holds and overrides as GitHub Deployments of a task of their own. What they mean stands in the
 * payload and never in the status. Needs `deployments: write`, and to read `deployments: read`.
 */
export function createHoldLedger(github: GitHub): HoldLedger {
  const controls = async (environment?: string): Promise<readonly Found[]> => {
    const like = { task: CONTROL, ...(environment === undefined ? {} : { environment }) };
    return (await allRecords(github, like)).flatMap((record) => toControl(record) ?? []);
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
        const [said, back] = await Promise.all([controls(), allRecords(github, { task: 'rollback' })]);
        const announced = back
          .flatMap((record) => toWayBack(record) ?? [])
          .filter(({ payload }) => payload.condemns);
        const states = await statesOf(github, announced);
        return {
          controls: said.map(({ entry }) => entry),
          waysBack: announced.filter(({ id }) => GONE.includes(states.get(id) ?? '')),
        };
      }),
  };
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
