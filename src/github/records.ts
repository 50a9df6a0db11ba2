import * as z from 'zod';
import { Failure } from '../domain/failure.ts';
import { type GitHub, shaped } from './api.ts';
import { cut, unreadable } from './ledger.ts';
import { type ReadPayload, readPayload } from './payload.ts';

/** A deployment of ours that announces no release: somebody's word, or a ticket. */
export interface GitHubRecord {
  /** Global node id, as entries have it. */
  readonly id: string;
  readonly number: number;
  readonly environment: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly read: ReadPayload;
  /** Login of whoever wrote it; empty where the account is gone. */
  readonly creator: string;
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
): Promise<GitHubRecord> {
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
): AsyncGenerator<readonly GitHubRecord[]> {
  for (let page = 1; ; page += 1) {
    const { data } = await github.request('GET /repos/{owner}/{repo}/deployments', {
      ...place(github),
      ...like,
      per_page: size,
      page,
    });
    yield data.map(toRecord);
    if (data.length < size) return;
  }
}

export async function allRecords(
  github: GitHub,
  like: { readonly task: string; readonly environment?: string },
): Promise<readonly GitHubRecord[]> {
  const found: GitHubRecord[] = [];
  for await (const page of recordPages(github, like)) found.push(...page);
  return found;
}

const node = z.object({ latestStatus: z.nullable(z.object({ state: z.string() })) });
const answers = z.record(z.string(), z.nullable(node));

/** GitHub's word for where each record stands, by its id; none for one that has no status. One query for a page. */
export async function statesOf(
  github: GitHub,
  records: readonly { readonly id: string }[],
): Promise<ReadonlyMap<string, string>> {
  const states = new Map<string, string>();
  for (let from = 0; from < records.length; from += PAGE) {
    const page = records.slice(from, from + PAGE);
    const each = page.map((_, index) => index);
    const query = `query (${each.map((index) => `$i${index}: ID!`).join(', ')}) {
      ${each.map((index) => `t${index}: node(id: $i${index}) { ... on Deployment { latestStatus { state } } }`).join('\n')}
    }`;
    const ids = Object.fromEntries(page.map(({ id }, index) => [`i${index}`, id]));
    const answer = shaped(answers, await github.query(query, ids));
    for (const [index, { id }] of page.entries()) {
      const state = answer[`t${index}`]?.latestStatus?.state;
      if (state !== undefined) states.set(id, state);
    }
  }
  return states;
}

function toRecord(data: {
  id: number | bigint;
  node_id: string;
  environment: string;
  created_at: string;
  payload?: unknown;
  creator: { login: string } | null;
}): GitHubRecord {
  const read = readPayload(data.payload);
  if (read.kind === 'unreadable') throw unreadable(data.node_id, read.why);
  return {
    id: data.node_id,
    number: Number(data.id),
    environment: data.environment,
    at: data.created_at,
    read,
    creator: data.creator?.login ?? '',
  };
}
