import pg from 'pg';
import { env } from '$env/dynamic/private';
import { Reservations } from './reservations.js';

/**
 * The reservations, or undefined where no database was given: the shop is then a shop window.
 *
 * @type {Reservations | undefined}
 */
export const reservations = env.DATABASE_URL ? new Reservations(connect(env.DATABASE_URL)) : undefined;

/** @param {string} connectionString */
function connect(connectionString) {
  // One function serves one request at a time more often than not; the pooler beside it does the rest.
  const pool = new pg.Pool({
    connectionString,
    max: 2,
    connectionTimeoutMillis: 3_000,
    query_timeout: 5_000,
    // A function that is frozen must not hold a connection.
    idleTimeoutMillis: 5_000,
    allowExitOnIdle: true,
  });
  // A connection that breaks while nobody uses it is replaced by the next query.
  pool.on('error', () => {});
  return pool;
}
