import { createContext, runInContext } from 'node:vm';

/**
 * Runs synchronous work that ends after this many milliseconds at the latest: nobody can interrupt a
 * loop in somebody else's code but the engine, and the engine does it for what is started in this way.
 * Throws `DeadlineError` when the time is over, else whatever the work throws.
 */
export function withinMilliseconds<T>(milliseconds: number, work: () => T): T {
  const room: { work: () => void; result?: T } = {
    work: () => {
      room.result = work();
    },
  };
  try {
    runInContext('work()', createContext(room), { timeout: milliseconds });
  } catch (error) {
    throw isTimeout(error) ? new DeadlineError() : error;
  }
  return room.result as T;
}

export class DeadlineError extends Error {}

/** The engine's error is made in the other room, and is no `Error` of this one. */
const isTimeout = (error: unknown): boolean =>
  typeof error === 'object' &&
  error !== null &&
  'code' in error &&
  error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
