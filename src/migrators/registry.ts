import type { MigratorProvider } from '../ports/migrator.ts';

/** Every migrator by its name under `database.migrator`. Loaded when a configuration names it. */
export const migratorProviders: Readonly<Record<string, () => Promise<MigratorProvider>>> = {
  sql: async () => (await import('./sql/provider.ts')).sqlMigrator,
};
