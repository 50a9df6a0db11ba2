import { randomBytes } from 'node:crypto';
import type { Permissions, RunService } from '../executor/run-service.ts';
import { createFaults, type Faults } from './faults.ts';
import { mayReview, review, waitAtGate } from './gate.ts';
import { readGit } from './git.ts';
import { OPERATIONS, type OperationId } from './openapi/description.ts';
import { listen } from './server.ts';
import { NEW_SETTINGS, type Settings } from './settings.ts';
import {
  type Commit,
  type Dispatch,
  ensureEnvironment,
  fullName,
  mayWrite,
  type Protection,
  type Repository,
  type Rerun,
  type Run,
  type State,
  UNPROTECTED,
} from './state.ts';

export interface FakeGitHubOptions {
  /** Time, so that a test can move it. */
  readonly now?: () => Date;
}

export interface NewRepository {
  readonly owner: string;
  readonly name: string;
  /** A git folder whose branches, tags and commits are the repository's. */
  readonly directory?: string;
  readonly visibility?: 'public' | 'private';
  /** Default `main`. */
  readonly defaultBranch?: string;
}

/** One repository, for a test to fill or look into. */
export interface RepositoryHandle {
  readonly fullName: string;
  /** Guards an environment; what is left out keeps GitHub's default. */
  protect(environment: string, protection: Partial<Protection>): void;
  /** Sets the repository up; what is left out stays as it is. */
  configure(settings: Partial<Settings>): void;
  /** Adds a commit on a branch (default: the default branch) of a repository without a git folder. */
  commit(message: string, branch?: string): string;
  /** Opens a pull request with this commit as its newest; gives its number. */
  openPullRequest(pull: {
    readonly title: string;
    readonly head: string;
    readonly author: string;
    /** Branch that it comes from, and when the commit was pushed to it: now, where nothing is said. */
    readonly branch?: string;
    readonly pushedAt?: Date;
    /** Fork that the branch is in: `owner/name`. */
    readonly fork?: string;
  }): number;
  /** Another newest commit after a push, or another state. */
  changePullRequest(
    number: number,
    change: { readonly head?: string; readonly state?: 'open' | 'closed' },
  ): void;
  /** Adds somebody's comment to an issue or a pull request; gives its id. In a locked one only whoever may write can. */
  say(thread: number, comment: { readonly by: string; readonly body: string; readonly app?: string }): number;
  /** Reports status checks for a commit. */
  reportChecks(
    sha: string,
    checks: readonly { context: string; state: 'success' | 'pending' | 'failure' }[],
  ): void;
}

/** A stateful GitHub on this machine: REST and GraphQL over HTTP, and the executor's `RunService` in process. */
export interface FakeGitHub extends RunService {
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
  /** A reviewer's answer for the jobs of a run that wait at an environment: what the terminal asks for. */
  review(answer: {
    runId: number;
    environment: string;
    verdict: 'approved' | 'rejected';
    by: string;
    comment?: string;
  }): void;
  /** How a job of a run ended; without it the job ends as its run does. */
  setJobConclusion(runId: number, job: string, conclusion: NonNullable<Run['conclusion']>): void;
  /** Takes the jobs that were asked to run again: it runs nothing itself. */
  takeReruns(): readonly Rerun[];
  /** Takes the runs that were started by `workflow_dispatch`. */
  takeDispatches(): readonly Dispatch[];
  /** Everything it remembers but tokens, as plain data of its own. */
  snapshot(): Snapshot;
  close(): Promise<void>;
}

export interface Snapshot {
  readonly repositories: readonly (Pick<
    Repository,
    'owner' | 'name' | 'releases' | 'issues' | 'deployments'
  > & {
    readonly refs: Readonly<Record<string, string>>;
    readonly environments: Readonly<Record<string, Protection>>;
  })[];
  readonly runs: readonly (Omit<Run, 'pending'> & {
    readonly pending: readonly { environment: string; job: string }[];
  })[];
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
    takeDispatches: () => state.dispatches.splice(0),
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

/** What happens to runs: the executor's side, and a reviewer's. */
function runService(
  state: State,
): Omit<RunService, 'apiUrl' | 'graphqlUrl' | 'serverUrl'> & Pick<FakeGitHub, 'review' | 'setJobConclusion'> {
  return {
    openRun(request) {
      const earlier = request.rerunOf === undefined ? undefined : runOf(state, request.rerunOf);
      if (earlier !== undefined) {
        earlier.attempt += 1;
        earlier.triggeredBy = request.actor;
        setStatus(state, earlier, 'queued');
        return { id: earlier.id, number: earlier.number, attempt: earlier.attempt };
      }
      repositoryOf(state, request.repository);
      const at = state.now();
      const number =
        1 + [...state.runs.values()].filter((run) => run.opened.workflowPath === request.workflowPath).length;
      const run: Run = {
        id: state.nextId(),
        number,
        attempt: 1,
        opened: request,
        triggeredBy: request.actor,
        status: 'queued',
        conclusion: undefined,
        createdAt: at,
        updatedAt: at,
        jobs: [],
        reviews: [],
        pending: [],
      };
      state.runs.set(run.id, run);
      return { id: run.id, number, attempt: 1 };
    },

    setRunStatus: (runId, status, conclusion) => setStatus(state, runOf(state, runId), status, conclusion),

    mintToken({ runId, job, permissions }) {
      const run = runOf(state, runId);
      run.jobs.push({
        id: state.nextId(),
        name: job,
        attempt: run.attempt,
        status: 'in_progress',
        conclusion: undefined,
        startedAt: state.now(),
        completedAt: undefined,
      });
      const secret = `ghs_${randomBytes(18).toString('hex')}`;
      const { repository } = run.opened;
      state.tokens.set(secret, { kind: 'job', repository, runId, job, permissions, revoked: false });
      return secret;
    },

    checkRun({ runId, job: name }) {
      const job = runOf(state, runId).jobs.findLast((one) => one.name === name);
      if (job === undefined) throw new Error(`Run ${runId} has no job ${name}.`);
      return job.id;
    },

    revokeToken(secret) {
      const token = state.tokens.get(secret);
      if (token !== undefined) token.revoked = true;
    },

    environmentReviewers: (repository, environment) =>
      ensureEnvironment(state, repositoryOf(state, repository), environment).protection.reviewers,

    awaitApproval({ runId, ...request }, signal) {
      const run = runOf(state, runId);
      return waitAtGate(state, repositoryOf(state, run.opened.repository), run, request, signal);
    },

    review({ runId, environment, verdict, by, comment = '' }) {
      const run = runOf(state, runId);
      const found = ensureEnvironment(state, repositoryOf(state, run.opened.repository), environment);
      if (!mayReview(found, run, by)) throw new Error(`${by} may not review ${environment} for this run.`);
      review(run, [found], { state: verdict, by, comment });
    },

    setJobConclusion(runId, name, conclusion) {
      const job = runOf(state, runId).jobs.findLast((one) => one.name === name);
      if (job === undefined) throw new Error(`Run ${runId} has no job ${name}.`);
      Object.assign(job, { status: 'completed', conclusion, completedAt: state.now() });
    },
  };
}

function setStatus(state: State, run: Run, status: Run['status'], conclusion?: Run['conclusion']): void {
  run.status = status;
  run.conclusion = conclusion;
  run.updatedAt = state.now();
  if (status !== 'completed') return;
  for (const job of run.jobs)
    if (job.status !== 'completed')
      Object.assign(job, { status, conclusion: conclusion ?? 'cancelled', completedAt: state.now() });
}

function runOf(state: State, id: number): Run {
  const run = state.runs.get(id);
  if (run === undefined) throw new Error(`The fake GitHub has no run ${id}.`);
  return run;
}

function repositoryOf(state: State, name: string): Repository {
  const repository = state.repositories.get(name);
  if (repository === undefined) throw new Error(`The fake GitHub has no repository ${name}.`);
  return repository;
}

function addRepository(state: State, wanted: NewRepository): RepositoryHandle {
  const repository: Repository = {
    id: state.nextId(),
    owner: wanted.owner,
    name: wanted.name,
    visibility: wanted.visibility ?? 'private',
    settings: NEW_SETTINGS,
    defaultBranch: wanted.defaultBranch ?? 'main',
    directory: wanted.directory,
    createdAt: state.now(),
    commits: new Map(),
    refs: new Map(),
    pushes: [],
    checks: new Map(),
    releases: [],
    issues: [],
    deployments: [],
    environments: new Map(),
  };
  readGit(repository);
  state.repositories.set(fullName(repository), repository);
  const pushed = (branch: string | undefined, after: string, by: string, at = state.now()): void => {
    if (branch === undefined) return;
    const ref = `refs/heads/${branch}`;
    const before = repository.pushes.findLast((one) => one.ref === ref)?.after;
    repository.pushes.push({ id: state.nextId(), ref, before, after, by, at });
  };
  return {
    fullName: fullName(repository),
    protect(name, protection) {
      ensureEnvironment(state, repository, name).protection = { ...UNPROTECTED, ...protection };
    },
    configure(settings) {
      repository.settings = { ...repository.settings, ...settings };
    },
    commit(message, branch = repository.defaultBranch) {
      const ref = `refs/heads/${branch}`;
      const parent =
        repository.refs.get(ref) ?? repository.refs.get(`refs/heads/${repository.defaultBranch}`);
      const commit = newCommit(state, message, parent);
      repository.commits.set(commit.sha, commit);
      repository.refs.set(ref, commit.sha);
      return commit.sha;
    },
    openPullRequest({ title, head, author, pushedAt, ...from }) {
      const at = state.now();
      pushed(from.branch, head, author, pushedAt);
      const number = repository.issues.length + 1;
      const thread = { title, body: null, state: 'open' as const, labels: [], author, comments: [] };
      const times = { createdAt: at, updatedAt: at };
      repository.issues.push({ id: state.nextId(), number, ...thread, ...times, pull: { head, ...from } });
      return number;
    },
    changePullRequest(number, change) {
      const found = repository.issues.find((one) => one.number === number);
      if (found?.pull === undefined) throw new Error(`There is no pull request ${number}.`);
      if (change.head !== undefined) {
        found.pull.head = change.head;
        pushed(found.pull.branch, change.head, found.author);
      }
      if (change.state !== undefined) found.state = change.state;
      found.updatedAt = state.now();
    },
    say(thread, { by, body, ...app }) {
      const found = repository.issues.find((one) => one.number === thread);
      if (found === undefined) throw new Error(`There is no issue ${thread}.`);
      if (found.isLocked && !mayWrite(repository, by)) throw new Error(`Issue ${thread} is locked.`);
      const at = state.now();
      const id = state.nextId();
      found.comments.push({ id, body, author: by, createdAt: at, updatedAt: at, ...app });
      return id;
    },
    reportChecks(sha, checks) {
      repository.checks.set(sha, checks);
    },
  };
}

function newCommit(state: State, message: string, parent: string | undefined): Commit {
  const signature = { name: 'Sophie', email: 'sophie@example.com', date: state.now().toISOString() };
  return {
    sha: randomBytes(20).toString('hex'),
    tree: randomBytes(20).toString('hex'),
    parents: parent === undefined ? [] : [parent],
    message,
    author: signature,
    committer: signature,
  };
}

const snapshot = (state: State): Snapshot =>
  structuredClone({
    repositories: [...state.repositories.values()].map(
      ({ owner, name, releases, issues, deployments, refs, environments }) => ({
        owner,
        name,
        releases,
        issues,
        deployments,
        refs: Object.fromEntries(refs),
        environments: Object.fromEntries([...environments].map(([key, one]) => [key, one.protection])),
      }),
    ),
    runs: [...state.runs.values()].map((run) => ({
      ...run,
      pending: run.pending.map(({ environment, job }) => ({ environment, job })),
    })),
  });
