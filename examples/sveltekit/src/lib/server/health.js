/**
 * The words for `/health`. A shop without a database is a shop window, and well; one whose database does
 * not answer is not.
 *
 * @param {string} version
 * @param {{ping(): Promise<boolean>} | undefined} reservations
 */
export async function examine(version, reservations) {
  const database = reservations ? ((await answers(reservations)) ? 'connected' : 'disconnected') : 'none';
  const status = database === 'disconnected' ? 'unhealthy' : 'healthy';
  return { status, version, database, cache: 'none' };
}

/** @param {{ping(): Promise<boolean>}} reservations */
async function answers(reservations) {
  try {
    return await reservations.ping();
  } catch {
    return false;
  }
}
