import { environmentNamed } from '../domain/route.ts';
import type { Runner } from '../runner/runner.ts';
import { openConfiguration } from './configuration.ts';
import { keepApp, keepEntry, openLedger } from './ledger.ts';
import { refuseStrangers } from './strangers.ts';
import { openTarget } from './target.ts';

/** What every action that changes an environment needs: its settings, its target and the ledger. */
export async function openEnvironment(
  runner: Runner,
  inputs: {
    readonly config: string;
    readonly environment: string;
    readonly token: string;
    readonly 'database-url': string;
    readonly 'app-variables': string;
  },
) {
  refuseStrangers(runner);
  const configuration = await openConfiguration(runner, inputs.config);
  const environment = environmentNamed(configuration, inputs.environment);
  keepApp(runner, configuration.app);
  return {
    ...runner,
    configuration,
    environment,
    target: await openTarget(runner, configuration, environment, inputs),
    ledger: openLedger(runner, inputs.token),
    keepEntry: keepEntry(runner),
  };
}
