import type { Comment } from './comment.ts';

/** A pull request as it stands now. */
export interface Proposal {
  readonly number: number;
  readonly isOpen: boolean;
  /** Whether its branch is one of this very repository; a fork that is gone has none. */
  readonly isOwn: boolean;
  /** Name of its branch. */
  readonly branch: string;
  /** Newest commit of it. */
  readonly head: string;
}

/** The newest change of a branch, as GitHub wrote it down when it took it. */
export interface BranchChange {
  /** Commit that the branch has had since. */
  readonly head: string;
  /** ISO 8601 in UTC, to the second. */
  readonly at: string;
}

export type DeployRefusal =
  | 'DEPLOY_NOT_LISTED'
  | 'DEPLOY_NOT_A_PULL_REQUEST'
  | 'DEPLOY_FROM_FORK'
  | 'HEAD_MOVED'
  | 'HEAD_UNKNOWN';

export interface DeployNo {
  readonly kind: 'refused';
  readonly reason: DeployRefusal;
  readonly why: string;
  readonly next: string;
}

export type DeployRight =
  | { readonly kind: 'deploys'; readonly branch: string; readonly head: string }
  | DeployNo;

export interface DeployQuestion {
  readonly comment: Pick<Comment, 'createdAt'>;
  /** Undefined where the comment does not stand under a pull request. */
  readonly proposal: Proposal | undefined;
  readonly lastChange: BranchChange | undefined;
}

/**
 * Why a comment may not ask for an environment at all; undefined where it may. Said before GitHub is asked
 * anything about the pull request.
 *
 * @param listed environments that a comment may ask for
 */
export function judgeListed(environment: string, listed: readonly string[]): DeployNo | undefined {
  if (listed.includes(environment)) return undefined;
  return refused(
    'DEPLOY_NOT_LISTED',
    listed.length === 0
      ? 'deploying by comment is switched off here: `routes.comment` in airlock.yml names no environment'
      : `a comment may ask for ${listed.join(', ')}, not for ${environment}`,
    'Add the environment to `routes.comment` in airlock.yml on the default branch, or start the workflow by hand.',
  );
}

/**
 * Whether the pull request may be deployed as whoever wrote the comment saw it. Between the reading and the
 * comment nobody must have pushed; where that cannot be told it counts as a push. GitHub's times are whole
 * seconds: one that is the same is not earlier.
 */
export function judgeDeploy({ comment, proposal, lastChange }: DeployQuestion): DeployRight {
  if (proposal === undefined || !proposal.isOpen)
    return refused(
      'DEPLOY_NOT_A_PULL_REQUEST',
      proposal === undefined ? 'this is no pull request' : 'the pull request is not open',
      'Write it under an open pull request.',
    );
  const { isOwn, branch, head } = proposal;
  if (!isOwn)
    return refused(
      'DEPLOY_FROM_FORK',
      'the pull request comes from a fork, whose code gets no secrets here',
      'Review the change, push it to a branch of this repository and open a pull request from there.',
    );
  if (lastChange === undefined || lastChange.head !== head)
    return refused(
      'HEAD_UNKNOWN',
      `GitHub does not say when ${branch} got its newest commit ${head.slice(0, 7)}`,
      AGAIN,
    );
  const [changed, written] = [Date.parse(lastChange.at), Date.parse(comment.createdAt)];
  if (changed < written) return { kind: 'deploys', branch, head };
  return refused(
    'HEAD_MOVED',
    `${head.slice(0, 7)} was pushed to ${branch} when the comment was written, or after it: the comment was for another commit`,
    AGAIN,
  );
}

const AGAIN = 'Look at what the pull request has now, and write the command again.';

const refused = (reason: DeployRefusal, why: string, next: string): DeployNo => ({
  kind: 'refused',
  reason,
  why,
  next,
});
