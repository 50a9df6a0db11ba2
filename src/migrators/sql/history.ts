import type { Reversibility } from '../../ports/migrator.ts';
import type { MigrationFile } from './files.ts';
import type { Session } from './session.ts';

/**
 * The database's own record of its migrations: `airlock_migrations.history`. In a schema of its own, so that no
 * `search_path` leads elsewhere and no tool that compares the app's schema takes it for the app's. Not named
 * plainly `airlock`: that would become the default schema of a user of this name.
 */
export interface HistoryRow {
  readonly version: bigint;
  readonly id: string;
  readonly checksum: string;
  readonly reversibility: Reversibility;
  /** `applying` and `reverting`: a no-transaction file was begun, and perhaps interrupted. */
  readonly state: 'applying' | 'applied' | 'reverting';
  readonly at: Date;
}

/** Who applies, for the record. */
export interface Author {
  readonly release?: string | undefined;
  readonly run?: string | undefined;
}

const TABLE = 'airlock_migrations.history';

/** Creates the record where it is missing. Call it under the lock. */
export async function ensureHistory({ client }: Session): Promise<void> {
  const { rows } = await client.query<{ schema: boolean; found: boolean }>(
    `SELECT to_regnamespace('airlock_migrations') IS NOT NULL AS schema, to_regclass('${TABLE}') IS NOT NULL AS found`,
  );
  if (rows[0]?.found) return;
  // CREATE SCHEMA IF NOT EXISTS would ask for the privilege even where the schema is there.
  await client.query(`
    BEGIN;
    ${rows[0]?.schema ? '' : 'CREATE SCHEMA airlock_migrations;'}
    CREATE TABLE ${TABLE} (
      version bigint PRIMARY KEY,
      id text NOT NULL,
      checksum text NOT NULL,
      reversibility text NOT NULL,
      state text NOT NULL CHECK (state IN ('applying', 'applied', 'reverting')),
      applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      duration_ms bigint,
      release text,
      run text
    );
    COMMENT ON TABLE ${TABLE} IS 'Schema migrations that Airlock has applied to this database.';
    COMMIT`);
}

/** Every row, oldest version first; none where nothing was ever applied. Changes nothing. */
export async function readHistory({ client }: Session): Promise<readonly HistoryRow[]> {
  const { rows: found } = await client.query<{ found: boolean }>(
    `SELECT to_regclass('${TABLE}') IS NOT NULL AS found`,
  );
  if (!found[0]?.found) return [];
  const { rows } = await client.query<Omit<HistoryRow, 'version'> & { version: string }>(
    `SELECT version::text, id, checksum, reversibility, state, applied_at AS at FROM ${TABLE} ORDER BY ${TABLE}.version`,
  );
  return rows.map((row) => ({ ...row, version: BigInt(row.version) }));
}

/** Records a migration, or brings the record of an interrupted one up to date. */
export async function record(
  { client }: Session,
  { version, id, checksum, reversibility }: MigrationFile,
  state: HistoryRow['state'],
  durationMs: number | undefined,
  { release, run }: Author,
): Promise<void> {
  await client.query(
    `INSERT INTO ${TABLE} (version, id, checksum, reversibility, state, duration_ms, release, run)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT (version) DO UPDATE SET
       id = EXCLUDED.id, checksum = EXCLUDED.checksum, reversibility = EXCLUDED.reversibility,
       state = EXCLUDED.state, applied_at = EXCLUDED.applied_at, duration_ms = EXCLUDED.duration_ms,
       release = EXCLUDED.release, run = EXCLUDED.run`,
    [version.toString(), id, checksum, reversibility, state, durationMs, release, run],
  );
}

/** Moves an applied migration to `reverting` and back without touching how it came to be. */
export async function setState(
  { client }: Session,
  version: bigint,
  state: HistoryRow['state'],
): Promise<void> {
  await client.query(`UPDATE ${TABLE} SET state = $2 WHERE version = $1`, [version.toString(), state]);
}

export async function forget({ client }: Session, version: bigint): Promise<void> {
  await client.query(`DELETE FROM ${TABLE} WHERE version = $1`, [version.toString()]);
}
