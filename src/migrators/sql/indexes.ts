import { Failure } from '../../domain/failure.ts';
import { concurrentIndex, type Script } from './files.ts';
import type { Session } from './session.ts';

/** An index that a concurrent build or drop left half done: it costs writes and serves no reads. */
export interface Index {
  readonly oid: number;
  /** Qualified and quoted as the server writes it. */
  readonly name: string;
  readonly valid: boolean;
}

const COLUMNS = `SELECT i.indexrelid::int8::float8 AS oid, format('%I.%I', n.nspname, c.relname) AS name,
                        i.indisvalid AS valid
                   FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace`;

export async function invalidIndexes({ client }: Session): Promise<readonly Index[]> {
  // A partitioned index is invalid by design until every part is attached: not a leftover.
  return (await client.query<Index>(`${COLUMNS} WHERE NOT i.indisvalid AND c.relkind = 'i'`)).rows;
}

/** The index that the script's CREATE INDEX CONCURRENTLY is to make, where it is there already. */
export async function indexOf({ client }: Session, script: Script): Promise<Index | undefined> {
  const made = concurrentIndex(script.statements[0]?.text ?? '');
  if (!made) return undefined;
  const { rows } = await client.query<Index>(
    `${COLUMNS} WHERE i.indrelid = to_regclass($1) AND c.relname = $2`,
    [made.table, made.index],
  );
  return rows[0];
}

export const dropStatement = ({ name }: Index): string => `DROP INDEX CONCURRENTLY ${name}`;

export const invalidIndexFailure = (script: Script, left: readonly Index[]): Failure =>
  new Failure(
    'INVALID_INDEX',
    `${script.file}: an index is there but invalid: ${left.map(({ name }) => name).join(', ')}. Queries do not use it.`,
    `Find out why (duplicates, a cancel), then run: ${left.map(dropStatement).join('; ')}. After that run the migration again.`,
    { at: { file: script.file } },
  );
