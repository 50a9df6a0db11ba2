import type { IssueState } from '../domain/approval/issue.ts';

/** Issues that the token’s own identity opens, and what became of them. Throws `Failure`. */
export interface Issues {
  /**
   * Opens an issue in which only those may comment who may write here, or finds the one that was opened with
   * this mark before, open or closed. Gives its number.
   */
  open(issue: NewIssue): Promise<number>;
  /** How one stands now, whoever opened it; undefined when it is gone. */
  read(number: number): Promise<IssueState | undefined>;
  /** Which of them are open. */
  opened(numbers: readonly number[]): Promise<readonly number[]>;
  /** Lets only those comment again who may write here. */
  lock(number: number): Promise<void>;
  /** Says something in one, once for each mark. `text` is finished Markdown. */
  note(number: number, mark: string, text: string): Promise<void>;
  /** Closes one. Closed already is a success. */
  close(number: number): Promise<void>;
}

export interface NewIssue {
  /** What tells it from all others. */
  readonly mark: string;
  readonly title: string;
  /** Finished Markdown. */
  readonly body: string;
  readonly label: string;
}
