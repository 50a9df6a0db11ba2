import type { BranchChange, Proposal } from '../domain/command/deploy.ts';

/** Pull requests that somebody asks to deploy, and the runs that do it. Throws `Failure`. */
export interface Proposals {
  /** A pull request as it stands now; undefined when there is none of this number. */
  read(number: number): Promise<Proposal | undefined>;
  /** The newest change of a branch; undefined where GitHub tells of none. */
  lastChange(branch: string): Promise<BranchChange | undefined>;
  /**
   * Starts a workflow on a branch by `workflow_dispatch`. Not said twice: of unknown fate it is an error, and
   * `startedSince` tells later what became of it.
   *
   * @returns address of the run; undefined where GitHub does not say
   */
  start(request: StartRequest): Promise<string | undefined>;
  /**
   * Address of the newest run that this very identity started so; undefined where GitHub lists none. For whom a run
   * was started it does not say.
   *
   * @param since ISO 8601
   */
  startedSince(what: Pick<StartRequest, 'workflow' | 'branch'>, since: string): Promise<string | undefined>;
}

export interface StartRequest {
  /** File name of the workflow: `deploy.yml`. */
  readonly workflow: string;
  readonly branch: string;
  readonly inputs: Readonly<Record<string, string>>;
}
