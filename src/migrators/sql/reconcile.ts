import { Failure } from '../../domain/failure.ts';
import type { MigrationStatus } from '../../ports/migrator.ts';
import type { MigrationFile } from './files.ts';
import type { HistoryRow } from './history.ts';

/** One migration number as the files and the database together know it; one of the two is there. */
export interface Known {
  readonly version: bigint;
  readonly file: MigrationFile | undefined;
  readonly row: HistoryRow | undefined;
  readonly status: MigrationStatus;
}

/** A migration that is applied, and whose file this release has. */
export interface Revertible {
  readonly file: MigrationFile;
  readonly row: HistoryRow;
}

/** Lays files and history side by side, oldest first. */
export function reconcile(files: readonly MigrationFile[], rows: readonly HistoryRow[]): readonly Known[] {
  const byVersion = new Map(
    files.map((file) => [file.version, { file, row: undefined as HistoryRow | undefined }]),
  );
  const all: { version: bigint; file: MigrationFile | undefined; row: HistoryRow | undefined }[] = [];
  for (const row of rows) {
    const known = byVersion.get(row.version);
    if (known) known.row = row;
    else all.push({ version: row.version, file: undefined, row });
  }
  for (const [version, known] of byVersion) all.push({ version, ...known });
  return all
    .sort((a, b) => (a.version < b.version ? -1 : 1))
    .map((known) => ({ ...known, status: statusOf(known.file, known.row) }));
}

function statusOf(file: MigrationFile | undefined, row: HistoryRow | undefined): MigrationStatus {
  const id = file?.id ?? row?.id ?? '';
  const reversibility = file?.reversibility ?? row?.reversibility ?? 'unknown';
  const status = (state: MigrationStatus['state'], note?: string): MigrationStatus => ({
    id,
    state,
    reversibility,
    ...(row && row.state !== 'applying' ? { appliedAt: row.at.toISOString() } : {}),
    ...(note === undefined ? {} : { note }),
  });
  if (!row) return status('pending', file?.down ? undefined : 'no down file');
  if (!file) return status('missing', 'applied to the database, no file in this release');
  if (row.state === 'applying') return status('pending', 'begun and interrupted: the next run finishes it');
  if (row.id !== file.id) return status('changed', `applied under the name ${row.id}`);
  if (row.checksum !== file.checksum) return status('changed', 'the file was edited after it was applied');
  if (row.state === 'reverting') return status('applied', 'its revert was begun and interrupted');
  return status('applied', file.down ? undefined : 'no down file');
}

/**
 * What there is to apply, oldest first. Migrations of a *newer* release in the database are no obstacle:
 * an older release that is activated again meets them.
 *
 * @throws Failure MIGRATION_CHANGED, MIGRATION_MISSING or MIGRATION_OUT_OF_ORDER
 */
export function pendingOf(known: readonly Known[]): readonly Known[] {
  refuseAny(
    known.filter(({ status }) => status.state === 'changed'),
    'MIGRATION_CHANGED',
    'Applied migrations differ from their files',
    'Bring the file back to what was applied, and put the change into a new migration.',
  );
  const newestFile = known.findLast(({ file }) => file !== undefined)?.version ?? -1n;
  refuseAny(
    known.filter(({ file, version }) => file === undefined && version < newestFile),
    'MIGRATION_MISSING',
    'Migrations in the database have no file here, although this release has newer ones',
    'Bring their files into this branch (merge the branch that applied them), then build again.',
  );
  const newestApplied =
    known.findLast(({ row }) => row !== undefined && row.state !== 'applying')?.version ?? -1n;
  const pending = known.filter(({ status }) => status.state === 'pending');
  refuseAny(
    pending.filter(({ version }) => version < newestApplied),
    'MIGRATION_OUT_OF_ORDER',
    'Migrations would run after newer ones that are applied already',
    'Give them the next free numbers, so that every database runs them in the same order.',
  );
  return pending;
}

/**
 * What a revert of these migrations undoes, newest first. One that is not applied needs no revert.
 *
 * @throws Failure MIGRATION_UNKNOWN, REVERT_NOT_NEWEST, REVERT_NOT_SAFE for one that has no way back at all
 */
export function revertibleOf(known: readonly Known[], ids: readonly string[]): readonly Revertible[] {
  const unknown = ids.filter((id) => !known.some(({ status, row }) => status.id === id || row?.id === id));
  if (unknown.length > 0) {
    throw new Failure(
      'MIGRATION_UNKNOWN',
      `Neither this release nor the database knows ${unknown.join(', ')}.`,
      'Name migrations as their files are named, without the ending: `0003_add_email`.',
    );
  }
  const applied = known.filter(({ row }) => row !== undefined && row.state !== 'applying').reverse();
  const wanted = applied.filter(({ status, row }) => ids.includes(status.id) || ids.includes(row?.id ?? ''));
  const newer = applied.slice(0, wanted.length).filter((one) => !wanted.includes(one));
  if (newer.length > 0) {
    throw new Failure(
      'REVERT_NOT_NEWEST',
      `Newer migrations stand on the ones to revert: ${namesOf(newer)}.`,
      'Revert these too, or put the change back by a new migration.',
    );
  }
  return wanted.map(({ file, row, status }) => {
    const reason =
      status.state === 'missing' || status.state === 'changed'
        ? status.note
        : file?.down
          ? undefined
          : 'it has no down file';
    if (!file || !row || reason !== undefined) {
      throw new Failure(
        'REVERT_NOT_SAFE',
        `${status.id} cannot be reverted: ${reason ?? 'it is not applied'}.`,
        'Revert from the release that applied it, or put the change back by a new migration.',
      );
    }
    return { file, row };
  });
}

function refuseAny(found: readonly Known[], code: string, what: string, next: string): void {
  if (found.length === 0) return;
  const file = found[0]?.file?.up.file;
  throw new Failure(code, `${what}: ${namesOf(found)}.`, next, file === undefined ? {} : { at: { file } });
}

const namesOf = (known: readonly Known[]): string =>
  known.map(({ status }) => (status.note ? `${status.id} (${status.note})` : status.id)).join(', ');
