import { Failure, type Location } from '../../domain/failure.ts';
import { lineAndColumn, type Piece } from '../../domain/sql/scan.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { MigratorSettings } from '../../ports/migrator.ts';
import {
  asDriverError,
  CommitUnknown,
  cancelled,
  connectionLost,
  databaseFailure,
  describe,
  isConnectionLoss,
  isLockConflict,
  STATEMENT_CANCELLED,
  sqlState,
} from './failures.ts';
import type { Script } from './files.ts';
import { describeOldestTransactions } from './lock.ts';
import { resetSession, type Session } from './session.ts';

/** Time that waiting for locks may still cost this run, shared by all of its migrations. */
export interface LockBudget {
  leftMs: number;
}

/** What running a script needs beside the script. */
export interface Execution {
  readonly budget: LockBudget;
  readonly session: Session;
  readonly settings: MigratorSettings;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

const FIRST_BACK_OFF_MS = 100;
const LONGEST_BACK_OFF_MS = 5_000;
const CANNOT_RUN_IN_TRANSACTION = '25001';

/**
 * Runs a script and its record in one transaction. A lock that is not free within `lockTimeoutMs` is given
 * up, so that nobody queues behind us, and the whole script is tried again after a growing, jittered
 * pause, until the run's budget for locks is used up.
 *
 * @throws Failure MIGRATION_FAILED, LOCK_NOT_FREE, STATEMENT_TIMEOUT, DATABASE_…; CommitUnknown
 */
export async function runInTransaction(
  execution: Execution,
  script: Script,
  finish: () => Promise<void>,
): Promise<void> {
  const { session, budget, clock, log, signal } = execution;
  for (let pause = FIRST_BACK_OFF_MS; ; pause = Math.min(pause * 1.5, LONGEST_BACK_OFF_MS)) {
    const begun = clock.now().getTime();
    const conflict = await tryOnce(execution, script, finish);
    if (!conflict) return;
    const holders = await describeOldestTransactions(session);
    const jittered = pause * (0.5 + Math.random());
    budget.leftMs -= clock.now().getTime() - begun + jittered;
    if (budget.leftMs <= 0) {
      throw new Failure(
        'LOCK_NOT_FREE',
        `${script.file} did not get its locks: ${describe(conflict.error)}. It was rolled back.${holders ? ` Oldest open transactions: ${holders}.` : ''}`,
        'End the long transactions (or wait for a quieter time) and run it again; `database` in airlock.yml holds the limits.',
        conflict.at ? { at: conflict.at } : {},
      );
    }
    log.info(
      `${script.file}: a lock is not free${holders ? ` (open: ${holders})` : ''}; rolled back, trying again.`,
    );
    await clock.sleep(jittered, signal);
  }
}

interface Conflict {
  readonly error: unknown;
  readonly at: Location | undefined;
}

/** One attempt; hands back a lock conflict and throws everything else. */
async function tryOnce(
  { session, settings, signal }: Execution,
  script: Script,
  finish: () => Promise<void>,
): Promise<Conflict | undefined> {
  const { client } = session;
  let running: Piece | undefined;
  let committing = false;
  try {
    await resetSession(session);
    await client.query(
      `BEGIN; SET LOCAL lock_timeout = ${settings.lockTimeoutMs}; SET LOCAL statement_timeout = ${settings.statementTimeoutMs}`,
    );
    for (const statement of script.statements) {
      signal.throwIfAborted();
      running = statement;
      await client.query(statement.text);
    }
    running = undefined;
    await client.query('RESET SESSION AUTHORIZATION; RESET ROLE');
    await finish();
    signal.throwIfAborted();
    committing = true;
    await client.query('COMMIT');
    return undefined;
  } catch (error) {
    if (error === signal.reason || !isConnectionLoss(error)) await client.query('ROLLBACK').catch(() => {});
    else throw committing ? new CommitUnknown() : connectionLost();
    const at = locate(script, running, error);
    if (isLockConflict(error)) return { error, at };
    throw statementFailure(error, { script, at, session, signal });
  }
}

/** Tells what a statement of the user met, at its place in the file. */
export function statementFailure(
  error: unknown,
  context: {
    script: Script;
    at?: Location | undefined;
    session: Session;
    signal: AbortSignal;
    next?: string;
  },
): Failure {
  const { script, session, signal } = context;
  const at = context.at ?? locate(script, script.statements[0], error);
  if (error instanceof Failure) return error;
  if (signal.aborted) return cancelled(signal, `${script.file} was cancelled and rolled back.`);
  const state = sqlState(error);
  if (state === '42501' || state === '25006') return databaseFailure(error, session.address.where, at);
  if (state === STATEMENT_CANCELLED && /statement timeout/.test(asDriverError(error).message)) {
    return new Failure(
      'STATEMENT_TIMEOUT',
      `${script.file}: a statement ran longer than \`database.statement-timeout\` allows. It was rolled back.`,
      'Split the work into smaller steps (a backfill in batches), or raise the limit knowingly.',
      { at },
    );
  }
  return new Failure(
    'MIGRATION_FAILED',
    `${script.file}: ${describe(error)}.`,
    context.next ??
      (state === CANNOT_RUN_IN_TRANSACTION
        ? 'Put this statement into a file of its own that begins with `-- airlock: no-transaction`. The file was rolled back.'
        : 'The file was rolled back as a whole. Mend it (it was never applied here) and seal a new release.'),
    { at },
  );
}

/** Where in the file an error is: at the server's position, else at the statement that ran. */
function locate(script: Script, statement: Piece | undefined, error: unknown): Location {
  if (!statement) return { file: script.file };
  const position = Number(asDriverError(error).position ?? 1);
  // The server counts characters, JavaScript UTF-16 units.
  const inside = Array.from(statement.text)
    .slice(0, position - 1)
    .join('').length;
  return { file: script.file, ...lineAndColumn(script.text, statement.offset + inside) };
}
