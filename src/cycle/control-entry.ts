import {
  type ControlKind,
  type ControlPayload,
  type Hold,
  type NewControl,
  overridesIn,
} from '../domain/holds.ts';
import { summarize } from './control-summary.ts';
import type { ControlOutcome, ControlRequest, ControlWorld } from './control-world.ts';
import { standingHolds, standingOverrides } from './holds.ts';

/** @returns the id of what was written */
export async function record(
  { app, environment, event, holds, by, comment }: ControlWorld,
  { reason }: ControlRequest,
  what: ControlKind,
  about: Pick<ControlPayload, 'lifts'> & Partial<ControlPayload>,
): Promise<string> {
  const entry: NewControl = {
    environment: environment.name,
    payload: {
      schema: 1,
      control: what,
      app,
      commit: event.sha,
      reason,
      run: event.run,
      actor: by,
      ...(comment === undefined ? {} : { comment }),
      ...about,
    },
  };
  return (await holds.record(entry)).id;
}

/** What stands now, read after it was written. */
export async function told(
  world: ControlWorld,
  headline: string,
  entry: string | undefined,
): Promise<ControlOutcome> {
  const { app, clock, holds: ledger } = world;
  const said = await ledger.read();
  const now = clock.now();
  const { name } = world.environment;
  // A lock of another environment does not concern this one; a held release concerns them all.
  const concerns = (all: readonly Hold[]) =>
    all.filter(({ kind, environment }) => kind !== 'lock' || environment === name);
  const holds = await standingHolds(ledger, said, { app, concerns }, now);
  const overrides = await standingOverrides(
    ledger,
    overridesIn(said.controls, app, now).filter(({ environment }) => environment === name),
    said.controls,
  );
  return {
    kind: 'done',
    headline,
    outputs: {
      locked: String(holds.some(({ kind }) => kind === 'lock')),
      holds: JSON.stringify(holds),
      entry,
    },
    summary: summarize(name, holds, overrides),
  };
}
