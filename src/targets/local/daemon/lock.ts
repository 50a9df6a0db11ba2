import path from 'node:path';

/**
 * Makes this process the only daemon of the folder. The lock is the operating system's own (SQLite takes
 * it on a file), so it is gone with the process however that ends, and nobody has to guess whether a
 * leftover lock file is stale.
 *
 * @returns a way to let go of it; undefined when another process holds it
 */
export function lock(directory: string): (() => void) | undefined {
  // Asked for at run time: bundlers do not know this module yet.
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite');
  const database = new DatabaseSync(path.join(directory, 'daemon.lock'));
  try {
    database.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE');
    return () => database.close();
  } catch (error) {
    database.close();
    if (/locked/.test((error as Error).message)) return undefined;
    throw error;
  }
}
