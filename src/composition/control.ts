import { environmentNamed } from '../domain/route.ts';
import type { Runner } from '../runner/runner.ts';
import { openComments } from './comments.ts';
import { openConfiguration } from './configuration.ts';
import { openHolds, openLedger } from './ledger.ts';
import { refuseStrangers } from './strangers.ts';

/** What it takes to say something of an environment: no target, and no secret of it. */
export async function openControl(
  runner: Runner,
  inputs: { readonly config: string; readonly environment: string; readonly token: string },
) {
  const configuration = await openConfiguration(runner, inputs.config);
  refuseStrangers(runner, configuration, inputs.environment);
  return {
    ...runner,
    app: configuration.app,
    environment: environmentNamed(configuration, inputs.environment),
    ledger: openLedger(runner, inputs.token),
    holds: openHolds(runner, inputs.token),
    people: openComments(runner, inputs.token, ''),
  };
}
