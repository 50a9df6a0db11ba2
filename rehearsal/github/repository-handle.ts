import { randomBytes } from 'node:crypto';
import { readGit } from './git.ts';
import { NEW_SETTINGS, type Settings } from './settings.ts';
import {
  type Commit,
  ensureEnvironment,
  fullName,
  mayWrite,
  type Protection,
  type Repository,
  type State,
  UNPROTECTED,
} from './state.ts';

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

export function addRepository(state: State, wanted: NewRepository): RepositoryHandle {
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
