import { relative, resolve } from 'node:path';
import { readConfiguration } from '../config/load.ts';
import type { Configuration, EnvironmentSettings } from '../domain/configuration.ts';
import { Failure } from '../domain/failure.ts';
import type { Runner } from '../runner/runner.ts';
import { targetProviders } from '../targets/registry.ts';

/** Reads the repository's airlock.yml, each target's settings held to its own provider. */
export async function openConfiguration(runner: Runner, path: string): Promise<Configuration> {
  const providers = await Promise.all(Object.values(targetProviders).map((load) => load(runner)));
  const file = resolve(runner.workspace, path);
  return readConfiguration(
    file,
    relative(runner.workspace, file),
    Object.fromEntries(providers.map(({ id, settings }) => [id, settings])),
  );
}

/**
 * One environment's settings.
 *
 * @throws Failure ENVIRONMENT_UNKNOWN naming those that there are
 */
export function environmentOf(configuration: Configuration, name: string): EnvironmentSettings {
  const found = configuration.environments.find((environment) => environment.name === name);
  if (found) return found;
  throw new Failure(
    'ENVIRONMENT_UNKNOWN',
    `airlock.yml has no environment "${name}"; it has ${configuration.environments.map((one) => one.name).join(', ')}.`,
    'Name one of them in `environment`, or add it to airlock.yml.',
  );
}
