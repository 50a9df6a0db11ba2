import type { Configuration, DatabaseSettings } from '../../src/domain/configuration.ts';
import { Failure } from '../../src/domain/failure.ts';
import { cell, code, table } from '../../src/domain/markdown.ts';
import type { Annotation, Outcome } from '../../src/domain/outcome.ts';
import { environmentNamed } from '../../src/domain/route.ts';
import type {
  MigrationChange,
  MigrationStatus,
  Migrator,
  MigratorSettings,
  Reversibility,
} from '../../src/ports/migrator.ts';
import type { Inputs, Outputs } from '../../src/runner/contract.ts';
import { contract } from './contract.ts';

export interface MigrateWorld {
  readonly configuration: Configuration;
  /** Absolute path of the migrations in the unpacked release; absent when none were sealed with it. */
  readonly migrations: string | undefined;
  /** Opens the migrator that airlock.yml names. */
  openMigrator(settings: MigratorSettings, databaseUrl: string): Promise<Migrator>;
  /** Writes outputs now, so that they stand when this action fails or is killed later. */
  report(outputs: Outputs<typeof contract>): void;
}

type Result = Outcome<Outputs<typeof contract>>;

/** Applies, reports or reverts an environment's migrations. Run twice, it finds the work done. */
export async function migrate(
  inputs: Inputs<typeof contract>,
  world: MigrateWorld,
  signal: AbortSignal,
): Promise<Result> {
  const { configuration } = world;
  const environment = environmentNamed(configuration, inputs.environment);
  const { database } = configuration;
  if (!database) {
    return {
      kind: 'done',
      headline: 'Nothing to do: airlock.yml has no `database:`',
      outputs: { applied: '[]', pending: '[]', reverted: '[]', status: '[]' },
      summary: '',
    };
  }
  if (inputs.mode === 'revert' && environment.rollback.migrations === 'never') {
    return {
      kind: 'refused',
      reason: 'REVERT_TURNED_OFF',
      next: 'Put the change back by a new migration, or say `rollback.migrations: when-safe`.',
      headline: `${environment.name} keeps its schema: airlock.yml says \`rollback.migrations: never\``,
      outputs: {},
      summary: '',
    };
  }
  const migrator = await open(inputs, world, database);
  try {
    return await work(inputs, migrator, { database, report: world.report }, signal);
  } catch (error) {
    throw inRepository(error, database);
  } finally {
    await migrator.close();
  }
}

async function open(
  inputs: Inputs<typeof contract>,
  world: MigrateWorld,
  database: DatabaseSettings,
): Promise<Migrator> {
  if (inputs['database-url'] === '') {
    throw new Failure(
      'DATABASE_URL_EMPTY',
      `airlock.yml has \`database:\`, but \`database-url\` came empty for ${inputs.environment}.`,
      'Set the secret in the settings of this GitHub environment and pass it on. A called workflow gets environment secrets only in a job that names `environment:`, with `secrets: inherit`, inside one organisation; from another owner they come empty: there, call the action from a job of your own. Fork pull requests never get secrets.',
    );
  }
  if (world.migrations === undefined) {
    throw new Failure(
      'MIGRATIONS_NOT_FOUND',
      `The release was sealed without migrations, and airlock.yml has them in ${database.migrations}.`,
      'Check that the folder is committed, then build the release again.',
    );
  }
  const { lockTimeoutMs, statementTimeoutMs, lockBudgetMs } = database;
  return world.openMigrator(
    { directory: world.migrations, lockTimeoutMs, statementTimeoutMs, lockBudgetMs },
    inputs['database-url'],
  );
}

async function work(
  inputs: Inputs<typeof contract>,
  migrator: Migrator,
  { database, report }: { database: DatabaseSettings; report: MigrateWorld['report'] },
  signal: AbortSignal,
): Promise<Result> {
  let applied: readonly MigrationChange[] = [];
  let reverted: readonly MigrationChange[] = [];
  let refusal: Failure | undefined;
  try {
    if (inputs.mode === 'apply') {
      applied = await migrator.apply(signal, (change) => {
        applied = [...applied, change];
        report({ applied: JSON.stringify(idsOf(applied)) });
      });
    }
    if (inputs.mode === 'revert') {
      reverted = await migrator.revert(inputs.migrations, { onlySafe: true }, signal, (change) => {
        reverted = [...reverted, change];
        report({ reverted: JSON.stringify(idsOf(reverted)) });
      });
    }
  } catch (error) {
    if (!(error instanceof Failure && error.code in contract.refusals)) throw error;
    refusal = error;
  }
  const status = await migrator.status();
  const outputs = {
    applied: JSON.stringify(idsOf(applied)),
    reverted: JSON.stringify(idsOf(reverted)),
    pending: JSON.stringify(idsOf(status.filter(({ state }) => state === 'pending'))),
    status: JSON.stringify(status),
  };
  const summary = summaryOf(status, [...applied, ...reverted]);
  if (!refusal) {
    return { kind: 'done', headline: headlineOf(inputs, status, applied, reverted), outputs, summary };
  }
  return {
    kind: 'refused',
    reason: refusal.code,
    next: refusal.next,
    headline: refusal.message,
    outputs,
    summary,
    annotations: annotationOf(inRepository(refusal, database)),
  };
}

const idsOf = (migrations: readonly { readonly id: string }[]) => migrations.map(({ id }) => id);

function headlineOf(
  { mode, environment }: Inputs<typeof contract>,
  status: readonly MigrationStatus[],
  applied: readonly MigrationChange[],
  reverted: readonly MigrationChange[],
): string {
  const pending = status.filter(({ state }) => state === 'pending').length;
  const count = (number: number) => `${number} ${number === 1 ? 'migration' : 'migrations'}`;
  const ahead = idsOf(status.filter(({ state }) => state === 'missing'));
  const newer = ahead.length > 0 ? `; the database is ahead of this release by ${ahead.join(', ')}` : '';
  switch (mode) {
    case 'apply':
      return applied.length > 0
        ? `${count(applied.length)} applied to ${environment}${newer}`
        : `Nothing to do: every migration of this release is applied to ${environment}${newer}`;
    case 'revert':
      return reverted.length > 0
        ? `${count(reverted.length)} reverted in ${environment}; nothing was lost`
        : `Nothing to do: none of these migrations is applied to ${environment}`;
    case 'status': {
      const changed = status.filter(({ state }) => state === 'changed').length;
      return `${environment}: ${count(pending)} pending${changed > 0 ? `, ${changed} changed since it was applied` : ''}${newer}`;
    }
  }
}

const STATES: Readonly<Record<MigrationStatus['state'], string>> = {
  pending: '⏳ pending',
  applied: '✅ applied',
  changed: '❌ changed',
  missing: '➖ not in this release',
};

const UNDO: Readonly<Record<Reversibility, string>> = {
  free: 'yes, nothing is lost',
  lossy: 'only while nothing was written to it',
  irreversible: 'no',
  unknown: 'not stated',
};

/** Newest first: that is what a reader of a run wants to see. */
function summaryOf(status: readonly MigrationStatus[], changes: readonly MigrationChange[]): string {
  if (status.length === 0) return '';
  const took = new Map(changes.map(({ id, durationMs }) => [id, `${Math.round(durationMs)} ms`]));
  const rows = status
    .toReversed()
    .map(({ id, state, appliedAt, reversibility, note }) => [
      code(id),
      note === undefined ? STATES[state] : `${STATES[state]} (${cell(note)})`,
      appliedAt === undefined ? '' : `${appliedAt.slice(0, 19).replace('T', ' ')} UTC`,
      took.get(id) ?? '',
      UNDO[reversibility],
    ]);
  return table(['Migration', 'State', 'Applied', 'Took in this run', 'Can be undone'], rows);
}

const annotationOf = (error: unknown): readonly Annotation[] =>
  error instanceof Failure && error.at ? [{ level: 'error', message: error.message, at: error.at }] : [];

/** A migrator names files by their place in the release; people find them in the repository. */
function inRepository(error: unknown, { migrations }: DatabaseSettings): unknown {
  if (!(error instanceof Failure) || !error.at) return error;
  const folder = migrations.replace(/^\.\//, '').replace(/\/$/, '');
  const at = { ...error.at, file: `${folder}/${error.at.file}` };
  return new Failure(error.code, error.message, error.next, { at, cause: error.cause });
}
