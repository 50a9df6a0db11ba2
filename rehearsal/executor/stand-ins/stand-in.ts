import type { JobState, Standing, StepRun } from '../job-state.ts';

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

/**
 * The step's inputs over the action's defaults. Throws on a name that the stand-in does not know, so that
 * nothing is left undone in silence.
 */
export function readInputs<D extends Readonly<Record<string, string>>>(
  use: StandInUse,
  defaults: D,
): { readonly [K in keyof D]: string } {
  const unknown = Object.keys(use.inputs).filter((name) => !(name in defaults));
  if (unknown.length > 0)
    throw new Error(`The stand-in for ${use.action} does not support the input(s) ${unknown.join(', ')}`);
  return { ...defaults, ...use.inputs };
}

/** `true` in any of YAML 1.2's spellings; throws on anything that is neither. */
export function asBoolean(name: string, text: string): boolean {
  if (/^(true|True|TRUE)$/.test(text)) return true;
  if (/^(false|False|FALSE|)$/.test(text)) return false;
  throw new Error(`Input '${name}' must be true or false, not '${text}'`);
}
