import type {
  MigrationChange,
  Migrator,
  MigratorHost,
  MigratorProvider,
  MigratorSettings,
} from '../../ports/migrator.ts';
import { type Milestones, runAlone } from './alone.ts';
import { type Execution, type LockBudget, runInTransaction } from './execute.ts';
import { CommitUnknown } from './failures.ts';
import { type MigrationFile, readMigrations, type Script } from './files.ts';
import { ensureHistory, forget, type HistoryRow, readHistory, record, setState } from './history.ts';
import { takeLock } from './lock.ts';
import { type Known, pendingOf, reconcile, revertibleOf } from './reconcile.ts';
import { refuseUnlessSafe } from './revert-safety.ts';
import {
  cancellable,
  readAddress,
  refusePooler,
  refuseReadOnly,
  resetSession,
  withSession,
} from './session.ts';

type Changed = (change: MigrationChange) => void;

/** How often a COMMIT with an unknown end is looked up and gone on from. */
const RECONNECTS = 3;

/** Numbered SQL files on PostgreSQL 14 and later; see `docs/migrations.md`. */
export const sqlMigrator: MigratorProvider = {
  id: 'sql',
  async connect(settings, host) {
    return new SqlMigrator(settings, host);
  },
};

/** Opens a connection for each call: a connection kept between calls may be gone when it is wanted. */
class SqlMigrator implements Migrator {
  readonly #settings: MigratorSettings;
  readonly #host: MigratorHost;
  readonly #address: ReturnType<typeof readAddress>;

  constructor(settings: MigratorSettings, host: MigratorHost) {
    this.#address = readAddress(host.databaseUrl);
    this.#settings = settings;
    this.#host = host;
    host.log.mask(host.databaseUrl);
    if (this.#address.password !== '') host.log.mask(this.#address.password);
  }

  async status() {
    const files = await readMigrations(this.#settings.directory);
    const rows = await withSession(this.#address, readHistory);
    return reconcile(files, rows).map(({ status }) => status);
  }

  async apply(signal: AbortSignal, changed: Changed = () => {}) {
    return this.#throughLostCommits(signal, changed, async (execution, known, keep) => {
      const newer = known.filter(({ status }) => status.state === 'missing').map(({ status }) => status.id);
      const pending = pendingOf(known);
      if (newer.length > 0) {
        this.#host.log.info(
          `The database is ahead of this release by ${newer.join(', ')}; they stay as they are.`,
        );
      }
      for (const { file, row } of pending) {
        if (file) await keep(file.id, (startedAt) => this.#apply(execution, file, row, startedAt));
      }
    });
  }

  async revert(
    ids: readonly string[],
    { onlySafe }: { onlySafe: boolean },
    signal: AbortSignal,
    changed: Changed = () => {},
  ) {
    return this.#throughLostCommits(signal, changed, async (execution, known, keep) => {
      const migrations = revertibleOf(known, ids);
      if (onlySafe) {
        await refuseUnlessSafe(execution.session, migrations, this.#settings.statementTimeoutMs);
      }
      for (const { file, row } of migrations) {
        const { down } = file;
        if (down) await keep(file.id, () => this.#revert(execution, file, down, row));
      }
    });
  }

  async close() {}

  /**
   * Does the work under the lock. When the connection breaks during a COMMIT, connects and locks again,
   * which waits until the server has ended the broken session, reads from the history how that COMMIT
   * went, and goes on from there.
   */
  async #throughLostCommits(
    signal: AbortSignal,
    changed: Changed,
    work: (
      execution: Execution,
      known: readonly Known[],
      keep: (id: string, change: (startedAt: number) => Promise<void>) => Promise<void>,
    ) => Promise<void>,
  ): Promise<readonly MigrationChange[]> {
    const files = await readMigrations(this.#settings.directory);
    const budget = { leftMs: this.#settings.lockBudgetMs };
    const changes: MigrationChange[] = [];
    const tell = (change: MigrationChange) => {
      changes.push(change);
      changed(change);
    };
    let inDoubt: { readonly change: MigrationChange; readonly before: HistoryRow | undefined } | undefined;
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#locked(budget, signal, async (execution) => {
          const known = reconcile(files, await readHistory(execution.session));
          const rowOf = (id: string) => known.find(({ status }) => status.id === id)?.row;
          if (inDoubt && (rowOf(inDoubt.change.id) === undefined) !== (inDoubt.before === undefined)) {
            tell(inDoubt.change);
          }
          inDoubt = undefined;
          await work(execution, known, async (id, change) => {
            const startedAt = this.#now();
            try {
              await change(startedAt);
            } catch (error) {
              if (error instanceof CommitUnknown) {
                inDoubt = { change: { id, durationMs: this.#now() - startedAt }, before: rowOf(id) };
              }
              throw error;
            }
            tell({ id, durationMs: this.#now() - startedAt });
          });
        });
        return changes;
      } catch (error) {
        if (!(error instanceof CommitUnknown) || attempt > RECONNECTS) throw error;
        this.#host.log.warning('The connection broke during a COMMIT: asking the database how it went.');
      }
    }
  }

  async #locked(
    budget: LockBudget,
    signal: AbortSignal,
    work: (execution: Execution) => Promise<void>,
  ): Promise<void> {
    const { clock, log } = this.#host;
    await withSession(this.#address, (session) =>
      cancellable(session, signal, async () => {
        await refuseReadOnly(session);
        await refusePooler(session);
        await resetSession(session);
        await takeLock(session, this.#host, budget.leftMs, signal);
        await ensureHistory(session);
        await work({ session, settings: this.#settings, budget, clock, log, signal });
        // The server takes a moment to end a session: who comes next need not wait for that.
        await session.client.query('SELECT pg_advisory_unlock_all()').catch(() => {});
      }),
    );
  }

  async #apply(
    execution: Execution,
    file: MigrationFile,
    row: HistoryRow | undefined,
    startedAt: number,
  ): Promise<void> {
    const { session } = execution;
    this.#host.log.info(`Applying ${file.id}.`);
    const recordAs = (state: HistoryRow['state']) =>
      record(session, file, state, this.#now() - startedAt, this.#host);
    const milestones: Milestones = {
      begin: () => recordAs('applying'),
      finish: () => recordAs('applied'),
      undo: () => forget(session, file.version),
    };
    if (!file.up.noTransaction) return runInTransaction(execution, file.up, milestones.finish);
    await runAlone(execution, file.up, row?.checksum === file.checksum, milestones);
  }

  async #revert(execution: Execution, file: MigrationFile, down: Script, row: HistoryRow): Promise<void> {
    const { session } = execution;
    this.#host.log.info(`Reverting ${file.id}.`);
    const milestones: Milestones = {
      begin: () => setState(session, file.version, 'reverting'),
      finish: () => forget(session, file.version),
      undo: () => setState(session, file.version, 'applied'),
    };
    if (!down.noTransaction) return runInTransaction(execution, down, milestones.finish);
    await runAlone(execution, down, row.state === 'reverting', milestones);
  }

  #now(): number {
    return this.#host.clock.now().getTime();
  }
}
