import { randomBytes } from 'node:crypto';
import type { Permissions, RunService } from '../executor/run-service.ts';
import { createFaults, type Faults } from './faults.ts';
import { OPERATIONS, type OperationId } from './openapi/description.ts';
import { addRepository, type NewRepository, type RepositoryHandle } from './repository-handle.ts';
import { type RunReviews, runService } from './run-service.ts';
import { listen } from './server.ts';
import { type Snapshot, snapshot } from './snapshot.ts';
import type { Dispatch, Rerun, State } from './state.ts';

export interface FakeGitHubOptions {
  /** Time, so that a test can move it. */
  readonly now?: () => Date;
}

/** A stateful GitHub on this machine: REST and GraphQL over HTTP, and the executor's `RunService` in process. */
export interface FakeGitHub extends RunService, RunReviews {
  readonly url: string;
  readonly faults: Faults;
  /** Where a request or an answer left GitHub's description. A test ends with none. */
  readonly problems: readonly string[];
  /** Operations that have a route, and those of them that were answered well at least once. */
  readonly operations: ReadonlySet<OperationId | 'graphql'>;
  readonly exercised: ReadonlySet<OperationId | 'graphql'>;
  addRepository(repository: NewRepository): RepositoryHandle;
  /** A person's token, for every repository. Without permissions given it may do everything. */
  mintUserToken(login: string, permissions?: Permissions): string;
  /** Takes the jobs that were asked to run again: it runs nothing itself. */
  takeReruns(): readonly Rerun[];
  /** Takes the runs that were started by `workflow_dispatch`, and are listed until then: it runs nothing itself. */
  takeDispatches(): readonly Dispatch[];
  /** Everything it remembers but tokens, as plain data of its own. */
  snapshot(): Snapshot;
  close(): Promise<void>;
}

/** Starts one on a free loopback port. */
export async function startFakeGitHub(options: FakeGitHubOptions = {}): Promise<FakeGitHub> {
  // Ids of real deployments no longer fit GraphQL's `Int`.
  let lastId = 3_000_000_000;
  const state: State = {
    repositories: new Map(),
    tokens: new Map(),
    runs: new Map(),
    reruns: [],
    dispatches: [],
    nextId: () => {
      lastId += 1;
      return lastId;
    },
    now: options.now ?? (() => new Date()),
  };
  const faults = createFaults();
  const witness = { problems: [] as string[], exercised: new Set<OperationId | 'graphql'>(), faults };
  const server = await listen(state, witness);

  return {
    url: server.url,
    apiUrl: server.apiUrl,
    graphqlUrl: server.graphqlUrl,
    serverUrl: server.url,
    faults,
    problems: witness.problems,
    operations: new Set([...OPERATIONS, 'graphql']),
    exercised: witness.exercised,
    addRepository: (repository) => addRepository(state, repository),
    mintUserToken(login, permissions = EVERYTHING) {
      const secret = `ghp_${randomBytes(18).toString('hex')}`;
      state.tokens.set(secret, { kind: 'user', login, permissions, revoked: false });
      return secret;
    },
    ...runService(state),
    takeReruns: () => state.reruns.splice(0),
    takeDispatches: () => state.dispatches.splice(0).map(({ run: _, ...dispatch }) => dispatch),
    snapshot: () => snapshot(state),
    close: server.close,
  };
}

const EVERYTHING: Permissions = {
  actions: 'write',
  administration: 'write',
  contents: 'write',
  deployments: 'write',
  environments: 'write',
  issues: 'write',
  'organization-plan': 'read',
  members: 'read',
  'pull-requests': 'write',
  secrets: 'write',
};
