import type { Protection } from '../domain/gates/approval.ts';

/** Reads how GitHub itself guards an environment. Never changes anything. */
export interface Gatekeeper {
  /** What GitHub says now. Throws `Failure` when it does not answer. */
  protection(environment: string): Promise<Protection>;
}

/** Reads who let a run through the gates. */
export interface ApprovalHistory {
  /** What reviewers answered for a run, in all its attempts. Throws `Failure` when GitHub does not answer. */
  approvals(runId: string): Promise<readonly Approval[]>;
}

/** Reads whose change a commit is. */
export interface CommitHistory {
  /**
   * Logins of all who wrote, committed or wrote along what a commit has beyond another one. Whoever GitHub
   * does not know by an account is not among them. Throws `Failure` when GitHub does not answer, or not for
   * every commit in between.
   *
   * @param live commit that is live; undefined where nothing is, and then the newest commit stands for all.
   *   To be promised is enough: what does not depend on it is asked at once
   */
  authors(commit: string, live: Promise<string | undefined>): Promise<readonly string[]>;
}

/** One person's answer for one or more environments. */
export interface Approval {
  readonly environments: readonly string[];
  readonly verdict: 'approved' | 'rejected' | 'pending';
  readonly by: string;
  readonly comment: string;
}

/** Who approved an entry into the environment, each once. */
export const approversOf = (approvals: readonly Approval[], environment: string): readonly string[] => [
  ...new Set(
    approvals
      .filter((one) => one.verdict === 'approved' && one.environments.includes(environment))
      .map((one) => one.by),
  ),
];
