import { resolve } from 'node:path';
import type { Configuration } from '../domain/configuration.ts';
import { Failure } from '../domain/failure.ts';
import { migratorProviders } from '../migrators/registry.ts';
import type { MigrationChange, Migrator, MigratorSettings } from '../ports/migrator.ts';
import type { Runner } from '../runner/runner.ts';
import { unpackRelease } from './release.ts';
import { refuseStrangers } from './strangers.ts';

/** A function that opens the migrator which airlock.yml names. `release` is written beside what it applies. */
export function migratorOpener(
  runner: Runner,
  configuration: Configuration,
  environment: string,
  release?: string,
): (settings: MigratorSettings, databaseUrl: string) => Promise<Migrator> {
  return async (settings, databaseUrl) => {
    refuseStrangers(runner, configuration, environment);
    const name = configuration.database?.migrator ?? '';
    const load = migratorProviders[name];
    if (!load) {
      throw new Failure(
        'MIGRATOR_UNKNOWN',
        `There is no migrator "${name}"; there are ${Object.keys(migratorProviders).join(', ')}.`,
        'Correct `database.migrator` in airlock.yml.',
      );
    }
    const provider = await load();
    return provider.connect(settings, {
      databaseUrl,
      run: runner.event.run.url,
      ...(release === undefined ? {} : { release }),
      log: runner.log,
      clock: runner.clock,
    });
  };
}

/**
 * Reverts migrations of a release that is being taken back, each only if nothing is lost. The down files
 * come from the newer release: from its sealed folder where there is one, else from the repository.
 */
export function safeReverter(
  runner: Runner,
  configuration: Configuration,
  inputs: {
    readonly environment: string;
    readonly release: string;
    readonly digest: string;
    readonly 'database-url': string;
  },
): (ids: readonly string[], signal: AbortSignal) => Promise<readonly MigrationChange[]> {
  return async (ids, signal) => {
    const { database } = configuration;
    if (!database) {
      throw new Failure(
        'DATABASE_NOT_CONFIGURED',
        'There are migrations to revert and airlock.yml has no `database:`.',
        'Revert them by hand, or add `database:` to airlock.yml.',
      );
    }
    const directory =
      inputs.release === ''
        ? resolve(runner.workspace, database.migrations)
        : (await unpackRelease(runner, inputs.release, inputs.digest)).migrationsDirectory;
    if (directory === undefined) return [];
    const migrator = await migratorOpener(
      runner,
      configuration,
      inputs.environment,
    )({ directory, ...database }, inputs['database-url']);
    try {
      return await migrator.revert(ids, { onlySafe: true }, signal);
    } finally {
      await migrator.close();
    }
  };
}
