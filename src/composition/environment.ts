import { Failure } from '../domain/failure.ts';
import { environmentNamed } from '../domain/route.ts';
import type { Runner } from '../runner/runner.ts';
import { openConfiguration } from './configuration.ts';
import { openLane } from './lane.ts';
import { keepApp, openHolds, openKeptLedger } from './ledger.ts';
import { refuseStrangers } from './strangers.ts';
import { openTarget } from './target.ts';

/**
 * What every action that changes an environment needs: its settings, its target and the ledger.
 *
 * @param purpose a preview is staged, and never activated
 * @throws Failure PREVIEW_NEVER_LIVE, and those of strangers
 */
export async function openEnvironment(
  runner: Runner,
  inputs: {
    readonly config: string;
    readonly environment: string;
    readonly token: string;
    readonly 'database-url': string;
    readonly 'app-variables': string;
  },
  purpose: 'stage' | 'activate' = 'activate',
) {
  const configuration = await openConfiguration(runner, inputs.config);
  refuseStrangers(runner, configuration, inputs.environment);
  const environment = environmentNamed(configuration, inputs.environment);
  if (purpose === 'activate' && environment === configuration.preview) {
    throw new Failure(
      'PREVIEW_NEVER_LIVE',
      'A preview is shown at an address of its own; nothing in it is made live or taken back.',
      'Merge the change: its push takes the release through the environments.',
    );
  }
  keepApp(runner, configuration.app);
  return {
    ...runner,
    configuration,
    environment,
    target: await openTarget(runner, configuration, environment, inputs),
    ...openKeptLedger(runner, inputs.token),
    holds: openHolds(runner, inputs.token),
    lane: openLane(runner, inputs.token, { app: configuration.app, environment: environment.name }),
  };
}
