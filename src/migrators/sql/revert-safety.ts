import { Failure } from '../../domain/failure.ts';
import { scan } from '../../domain/sql/scan.ts';
import { describe } from './failures.ts';
import type { Revertible } from './reconcile.ts';
import { resetSession, type Session } from './session.ts';

/**
 * Refuses unless undoing each of them loses nothing: `free`, or `lossy` where the probe in the down file
 * says so now. All are asked before the first one is undone. Rows written between the probe and the
 * statement a moment later are not seen: call it when nothing writes the new shape any more.
 *
 * @throws Failure REVERT_NOT_SAFE with every reason
 */
export async function refuseUnlessSafe(
  session: Session,
  migrations: readonly Revertible[],
  timeoutMs: number,
): Promise<void> {
  const reasons: string[] = [];
  for (const migration of migrations) {
    const reason = await whyUnsafe(session, migration, timeoutMs);
    if (reason) reasons.push(`${migration.file.id} ${reason}`);
  }
  if (reasons.length === 0) return;
  throw new Failure(
    'REVERT_NOT_SAFE',
    `Nothing was reverted: ${reasons.join('; ')}.`,
    'Leave the schema as it is and let the app go back alone, or put the change back by a new migration.',
  );
}

async function whyUnsafe(
  session: Session,
  { file }: Revertible,
  timeoutMs: number,
): Promise<string | undefined> {
  switch (file.reversibility) {
    case 'free':
      return undefined;
    case 'lossy':
      return file.down?.losslessWhen === undefined
        ? 'would lose data, and its down file has no `lossless-when` to ask'
        : await probe(session, file.down.losslessWhen, timeoutMs);
    case 'irreversible':
      return 'is irreversible';
    case 'unknown':
      return 'does not say whether it can be undone (`-- airlock: revert = …`)';
  }
}

/** Asks the question of the down file, read-only; anything but one `true` is a no. */
async function probe(session: Session, query: string, timeoutMs: number): Promise<string | undefined> {
  const { client } = session;
  if (scan(query).statements.length !== 1) return 'has a `lossless-when` of more than one statement';
  await resetSession(session);
  try {
    await client.query(`BEGIN READ ONLY; SET LOCAL statement_timeout = ${timeoutMs}`);
    const { rows } = await client.query<unknown[]>({ text: query, rowMode: 'array' });
    if (rows.length === 1 && rows[0]?.length === 1 && rows[0][0] === true) return undefined;
    return rows[0]?.[0] === false
      ? 'would lose data that was written since'
      : 'has a `lossless-when` that does not answer with one boolean';
  } catch (error) {
    return `could not be asked whether it loses data: ${describe(error)}`;
  } finally {
    await client.query('ROLLBACK');
  }
}
