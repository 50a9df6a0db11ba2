import { type Execution, statementFailure } from './execute.ts';
import { connectionLost, isConnectionLoss, sqlState } from './failures.ts';
import type { Script } from './files.ts';
import { dropStatement, type Index, indexOf, invalidIndexes, invalidIndexFailure } from './indexes.ts';
import { resetSession } from './session.ts';

/** How the history follows a statement that no transaction protects. */
export interface Milestones {
  /** Saved before the statement runs, so that a later run knows that it was begun. */
  begin(): Promise<void>;
  finish(): Promise<void>;
  /** The statement failed and left nothing behind: as if it had never begun. */
  undo(): Promise<void>;
}

/** "Exists already" and "does not exist": after an interrupted attempt they say that it got through. */
const TOOK_EFFECT: ReadonlySet<string> = new Set(['42P07', '42710', '42701', '42704', '42P01']);

/**
 * Runs a no-transaction script: one statement, such as CREATE INDEX CONCURRENTLY, that the server does not
 * run in a transaction. No time limit is set, since a limit leaves an invalid index behind; that none is
 * left is read from the catalog afterwards, because the statement itself can succeed over an invalid one.
 *
 * @param resumed whether an earlier run began this very script and was interrupted: then its leftover is
 *   ours to drop, and an answer that everything is done already is believed
 * @throws Failure INVALID_INDEX, MIGRATION_FAILED, DATABASE_…
 */
export async function runAlone(
  execution: Execution,
  script: Script,
  resumed: boolean,
  history: Milestones,
): Promise<void> {
  const { session, log, signal } = execution;
  await resetSession(session);
  const before = await invalidIndexes(session);
  const existing = await indexOf(session, script);
  if (existing?.valid === false) {
    if (!resumed) throw invalidIndexFailure(script, [existing]);
    log.info(`${script.file}: dropping the invalid index that an interrupted run left behind.`);
    await session.client.query(dropStatement(existing));
  }
  signal.throwIfAborted();
  await history.begin();
  const left = async () => leftovers(before, await invalidIndexes(session));
  try {
    await session.client.query(script.statements[0]?.text ?? '');
  } catch (error) {
    if (isConnectionLoss(error)) throw connectionLost();
    // Cancelled: the record of the begun attempt stays, and the next run clears up.
    if (signal.aborted) throw error;
    if (!(resumed && TOOK_EFFECT.has(sqlState(error) ?? ''))) {
      const invalid = await left();
      if (invalid.length === 0) await history.undo();
      throw statementFailure(error, { script, session, signal, next: nextAfterFailure(invalid) });
    }
    log.info(`${script.file}: an interrupted run had got it done.`);
  }
  const made = await indexOf(session, script);
  const invalid = made?.valid === false ? [made] : await left();
  if (invalid.length > 0) throw invalidIndexFailure(script, invalid);
  await history.finish();
}

const leftovers = (before: readonly Index[], after: readonly Index[]): readonly Index[] =>
  after.filter(({ oid }) => !before.some((known) => known.oid === oid));

const nextAfterFailure = (invalid: readonly Index[]): string =>
  invalid.length === 0
    ? 'Mend the cause and run it again. Nothing is left behind.'
    : `Mend the cause and run it again: the invalid index it left is dropped then. To drop it now: ${invalid.map(dropStatement).join('; ')}.`;
