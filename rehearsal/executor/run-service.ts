import type { Conclusion } from './events.ts';

/** Permission name as in `permissions:` → what the token may do. */
export type Permissions = Readonly<Record<string, 'read' | 'write' | 'none'>>;

/**
 * What the executor needs of the service that owns the repository: run records, tokens that are really
 * held to their permissions, and the gate of a protected environment. The fake GitHub is one.
 */
export interface RunService {
  /** Addresses that go into GITHUB_API_URL, GITHUB_GRAPHQL_URL and GITHUB_SERVER_URL. */
  readonly apiUrl: string;
  readonly graphqlUrl: string;
  readonly serverUrl: string;
  openRun(request: OpenRun): OpenedRun;
  setRunStatus(
    runId: number,
    status: 'queued' | 'in_progress' | 'waiting' | 'completed',
    conclusion?: Conclusion,
  ): void;
  /** A token that may do just this, until it is revoked at the end of the job. */
  mintToken(request: { runId: number; job: string; permissions: Permissions }): string;
  /** GitHub's id of a job of the present attempt: that of its check run. */
  checkRun(request: { runId: number; job: string }): number;
  revokeToken(token: string): void;
  /** The reviewers that the environment asks for; empty when it lets everyone in. Creates an unknown environment, as GitHub does. */
  environmentReviewers(repository: string, environment: string): readonly string[];
  /** Resolves when a reviewer answered, at once when none is asked for; rejects when the signal is aborted. */
  awaitApproval(
    request: { runId: number; environment: string; job: string },
    signal: AbortSignal,
  ): Promise<{ verdict: 'approved' | 'rejected'; by: string }>;
}

export interface OpenRun {
  /** `owner/name` */
  readonly repository: string;
  readonly workflowPath: string;
  readonly workflowName: string;
  readonly event: string;
  readonly ref: string;
  readonly sha: string;
  readonly actor: string;
  /** Given for a rerun: the same run with its next attempt. */
  readonly rerunOf?: number;
}

export interface OpenedRun {
  readonly id: number;
  readonly number: number;
  readonly attempt: number;
}
