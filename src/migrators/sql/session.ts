import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { Failure } from '../../domain/failure.ts';
import {
  cancelled,
  connectionLost,
  databaseFailure,
  isConnectionLoss,
  readOnly,
  sqlState,
} from './failures.ts';

/** The oldest server with `client_connection_check_interval`, which ends the work of a killed runner. */
const OLDEST_SERVER = 140_000;
const CONNECT_TIMEOUT_MS = 10_000;
const CANCEL_AGAIN_MS = 250;

/** A database URL that was looked at. */
export interface Address {
  /** The secret itself. */
  readonly url: string;
  readonly password: string;
  /** `database "shop" on db.example.org`: safe to show. */
  readonly where: string;
}

/** One connection with its own server process. */
export interface Session {
  readonly client: Client;
  readonly address: Address;
  readonly database: string;
  /** Process id of the server's end. */
  readonly backend: number;
}

/** @throws Failure DATABASE_URL_INVALID, which says what is wrong and never quotes the URL */
export function readAddress(url: string): Address {
  const wrong = (what: string) =>
    new Failure(
      'DATABASE_URL_INVALID',
      `The database URL ${what}.`,
      'Write it as `postgres://user:password@host:5432/database`, with special characters in the password percent-encoded (`#` is `%23`, `@` is `%40`, `/` is `%2F`).',
    );
  const parsed = URL.parse(url.trim());
  if (!parsed) throw wrong('cannot be read');
  if (!['postgres:', 'postgresql:'].includes(parsed.protocol))
    throw wrong('does not begin with `postgres://`');
  if (parsed.hostname === '') throw wrong('names no host');
  if (parsed.pathname.length < 2) throw wrong('names no database');
  if (parsed.hash !== '') throw wrong('holds a bare `#`, which ends it');
  try {
    const database = decodeURIComponent(parsed.pathname.slice(1));
    const password = decodeURIComponent(parsed.password);
    return { url: url.trim(), password, where: `database "${database}" on ${parsed.hostname}` };
  } catch {
    throw wrong('holds a `%` that begins no percent-encoding');
  }
}

/** Opens a connection; `pg` is loaded here, so that an action without a database never pays for it. */
async function openSession(address: Address): Promise<Session> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({
    connectionString: address.url,
    application_name: 'airlock migrate',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  });
  // A broken connection shows at the statement that runs or comes next; without a listener it would end us.
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ database: string; backend: number; version: number }>(
      `SELECT current_database() AS database, pg_backend_pid() AS backend, current_setting('server_version_num')::int AS version`,
    );
    const [row] = rows;
    if (!row) throw new Error('no answer to the first question');
    if (row.version < OLDEST_SERVER) {
      throw new Failure(
        'DATABASE_TOO_OLD',
        `The server of ${address.where} is older than PostgreSQL 14.`,
        'Upgrade the server: a runner that is killed would leave its locks behind on this one.',
      );
    }
    return { client, address, database: row.database, backend: row.backend };
  } catch (error) {
    await client.end().catch(() => {});
    throw databaseFailure(error, address.where);
  }
}

export async function withSession<T>(address: Address, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await openSession(address);
  try {
    return await work(session);
  } catch (error) {
    if (!(error instanceof Failure) && isConnectionLoss(error)) throw connectionLost();
    // What the server did not answer is not about the database: a cancel, or a mistake of ours.
    throw sqlState(error) === undefined ? error : databaseFailure(error, address.where);
  } finally {
    await session.client.end().catch(() => {});
  }
}

/** Brings the session back to known settings, whatever the migration before it has SET. */
export async function resetSession({ client }: Session): Promise<void> {
  await client.query(
    `RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL;
     SET client_connection_check_interval = '1s'; SET idle_in_transaction_session_timeout = '60s';
     SET standard_conforming_strings = on; SET lock_timeout = 0; SET statement_timeout = 0`,
  );
}

export async function refuseReadOnly({ client, address }: Session): Promise<void> {
  const { rows } = await client.query<{ standby: boolean; readonly: string }>(
    `SELECT pg_is_in_recovery() AS standby, current_setting('transaction_read_only') AS readonly`,
  );
  if (rows[0]?.standby !== false || rows[0].readonly !== 'off') throw readOnly(address.where);
}

/**
 * Refuses a pooler that hands each transaction to another server process: there a session lock protects
 * nothing. Behind any pooler the key that the client got names another process than the server's own; then
 * a second connection shows whether the two keep a process each, as they do in session mode.
 */
export async function refusePooler(session: Session): Promise<void> {
  if (Reflect.get(session.client, 'processID') === session.backend) return;
  const pooled = await withSession(session.address, async (second) => {
    for (let round = 0; round < 3; round++) {
      const [mine, other] = [await backendOf(session), await backendOf(second)];
      if (mine !== session.backend || other !== second.backend || mine === other) return true;
    }
    return false;
  });
  if (!pooled) return;
  throw new Failure(
    'DATABASE_POOLED',
    `${session.address.where} is behind a pooler in transaction mode: a lock taken there excludes nobody.`,
    'Give migrations the direct URL, or the one of the pooler in session mode (Supabase: port 5432, not 6543; Neon: the host without `-pooler`).',
  );
}

async function backendOf({ client }: Session): Promise<number | undefined> {
  const { rows } = await client.query<{ backend: number }>('SELECT pg_backend_pid() AS backend');
  return rows[0]?.backend;
}

/**
 * Runs `work` on the session; when the signal is aborted, a second connection cancels whatever statement
 * the first one runs, again and again until `work` has ended. Should that connection fail, the first one
 * is cut: the server notices within a second and rolls back.
 *
 * @throws Failure CANCELLED when `work` failed because of that
 */
export async function cancellable<T>(
  session: Session,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  let cancelling: Promise<void> = Promise.resolve();
  const cancel = () => {
    cancelling = cancelUntil(ended.signal, session).catch(() => session.client.end());
  };
  signal.addEventListener('abort', cancel, { once: true });
  try {
    signal.throwIfAborted();
    return await work();
  } catch (error) {
    if (signal.aborted)
      throw cancelled(signal, 'The migration was cancelled. What was running is rolled back.');
    throw error;
  } finally {
    signal.removeEventListener('abort', cancel);
    ended.abort();
    await cancelling.catch(() => {});
  }
}

async function cancelUntil(ended: AbortSignal, { address, backend }: Session): Promise<void> {
  await withSession(address, async ({ client }) => {
    while (!ended.aborted) {
      await client.query('SELECT pg_cancel_backend($1)', [backend]);
      await sleep(CANCEL_AGAIN_MS, undefined, { signal: ended }).catch(() => {});
    }
  });
}
