import { COLLEAGUE, type Play } from './play.ts';

/** How one run of the app's workflows is started. */
export interface Way {
  readonly workflow: string;
  /** Full ref that the run is on. */
  readonly ref: string;
  /** The environments that it is to enter. */
  readonly environments: readonly string[];
  /** Who starts it. */
  readonly by: string;
  /** Of one that is started by hand. */
  readonly inputs?: Readonly<Record<string, string>>;
}

export const MAIN = 'refs/heads/main';

/** The way of the pipeline: somebody else pushed, as nobody approves their own. */
export const pipelineWay = ({ caller, stageSet }: Play): Way => ({
  workflow: caller.path,
  ref: MAIN,
  environments: stageSet.configuration.environments.map(({ name }) => name),
  by: COLLEAGUE,
});
