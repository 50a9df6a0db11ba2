import * as z from 'zod';
import { Failure } from '../domain/failure.ts';
import { type GitHub, shaped } from './api.ts';
import { ACTOR, actor, heardViewer, type IsOwn, loginOf, ownAmong, ownFor, VIEWER } from './identity.ts';
import { cut, unreadable } from './ledger-entry.ts';
import { type ReadPayload, readPayload } from './payload.ts';
import { newestOwnStatus } from './statuses.ts';

/** A deployment that announces no release, as whoever wrote it left it: nobody has read its payload yet. */
export interface RawRecord {
  /** Global node id, as entries have it. */
  readonly id: string;
  readonly number: number;
  /** Where it was written down: a status may move a deployment elsewhere. */
  readonly environment: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly payload: unknown;
  /** Login of whoever wrote it; empty where the account is gone. */
  readonly creator: string;
}

/** One of ours: somebody's word, or a ticket. */
export interface GitHubRecord extends Omit<RawRecord, 'payload' | 'creator'> {
  readonly read: ReadPayload;
}

const PAGE = 100;

export const READ = 'deployments: read';
export const WRITE = 'deployments: write';

export const place = ({ repository }: GitHub) => ({ owner: repository.owner, repo: repository.name });

export async function createRecord(
  github: GitHub,
  {
    commit,
    payload,
    about,
    ...where
  }: {
    task: string;
    environment: string;
    commit: string;
    payload: Record<string, unknown>;
    about: string;
  },
): Promise<RawRecord> {
  const { data } = await github.request('POST /repos/{owner}/{repo}/deployments', {
    ...place(github),
    ...where,
    ref: commit,
    payload,
    description: cut(about),
    auto_merge: false,
    required_contexts: [],
    production_environment: false,
    transient_environment: false,
  });
  if (!('id' in data))
    throw new Failure(
      'GITHUB_REFUSED',
      `GitHub made no record and says: ${data.message ?? 'nothing'}.`,
      'Check that the commit of this run is in this repository.',
    );
  return toRecord(data);
}

/** Puts the last word of a record on GitHub's page: it is no deployment that runs. */
export async function closeRecord(
  github: GitHub,
  number: number,
  state: 'inactive' | 'error',
  text: string,
): Promise<void> {
  await github.request('POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses', {
    ...place(github),
    deployment_id: number,
    state,
    description: cut(text),
    auto_inactive: false,
  });
}

/** Every record of a task, newest first, page by page; GitHub filters, so other entries cost nothing. */
export async function* recordPages(
  github: GitHub,
  like: { readonly task: string; readonly environment?: string },
  size = PAGE,
): AsyncGenerator<readonly RawRecord[]> {
  for (let page = 1; ; page += 1) {
    const { data } = await github.request('GET /repos/{owner}/{repo}/deployments', {
      ...place(github),
      ...like,
      per_page: size,
      page,
    });
    const found = data.map(toRecord);
    yield found.filter(({ environment }) => environment === (like.environment ?? environment));
    if (data.length < size) return;
  }
}

export async function allRecords(
  github: GitHub,
  like: { readonly task: string; readonly environment?: string },
): Promise<readonly RawRecord[]> {
  const found: RawRecord[] = [];
  for await (const page of recordPages(github, like)) found.push(...page);
  return found;
}

/**
 * The records that Airlock wrote itself, read. What anybody else wrote is passed over unread, whatever it says.
 *
 * @throws Failure LEDGER_ENTRY_UNREADABLE for one of ours
 */
export async function ownRecords(
  github: GitHub,
  records: readonly RawRecord[],
  isOwn?: IsOwn,
): Promise<readonly GitHubRecord[]> {
  const mine =
    isOwn ??
    (await ownAmong(
      github,
      records.map(({ creator }) => creator),
    ));
  return records.flatMap(({ payload, creator, ...record }) => {
    if (!mine(creator)) return [];
    const read = readPayload(payload);
    if (read.kind === 'unreadable') throw unreadable(record.id, read.why);
    return [{ ...record, read }];
  });
}

const node = z.object({ latestStatus: z.nullable(z.object({ state: z.string(), creator: actor })) });
const answers = z.object({ viewer: z.unknown() }).catchall(z.nullable(node));

/**
 * GitHub's word for where each record stands, by its id; none for one that has no status. One query for a page.
 * Of statuses that others put on it, none counts: then the newest of ours is asked for.
 *
 * @param records ours, or any with who wrote them: of a record that is not ours nothing is told
 */
export async function statesOf(
  github: GitHub,
  records: readonly (Pick<RawRecord, 'id' | 'number'> & Partial<Pick<RawRecord, 'creator'>>)[],
): Promise<ReadonlyMap<string, string>> {
  const states = new Map<string, string>();
  for (let from = 0; from < records.length; from += PAGE) {
    const page = records.slice(from, from + PAGE);
    const each = page.map((_, index) => index);
    const query = `query (${each.map((index) => `$i${index}: ID!`).join(', ')}) {
      ${VIEWER}
      ${each.map((index) => `t${index}: node(id: $i${index}) { ... on Deployment { latestStatus { state creator ${ACTOR} } } }`).join('\n')}
    }`;
    const ids = Object.fromEntries(page.map(({ id }, index) => [`i${index}`, id]));
    const answer = shaped(answers, await github.query(query, ids));
    const isOwn = ownFor(heardViewer(github, answer));
    for (const [index, { id, number, creator }] of page.entries()) {
      const latest = answer[`t${index}`]?.latestStatus;
      if (!latest || (creator !== undefined && !isOwn(creator))) continue;
      const own = isOwn(loginOf(latest.creator)) ? latest : await newestOwnStatus(github, number, isOwn);
      if (own) states.set(id, own.state.toUpperCase());
    }
  }
  return states;
}

const toRecord = (data: {
  id: number | bigint;
  node_id: string;
  environment: string;
  original_environment?: string;
  created_at: string;
  payload?: unknown;
  creator: { login: string } | null;
}): RawRecord => ({
  id: data.node_id,
  number: Number(data.id),
  environment: data.original_environment ?? data.environment,
  at: data.created_at,
  payload: data.payload,
  creator: data.creator?.login ?? '',
});
