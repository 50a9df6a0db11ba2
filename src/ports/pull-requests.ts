/** Pull requests between two branches of this repository. Throws `Failure`. */
export interface PullRequests {
  /** The newest one from a branch into another, whatever became of it. */
  newest(way: PullRequestWay): Promise<PullRequest | undefined>;
  /**
   * Opens one. One of unknown fate is looked for first, so that there is one. Undefined when the branch has
   * nothing that the other has not.
   */
  open(request: PullRequestWay & { title: string; body: string }): Promise<PullRequest | undefined>;
}

export interface PullRequestWay {
  /** Names of the branches. */
  readonly from: string;
  readonly into: string;
}

export interface PullRequest {
  readonly number: number;
  readonly url: string;
  readonly state: 'open' | 'merged' | 'closed';
  /** Newest commit of the branch it is from, as far as it is in it. */
  readonly head: string;
}
