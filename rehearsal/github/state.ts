import type { Conclusion } from '../executor/events.ts';
import type { OpenRun, Permissions } from '../executor/run-service.ts';
import type { Settings } from './settings.ts';

/** Everything the fake remembers, as plain data; how GitHub words it stands in `representation.ts`. */
export interface State {
  readonly repositories: Map<string, Repository>;
  readonly tokens: Map<string, Token>;
  readonly runs: Map<number, Run>;
  /** Jobs that somebody asked to run again; whoever runs the workflows takes them from here. */
  readonly reruns: Rerun[];
  /** Runs that somebody started by `workflow_dispatch`; whoever runs the workflows takes them from here. */
  readonly dispatches: (Dispatch & { readonly run: Run })[];
  /** Next number for records of every kind, above 2^31 as GitHub's are: an `Int` cannot hold it. */
  nextId(): number;
  now(): Date;
}

export interface Repository {
  readonly id: number;
  readonly owner: string;
  readonly name: string;
  readonly visibility: 'public' | 'private';
  settings: Settings;
  readonly defaultBranch: string;
  /** A real git folder whose refs and commits are this repository's. */
  readonly directory: string | undefined;
  readonly createdAt: Date;
  readonly commits: Map<string, Commit>;
  /** Full ref → commit. */
  readonly refs: Map<string, string>;
  /** What was pushed to branches, the oldest first. */
  readonly pushes: Push[];
  /** Commit → the status checks reported for it. */
  readonly checks: Map<string, readonly { context: string; state: 'success' | 'pending' | 'failure' }[]>;
  readonly releases: Release[];
  readonly issues: Issue[];
  readonly deployments: Deployment[];
  readonly environments: Map<string, Environment>;
}

export interface Commit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
  readonly author: Signature;
  readonly committer: Signature;
}

export interface Signature {
  readonly name: string;
  readonly email: string;
  readonly date: string;
}

export interface Release {
  readonly id: number;
  tag: string;
  target: string;
  name: string | null;
  body: string | null;
  draft: boolean;
  prerelease: boolean;
  /** Whether somebody made it the latest: of one repository no other is. */
  isLatest: boolean;
  readonly author: string;
  readonly createdAt: Date;
}

export interface Issue {
  readonly id: number;
  readonly number: number;
  title: string;
  body: string | null;
  state: 'open' | 'closed';
  labels: readonly string[];
  readonly author: string;
  readonly createdAt: Date;
  updatedAt: Date;
  /** When its text was changed last. */
  editedAt?: Date;
  /** How often its title was. */
  renames?: number;
  /** Whether only those may comment who may write to the repository: no app does. */
  isLocked?: boolean;
  readonly comments: Comment[];
  readonly pull?: Pull;
}

/** What makes a thread a pull request. */
export interface Pull {
  /** Newest commit of its branch. */
  head: string;
  /** `owner/name` of the fork that it comes from. */
  readonly fork?: string;
  /** Names of the branches, where it was opened with them: what it brings, and where to. */
  readonly branch?: string;
  readonly base?: string;
  mergedAt?: Date;
}

export interface Comment {
  readonly id: number;
  body: string;
  readonly author: string;
  /** Name of the app that wrote it in the author's name. */
  readonly app?: string;
  readonly createdAt: Date;
  updatedAt: Date;
  editedAt?: Date;
}

export interface Deployment {
  readonly id: number;
  readonly sha: string;
  readonly ref: string;
  readonly task: string;
  readonly payload: unknown;
  readonly originalEnvironment: string;
  environment: string;
  readonly description: string | null;
  readonly transient: boolean;
  readonly production: boolean;
  readonly creator: string;
  readonly createdAt: Date;
  updatedAt: Date;
  /** Oldest first. */
  readonly statuses: DeploymentStatus[];
}

export type StatusState = 'error' | 'failure' | 'inactive' | 'in_progress' | 'queued' | 'pending' | 'success';

export interface DeploymentStatus {
  readonly id: number;
  readonly state: StatusState;
  readonly description: string;
  readonly environment: string;
  readonly environmentUrl: string;
  readonly logUrl: string;
  readonly creator: string;
  readonly createdAt: Date;
}

export interface Environment {
  readonly id: number;
  readonly name: string;
  readonly createdAt: Date;
  protection: Protection;
}

export interface Protection {
  /** Logins, at most six. */
  readonly reviewers: readonly string[];
  readonly preventSelfReview: boolean;
  readonly waitMinutes: number;
  readonly branches: 'all' | 'protected' | 'custom';
  /** Patterns of the branches a `custom` policy lets in, with `*`. */
  readonly branchPatterns: readonly string[];
  /** Undefined where GitHub's answer does not say it, as older ones do not. */
  readonly adminsMayBypass: boolean | undefined;
}

export const UNPROTECTED: Protection = {
  reviewers: [],
  preventSelfReview: false,
  waitMinutes: 0,
  branches: 'all',
  branchPatterns: [],
  adminsMayBypass: true,
};

export interface Run {
  readonly id: number;
  readonly number: number;
  attempt: number;
  readonly opened: OpenRun;
  /** Who asked for the present attempt, and when. */
  triggeredBy: string;
  startedAt: Date;
  status: 'queued' | 'in_progress' | 'waiting' | 'completed';
  conclusion: Conclusion | undefined;
  readonly createdAt: Date;
  updatedAt: Date;
  readonly jobs: Job[];
  readonly reviews: Review[];
  readonly pending: PendingApproval[];
}

export interface Job {
  readonly id: number;
  readonly name: string;
  readonly attempt: number;
  status: 'queued' | 'in_progress' | 'waiting' | 'completed';
  conclusion: Conclusion | undefined;
  readonly startedAt: Date;
  completedAt: Date | undefined;
}

/** A run that somebody started by `workflow_dispatch`. */
export interface Dispatch {
  /** `owner/name` */
  readonly repository: string;
  readonly workflowPath: string;
  /** Full ref. */
  readonly ref: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly by: string;
}

export interface Push {
  readonly id: number;
  /** Full ref. */
  readonly ref: string;
  readonly before: string | undefined;
  readonly after: string;
  readonly by: string;
  readonly at: Date;
}

/** One job that is to run again, with all that need it. */
export interface Rerun {
  readonly runId: number;
  /** As in the run's events. */
  readonly job: string;
  readonly by: string;
}

export interface Review {
  readonly environments: readonly string[];
  readonly state: 'approved' | 'rejected';
  readonly by: string;
  readonly comment: string;
}

/** One job that waits at one environment's gate. */
export interface PendingApproval {
  readonly environment: string;
  readonly job: string;
  answer(verdict: 'approved' | 'rejected', by: string): void;
}

/** `job` tokens act as the Actions app, in one repository; `user` tokens as a person, wherever they may. */
export type Token = { readonly permissions: Permissions; revoked: boolean } & (
  | { readonly kind: 'job'; readonly repository: string; readonly runId: number; readonly job: string }
  | { readonly kind: 'user'; readonly login: string }
);

/** The login that GitHub shows for what a token did. */
export const loginOf = (token: Token): string =>
  token.kind === 'user' ? token.login : 'github-actions[bot]';

/** A run that nothing of was run yet. */
export function newRun(state: State, opened: OpenRun): Run {
  const at = state.now();
  return {
    id: state.nextId(),
    number:
      1 + [...state.runs.values()].filter((run) => run.opened.workflowPath === opened.workflowPath).length,
    attempt: 1,
    opened,
    triggeredBy: opened.actor,
    startedAt: at,
    status: 'queued',
    conclusion: undefined,
    createdAt: at,
    updatedAt: at,
    jobs: [],
    reviews: [],
    pending: [],
  };
}

/** Whether somebody may write to the repository. An app is no collaborator, whatever its token may. */
export const mayWrite = ({ settings }: Repository, login: string): boolean =>
  settings.administrators.includes(login) || settings.collaborators[login] === 'write';

export const fullName = (repository: Pick<Repository, 'owner' | 'name'>): string =>
  `${repository.owner}/${repository.name}`;

/** The environment of that name, created when it was not there: naming one is enough on GitHub. */
export function ensureEnvironment(state: State, repository: Repository, name: string): Environment {
  const known = repository.environments.get(name);
  if (known !== undefined) return known;
  const created = { id: state.nextId(), name, createdAt: state.now(), protection: UNPROTECTED };
  repository.environments.set(name, created);
  return created;
}
