/**
 * A pull request as people see it, and what the token's own identity says there. Throws `Failure`. What
 * anybody else wrote cannot be changed through it, whatever it looks like.
 */
export interface Conversation {
  pullRequest(number: number): Promise<PullRequestState>;
  /** Comments by this very identity, oldest first. */
  ownComments(number: number): Promise<readonly OwnComment[]>;
  /** Adds a comment. One of unknown fate is looked for first, so that a text that is told once stands once. */
  create(number: number, body: string): Promise<void>;
  /** Changes one of `ownComments`. */
  update(id: number, body: string): Promise<void>;
  /** Removes one of `ownComments`. One that is gone already is a success. */
  remove(id: number): Promise<void>;
}

export interface PullRequestState {
  readonly isOpen: boolean;
  /** Newest commit of its branch. */
  readonly head: string;
}

export interface OwnComment {
  readonly id: number;
  readonly body: string;
}
