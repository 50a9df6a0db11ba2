import * as z from 'zod';
import { Failure } from '../domain/failure.ts';
import {
  type EntryPayload,
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
import { ACTOR, actor, heardViewer, type IsOwn, loginOf, ownAmong, ownFor, VIEWER } from './identity.ts';
import { readPayload, task as taskSchema, writePayload } from './payload.ts';
import { newestOwnStatus } from './statuses.ts';

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
const STATUS = {
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

const READ = 'deployments: read';
const WRITE = 'deployments: write';
const PAGE = 100;
const LONGEST_DESCRIPTION = 140;

const ENTRY_FIELDS = `id createdAt creator ${ACTOR} environment originalEnvironment task payload commitOid
  latestStatus { state createdAt creator ${ACTOR} }`;

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

const deployment = z.object({
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
type GraphqlDeployment = z.infer<typeof deployment>;

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
      const written = understood(found.node_id, readPayload(found.payload));
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

/** One of ours as an entry, nothing for somebody else's. One of ours that cannot be read is an error. */
function toEntry(node: GraphqlDeployment): LedgerEntry | undefined {
  const payload = understood(node.id, readPayload(node.payload));
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

function understood(id: string, read: ReturnType<typeof readPayload>) {
  if (read.kind === 'unreadable') throw unreadable(id, read.why);
  return read.kind === 'entry' ? read.payload : undefined;
}

export const unreadable = (id: string, why: string): Failure =>
  new Failure(
    'LEDGER_ENTRY_UNREADABLE',
    `The ledger entry ${id} cannot be read: ${why}.`,
    'Use the Airlock version that wrote it, or a newer one; if somebody wrote it by hand, delete that deployment on GitHub.',
  );

function writable(entry: NewEntry): Record<string, unknown> {
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

const describePayload = ({ release, foreign }: EntryPayload): string =>
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
