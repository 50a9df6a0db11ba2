/** Issues that the token’s own identity opens, and nobody else’s. Throws `Failure`. */
export interface Issues {
  /** Opens an issue, or finds the one that was opened with this mark before, open or closed. Gives its number. */
  open(issue: NewIssue): Promise<number>;
  /** Numbers of the open ones with a label. */
  opened(label: string): Promise<readonly number[]>;
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
