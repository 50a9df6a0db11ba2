import * as z from 'zod';
import { Failure } from '../domain/failure.ts';
import type { EntryPayload, EntryState, LedgerEntry, NewEntry } from '../domain/ledger.ts';
import { describeRelease } from '../domain/release.ts';
import { ACTOR, actor } from './identity.ts';
import { readPayload, task as taskSchema, writePayload } from './payload.ts';

const LONGEST_DESCRIPTION = 140;

/**
 * How an entry's state stands in GitHub. What GitHub sets by itself (`pending`, `waiting`, nothing at
 * all) is an entry whose run was ended between opening and its first status: it has started.
 *
 * | entry        | GitHub        | shown there as |
 * |--------------|---------------|----------------|
 * | `started`    | `in_progress` | In progress    |
 * | `staged`     | `queued`      | Queued         |
 * | `succeeded`  | `success`     | Active         |
 * | `superseded` | `inactive`    | Inactive       |
 * | `failed`     | `failure`     | Failed         |
 * | `cancelled`  | `error`       | Error          |
 */
export const STATUS = {
  started: 'in_progress',
  staged: 'queued',
  succeeded: 'success',
  superseded: 'inactive',
  failed: 'failure',
  cancelled: 'error',
} as const satisfies Readonly<Record<EntryState, string>>;

const ENTRY_STATE: Readonly<Record<string, EntryState>> = {
  ...Object.fromEntries(Object.entries(STATUS).map(([state, status]) => [status, state as EntryState])),
  pending: 'started',
  waiting: 'started',
};

/** What is asked of a deployment, to read it as an entry. */
export const ENTRY_FIELDS = `id createdAt creator ${ACTOR} environment originalEnvironment task payload commitOid
  latestStatus { state createdAt creator ${ACTOR} }`;

export const deployment = z.object({
  id: z.string(),
  createdAt: z.string(),
  creator: actor,
  environment: z.string(),
  originalEnvironment: z.string(),
  task: z.string(),
  payload: z.nullable(z.string()),
  commitOid: z.string(),
  latestStatus: z.nullable(z.object({ state: z.string(), createdAt: z.string(), creator: actor })),
});
export type GraphqlDeployment = z.infer<typeof deployment>;

/**
 * One of ours as an entry, nothing for somebody else's.
 *
 * @throws Failure LEDGER_ENTRY_UNREADABLE
 */
export function toEntry(node: GraphqlDeployment): LedgerEntry | undefined {
  const payload = payloadOf(node.id, node.payload);
  if (payload === undefined) return undefined;
  const task = taskSchema.safeParse(node.task);
  const state = node.latestStatus === null ? 'started' : ENTRY_STATE[node.latestStatus.state.toLowerCase()];
  if (!task.success) throw unreadable(node.id, `its task is ${JSON.stringify(node.task)}`);
  if (state === undefined) throw unreadable(node.id, `its state is ${node.latestStatus?.state}`);
  if (payload.release.commit !== node.commitOid)
    throw unreadable(node.id, 'it says another commit than the deployment that carries it');
  return {
    id: node.id,
    task: task.data,
    environment: node.originalEnvironment,
    payload,
    state,
    openedAt: node.createdAt,
    changedAt: node.latestStatus?.createdAt ?? node.createdAt,
  };
}

/**
 * The payload of one of ours, nothing for somebody else's.
 *
 * @throws Failure LEDGER_ENTRY_UNREADABLE
 */
export function payloadOf(id: string, payload: unknown): EntryPayload | undefined {
  const read = readPayload(payload);
  if (read.kind === 'unreadable') throw unreadable(id, read.why);
  return read.kind === 'entry' ? read.payload : undefined;
}

export const unreadable = (id: string, why: string): Failure =>
  new Failure(
    'LEDGER_ENTRY_UNREADABLE',
    `The ledger entry ${id} cannot be read: ${why}.`,
    'Use the Airlock version that wrote it, or a newer one; if somebody wrote it by hand, delete that deployment on GitHub.',
  );

/** @throws Failure LEDGER_ENTRY_INVALID where it could not be read back */
export function writable(entry: NewEntry): Record<string, unknown> {
  try {
    return writePayload(entry.payload);
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new Failure(
      'LEDGER_ENTRY_INVALID',
      `This is not an entry that could be read back: ${why}`,
      'Report it: Airlock should not have built it.',
      { cause },
    );
  }
}

/** What people read of it on GitHub's pages. */
export const describePayload = ({ release, foreign }: EntryPayload): string =>
  foreign === undefined
    ? describeRelease(release)
    : `${foreign.version}, not put there by Airlock, in place of ${describeRelease(release)}`;

/** One line of at most 140 characters, cut at a word where there is one near the end. */
export function cut(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  if (line.length <= LONGEST_DESCRIPTION) return line;
  const head = line.slice(0, LONGEST_DESCRIPTION - 1);
  const space = head.lastIndexOf(' ');
  const kept = space > LONGEST_DESCRIPTION / 2 ? head.slice(0, space) : head;
  // Half of a surrogate pair is no character.
  return `${kept.replace(/[\uD800-\uDBFF]$/, '')}…`;
}
