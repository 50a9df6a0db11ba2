import { createHash } from 'node:crypto';
import { Failure } from '../../domain/failure.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Session } from './session.ts';

const POLL_MS = 250;

/** First 64 bits of SHA-256 over `migrate:` and the database's name, as PostgreSQL's signed bigint. */
export const lockKey = (database: string): bigint =>
  createHash('sha256').update(`migrate:${database}`).digest().readBigInt64BE(0);

/**
 * Takes the lock that lets one runner at a time migrate a database. It belongs to the session and goes
 * with it, whatever ends the session. Polled: a runner that blocks on it while the holder builds an index
 * concurrently would be chosen as the victim of a deadlock.
 *
 * @throws Failure MIGRATION_LOCKED when the budget is used up
 */
export async function takeLock(
  session: Session,
  host: { readonly clock: Clock; readonly log: Log },
  budgetMs: number,
  signal: AbortSignal,
): Promise<void> {
  const key = lockKey(session.database).toString();
  const until = host.clock.now().getTime() + budgetMs;
  for (let attempt = 1; ; attempt++) {
    const { rows } = await session.client.query<{ taken: boolean }>(
      'SELECT pg_try_advisory_lock($1::bigint) AS taken',
      [key],
    );
    if (rows[0]?.taken) return;
    const holder = await describeHolder(session, key);
    if (host.clock.now().getTime() >= until) {
      throw new Failure(
        'MIGRATION_LOCKED',
        `Another run migrates ${session.address.where}${holder}, and did not finish in time.`,
        'Wait for the other run to end, then run this one again.',
      );
    }
    if (attempt === 1) host.log.info(`Another run migrates this database${holder}: waiting for it.`);
    await host.clock.sleep(POLL_MS * (0.5 + Math.random()), signal);
  }
}

async function describeHolder({ client }: Session, key: string): Promise<string> {
  const { rows } = await client.query<{ pid: number; since: string }>(
    `SELECT a.pid, to_char(a.backend_start AT TIME ZONE 'UTC', 'HH24:MI:SS') AS since
       FROM pg_locks l JOIN pg_stat_activity a USING (pid)
      WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND (l.classid::bigint << 32 | l.objid::bigint) = $1::bigint`,
    [key],
  );
  const [row] = rows;
  return row ? ` (server process ${row.pid}, connected since ${row.since} UTC)` : '';
}

/** Sessions whose open transactions are the likeliest to hold a lock that is waited for; no query texts. */
export async function describeOldestTransactions({ client, database }: Session): Promise<string> {
  const { rows } = await client.query<{ pid: number; state: string; name: string; seconds: number }>(
    `SELECT pid, state, application_name AS name, extract(epoch FROM now() - xact_start)::int AS seconds
       FROM pg_stat_activity
      WHERE datname = $1 AND xact_start IS NOT NULL AND pid <> pg_backend_pid()
      ORDER BY xact_start LIMIT 3`,
    [database],
  );
  return rows
    .map(
      ({ pid, state, name, seconds }) =>
        `process ${pid}${name ? ` "${name}"` : ''}, ${state} for ${seconds} s`,
    )
    .join('; ');
}
