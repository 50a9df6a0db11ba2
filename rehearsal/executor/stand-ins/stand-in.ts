import type { JobState, Standing, StepRun } from '../job-state.ts';
import { STAND_IN_INPUTS, type StandInName } from './names.ts';

/** What a stand-in is given: the step's `with` as written, evaluated. */
export interface StandInUse {
  readonly job: JobState;
  readonly run: StepRun;
  readonly inputs: Readonly<Record<string, string>>;
  /** `uses` as written, with its ref. */
  readonly action: string;
}

/** Does the work of an action whose own code is not on this machine. A throw fails the step. */
export type StandIn = (use: StandInUse) => Promise<Standing>;

/** The step's inputs over the action's defaults. */
export function readInputs<N extends StandInName>(
  use: StandInUse,
  name: N,
): { readonly [K in keyof (typeof STAND_IN_INPUTS)[N]]: string } {
  const given = Object.entries(use.inputs).map(([input, value]) => [input.toLowerCase(), value]);
  return { ...STAND_IN_INPUTS[name], ...Object.fromEntries(given) };
}

/** `true` in any of YAML 1.2's spellings; throws on anything that is neither. */
export function asBoolean(name: string, text: string): boolean {
  if (/^(true|True|TRUE)$/.test(text)) return true;
  if (/^(false|False|FALSE|)$/.test(text)) return false;
  throw new Error(`Input '${name}' must be true or false, not '${text}'`);
}
