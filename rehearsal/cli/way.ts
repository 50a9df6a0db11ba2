import { MAIN, startOf } from './caller.ts';
import type { Play } from './play.ts';

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

/** The way of the pipeline: somebody else starts it, as nobody approves their own. */
export function pipelineWay({ caller, stageSet, starter }: Play): Way {
  const { event, environments } = startOf(caller, stageSet.configuration);
  const byHand = event === 'workflow_dispatch' ? { inputs: {} } : {};
  return { workflow: caller.path, ref: MAIN, environments, by: starter, ...byHand };
}
