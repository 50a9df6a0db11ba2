import * as z from 'zod';
import { Failure } from '../domain/failure.ts';
import {
  type EntryState,
  isSettled,
  type LedgerEntry,
  mayBecome,
  type NewEntry,
  nameOf,
} from '../domain/ledger.ts';
import { describeRelease, sameRelease } from '../domain/release.ts';
import type { Ledger } from '../ports/ledger.ts';
import { explained, type GitHub, settled, shaped } from './api.ts';
import { askTogether, type PartAnswer } from './batch.ts';
import { heardViewer, type IsOwn, loginOf, ownAmong, ownFor, VIEWER } from './identity.ts';
import {
  cut,
  deployment,
  describePayload,
  ENTRY_FIELDS,
  type GraphqlDeployment,
  payloadOf,
  STATUS,
  toEntry,
  writable,
} from './ledger-entry.ts';
import { newestOwnStatus } from './statuses.ts';

const READ = 'deployments: read';
const WRITE = 'deployments: write';
const PAGE = 100;
const ENTRIES = `repository(owner: $owner, name: $name) {
  deployments(
    environments: [$environment], first: $first, after: $after,
    orderBy: { field: CREATED_AT, direction: DESC }
  ) {
    nodes { ${ENTRY_FIELDS} }
    pageInfo { hasNextPage endCursor }
  }
}`;

const ENTRY = `query ($id: ID!) { ${VIEWER} node(id: $id) { ... on Deployment { ${ENTRY_FIELDS} } } }`;

const onePage = z.object({
  deployments: z.object({
    nodes: z.array(deployment),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.nullable(z.string()) }),
  }),
});

export interface LedgerOptions {
  /** Environments that GitHub shows as production. Default: the one named `production`. */
  readonly productionEnvironments?: readonly string[];
}

/**
 * The ledger on GitHub Deployments. An entry is one deployment of ours: its payload says what, its
 * statuses say how it went. Needs `deployments: write` and nothing else. An entry's id is the
 * deployment's global node id: the numeric one no longer fits the `Int` that GraphQL gives it.
 *
 * Two writers who move the same entry at the same moment are not told apart by GitHub: the deploy lane
 * (one run per environment) keeps them apart.
 *
 * Anybody with `deployments: write` can make a deployment look like an entry, or give one a status: what was
 * not written by the token's own identity or by a job of the repository is passed over before it is read.
 */
export function createLedger(github: GitHub, options: LedgerOptions = {}): Ledger {
  const { repository, request } = github;
  const where = { owner: repository.owner, repo: repository.name };
  const production = options.productionEnvironments ?? ['production'];
  /** Node id → REST id. Neither ever changes. */
  const numbers = new Map<string, number>();

  const deploymentsLike = async (like: { sha: string; task: string; environment?: string }) => {
    const found = await github.paginate('GET /repos/{owner}/{repo}/deployments', {
      ...where,
      ...like,
      per_page: PAGE,
    });
    for (const one of found) numbers.set(one.node_id, Number(one.id));
    return found;
  };

  const numberOf = async (id: string, like: { sha: string; task: string }) => {
    if (!numbers.has(id)) await deploymentsLike(like);
    const number = numbers.get(id);
    if (number !== undefined) return number;
    throw new Failure(
      'LEDGER_ENTRY_UNKNOWN',
      `GitHub knows the deployment ${id}, but does not list it.`,
      'Run the job again; if it stays so, look at the deployments of this commit on GitHub.',
    );
  };

  /** A deployment that Airlock wrote, with the newest status that it gave it; nothing for anybody else's. */
  const ownState = async (node: GraphqlDeployment, isOwn: IsOwn): Promise<GraphqlDeployment | undefined> => {
    const { id, commitOid: sha, task, latestStatus } = node;
    if (!isOwn(loginOf(node.creator))) return undefined;
    if (latestStatus === null || isOwn(loginOf(latestStatus.creator))) return node;
    const own = await newestOwnStatus(github, await numberOf(id, { sha, task }), isOwn);
    return { ...node, latestStatus: own ? { ...own, creator: null } : null };
  };

  const observe = async (id: string): Promise<Observed> => {
    const answer = await github.query(ENTRY, { id });
    const isOwn = ownFor(heardViewer(github, answer));
    const { node } = shaped(z.object({ node: z.nullable(deployment) }), answer);
    const stated = node === null ? undefined : await ownState(node, isOwn);
    const entry = stated && toEntry(stated);
    if (stated === undefined || entry === undefined)
      throw new Failure(
        'LEDGER_ENTRY_UNKNOWN',
        `The ledger has no entry ${id}.`,
        'Use the id of an entry that this ledger opened in this repository.',
      );
    return { entry, announced: stated.latestStatus !== null };
  };

  /** This run's own entry that is still open, if an earlier try of the same step left one. */
  const findOpen = async ({ task, environment, payload }: NewEntry): Promise<Observed | undefined> => {
    const like = { sha: payload.release.commit, task, environment };
    const listed = await deploymentsLike(like);
    const isOwn = await ownAmong(
      github,
      listed.map(({ creator }) => creator?.login ?? ''),
    );
    for (const found of listed.filter(({ creator }) => isOwn(creator?.login ?? ''))) {
      const written = payloadOf(found.node_id, found.payload);
      if (written?.run.id !== payload.run.id || written.release.app !== payload.release.app) continue;
      if (!sameRelease(written.release, payload.release)) continue;
      const observed = await observe(found.node_id);
      if (!isSettled(observed.entry.state)) return observed;
    }
    return undefined;
  };

  const create = async (entry: NewEntry): Promise<Observed> => {
    const { task, environment, payload } = entry;
    const { data } = await request('POST /repos/{owner}/{repo}/deployments', {
      ...where,
      ref: payload.release.commit,
      task,
      environment,
      payload: writable(entry),
      description: cut(describePayload(payload)),
      auto_merge: false,
      required_contexts: [],
      production_environment: production.includes(environment),
      // GitHub's word for one that goes away by itself.
      transient_environment: payload.pullRequest !== undefined,
    });
    if (!('id' in data))
      throw new Failure(
        'GITHUB_REFUSED',
        `GitHub made no deployment and says: ${data.message ?? 'nothing'}.`,
        'Check that the commit to deploy is in this repository.',
      );
    numbers.set(data.node_id, Number(data.id));
    const at = { openedAt: data.created_at, changedAt: data.created_at };
    return {
      entry: { id: data.node_id, task, environment, payload, state: 'started', ...at },
      announced: false,
    };
  };

  const setStatus = async (
    entry: LedgerEntry,
    to: EntryState,
    note: { text: string; url?: string },
  ): Promise<LedgerEntry> => {
    const { data } = await request('POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses', {
      ...where,
      deployment_id: await numberOf(entry.id, {
        sha: entry.payload.release.commit,
        task: entry.task,
      }),
      state: STATUS[to],
      description: cut(note.text),
      log_url: entry.payload.run.url,
      ...(note.url === undefined ? {} : { environment_url: note.url }),
      auto_inactive: false,
    });
    return { ...entry, state: to, changedAt: data.created_at };
  };

  return {
    open: (entry) =>
      explained(`open a ledger entry for ${entry.environment}`, WRITE, () =>
        settled(github, async () => {
          const observed = (await findOpen(entry)) ?? (await create(entry));
          const { payload, task } = entry;
          const note = { text: `${task} ${nameOf(payload)}, asked for by ${payload.actor}` };
          return observed.announced ? observed.entry : setStatus(observed.entry, 'started', note);
        }),
      ),

    advance: (id, to, note) =>
      explained(`record that the ledger entry is ${to}`, WRITE, () =>
        settled(github, async () => {
          const { entry } = await observe(id);
          if (!mayBecome(entry.state, to)) throw impossible(entry, to);
          return entry.state === to ? entry : setStatus(entry, to, note);
        }),
      ),

    entries: (environment, limit, suffices) =>
      explained(`read the ledger of ${environment}`, READ, async () => {
        const found: LedgerEntry[] = [];
        let after: string | null = null;
        do {
          const answer: PartAnswer = await askTogether(github, {
            field: ENTRIES,
            variables: {
              owner: ['String!', repository.owner],
              name: ['String!', repository.name],
              environment: ['String!', environment],
              first: ['Int!', PAGE],
              after: ['String', after],
            },
          });
          const isOwn = ownFor(heardViewer(github, answer));
          const { nodes, pageInfo } = shaped(onePage, answer.value).deployments;
          for (const node of nodes) {
            const own = node.originalEnvironment === environment ? await ownState(node, isOwn) : undefined;
            const entry = own && toEntry(own);
            if (entry !== undefined && found.length < limit) found.push(entry);
          }
          after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
        } while (after !== null && found.length < limit && suffices?.(found) !== true);
        return found;
      }),
  };
}

/** An entry as GitHub has it, and whether any status says that its work began. */
interface Observed {
  readonly entry: LedgerEntry;
  readonly announced: boolean;
}

const impossible = ({ payload, environment, state }: LedgerEntry, to: EntryState): Failure =>
  new Failure(
    'LEDGER_MOVE_REFUSED',
    `The ledger entry for ${describeRelease(payload.release)} in ${environment} is ${state} and cannot become ${to}.`,
    'Another run has settled it: look at its page under Deployments, and start a new run if need be.',
  );
