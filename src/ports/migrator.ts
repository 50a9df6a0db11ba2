import type { Clock } from './clock.ts';
import type { Log } from './log.ts';

/** Whether a migration can be undone. Only `free` and a probed `lossy` are ever reverted by themselves. */
export type Reversibility = 'free' | 'lossy' | 'irreversible' | 'unknown';

/** One migration as the files and the database together know it. */
export interface MigrationStatus {
  /** Version and name as in the file name: `0003_add_email`. */
  readonly id: string;
  readonly state: 'pending' | 'applied' | 'changed' | 'missing';
  /** When it was applied, ISO 8601 in UTC. */
  readonly appliedAt?: string;
  readonly reversibility: Reversibility;
  /** Why it is in this state or of this reversibility, when that needs saying. */
  readonly note?: string;
}

export interface MigrationChange {
  readonly id: string;
  /** Milliseconds, lock waits included. */
  readonly durationMs: number;
}

export interface MigratorProvider {
  /** The name under `database.migrator` in airlock.yml. */
  readonly id: string;
  connect(settings: MigratorSettings, host: MigratorHost): Promise<Migrator>;
}

export interface MigratorSettings {
  /** Absolute path of the folder with the release's own migrations. */
  readonly directory: string;
  /** Longest wait for a lock, per acquisition, in milliseconds. */
  readonly lockTimeoutMs: number;
  /** Longest time for one statement, in milliseconds. */
  readonly statementTimeoutMs: number;
  /** How long lock waits are retried in all, in milliseconds. */
  readonly lockBudgetMs: number;
}

export interface MigratorHost {
  /** Connection URL: a secret. It never appears in argv, logs or errors. */
  readonly databaseUrl: string;
  /** Version of the release and URL of the run, kept beside each migration for people who ask later. */
  readonly release?: string;
  readonly run?: string;
  readonly log: Log;
  readonly clock: Clock;
}

/**
 * Moves one database's schema. Reads the truth from the database's own history each time; throws
 * `Failure`, whose file is relative to the settings' directory. Safe to run twice, at once, and after a
 * kill at any moment.
 */
export interface Migrator {
  /** Every migration known to the files or the database, oldest first. Changes nothing. */
  status(): Promise<readonly MigrationStatus[]>;
  /**
   * Applies what is pending, oldest first; returns what this call applied. Nothing to do is an empty list.
   *
   * @param changed called after each one: a later one may fail, and what went before it stays
   */
  apply(
    signal: AbortSignal,
    changed?: (change: MigrationChange) => void,
  ): Promise<readonly MigrationChange[]>;
  /**
   * Undoes the named migrations, newest first, by their down files. With `onlySafe`, refuses the whole
   * call before it starts unless each one is safe to undo now. `changed` is called after each one.
   */
  revert(
    ids: readonly string[],
    options: { onlySafe: boolean },
    signal: AbortSignal,
    changed?: (change: MigrationChange) => void,
  ): Promise<readonly MigrationChange[]>;
  close(): Promise<void>;
}
