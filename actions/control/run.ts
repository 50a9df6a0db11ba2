import { control as say } from '../../src/cycle/control.ts';
import type { ControlOutcome, ControlWorld } from '../../src/cycle/control-world.ts';
import type { Inputs } from '../../src/runner/contract.ts';
import type { contract } from './contract.ts';

/** What somebody with write access says by starting the workflow. */
export async function control(
  inputs: Inputs<typeof contract>,
  world: Omit<ControlWorld, 'by' | 'known'>,
): Promise<ControlOutcome> {
  const { mode, reason, release, until, gate, second } = inputs;
  const outcome = await say(
    { mode, reason, release, until, gate, second },
    { ...world, by: world.event.triggeringActor, known: [world.environment] },
  );
  const { locked, holds, entry } = outcome.outputs;
  return { ...outcome, outputs: { locked, holds, entry } };
}
