import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { Log } from '../../../src/ports/log.ts';
import type { MigratorSettings } from '../../../src/ports/migrator.ts';

/** Runs one text of SQL on a connection of its own. */
export async function query<Row extends pg.QueryResultRow>(
  url: string,
  text: string,
): Promise<readonly Row[]> {
  const client = new pg.Client({ connectionString: url });
  // A server that goes down between two answers is told by the call that was under way, or by nobody.
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

/** Tables of the app, by name. */
export const tablesOf = async (url: string) =>
  (
    await query<{ name: string }>(
      url,
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
    )
  ).map(({ name }) => name);

/** A log that keeps what it is told. */
export function keepingLog(): Log & { readonly lines: string[]; readonly masked: string[] } {
  const lines: string[] = [];
  const masked: string[] = [];
  const keep = (message: string) => void lines.push(message);
  return {
    lines,
    masked,
    info: keep,
    debug: keep,
    warning: keep,
    error: keep,
    mask: (secret) => void masked.push(secret),
    group: (_title, work) => work(),
  };
}

export const LIMITS: Omit<MigratorSettings, 'directory'> = {
  lockTimeoutMs: 100,
  statementTimeoutMs: 10_000,
  lockBudgetMs: 10_000,
};

export const never = new AbortController().signal;

/** A folder of migrations that is filled file by file. */
export async function migrationsFolder(files: Readonly<Record<string, string>> = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'migrations-'));
  const write = (name: string, text: string | Uint8Array) => writeFile(join(directory, name), text);
  for (const [name, text] of Object.entries(files)) await write(name, text);
  return {
    directory,
    write,
    delete: (name: string) => rm(join(directory, name)),
    remove: () => rm(directory, { recursive: true }),
  };
}
