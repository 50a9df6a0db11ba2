/** Runs of workflows, and their jobs. Throws `Failure`. */
export interface Runs {
  /** The newest attempt of a run, and whether it has ended. */
  state(runId: string): Promise<RunState>;
  /**
   * Runs a job of a run again, with all that need it, as the next attempt. `under-way` when the run has not
   * ended, or somebody was faster.
   *
   * @param job GitHub’s id of the job in any attempt: in the newest one it has another
   */
  again(runId: string, job: number): Promise<'started' | 'under-way'>;
}

export interface RunState {
  readonly attempt: number;
  readonly isOver: boolean;
  /** When GitHub began this attempt, ISO 8601 in UTC; undefined where it does not say. */
  readonly startedAt: string | undefined;
}
