import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MigrationChange, Migrator, MigratorProvider } from '../../../src/ports/migrator.ts';
import { systemClock } from '../../../src/runner/clock.ts';
import { keepingLog, LIMITS, migrationsFolder, never } from './world.ts';

/** What a migrator's test run brings along. */
export interface MigratorUnderTest {
  readonly provider: MigratorProvider;
  /** An empty database of its own. */
  createDatabase(): Promise<string>;
  /** The names of the tables that the migrations made. */
  tables(databaseUrl: string): Promise<readonly string[]>;
  /** Files of a migration that makes the table, can be undone freely, and has this id. */
  creates(id: string, table: string): Readonly<Record<string, string>>;
  /** Files of a migration that makes the table and cannot be undone. */
  createsForGood(id: string, table: string): Readonly<Record<string, string>>;
  /** Files of a migration that makes the table and fails after that. */
  fails(id: string, table: string): Readonly<Record<string, string>>;
}

/** What every migrator owes to the port, whatever its files look like. */
export function migratorContract(name: string, subject: () => MigratorUnderTest): void {
  describe(`${name} keeps the migrator contract`, () => {
    let folder: Awaited<ReturnType<typeof migrationsFolder>>;
    let databaseUrl: string;
    let migrator: Migrator;

    const open = () =>
      subject().provider.connect(
        { directory: folder.directory, ...LIMITS },
        { databaseUrl, log: keepingLog(), clock: systemClock },
      );
    const add = async (files: Readonly<Record<string, string>>) => {
      for (const [file, text] of Object.entries(files)) await folder.write(file, text);
    };
    const states = async () => (await migrator.status()).map(({ id, state }) => `${id} ${state}`);
    const ids = (changes: readonly { readonly id: string }[]) => changes.map(({ id }) => id);
    const tables = () => subject().tables(databaseUrl);

    beforeEach(async () => {
      folder = await migrationsFolder();
      databaseUrl = await subject().createDatabase();
      migrator = await open();
    });
    afterEach(async () => {
      await migrator.close();
      await folder.remove();
    });

    it('has nothing to do where there is nothing', async () => {
      expect(await migrator.status()).toEqual([]);
      expect(await migrator.apply(never)).toEqual([]);
      expect(await migrator.revert([], { onlySafe: true }, never)).toEqual([]);
    });

    it('applies what is pending, oldest first, and finds nothing to do the second time', async () => {
      await add({ ...subject().creates('0002_b', 'b'), ...subject().creates('0001_a', 'a') });
      expect(await states()).toEqual(['0001_a pending', '0002_b pending']);
      const told: unknown[] = [];
      const changes = await migrator.apply(never, (change) => void told.push(change));
      expect(told).toEqual(changes);
      expect(ids(changes)).toEqual(['0001_a', '0002_b']);
      expect(changes.every(({ durationMs }) => durationMs >= 0)).toBe(true);
      expect(await tables()).toEqual(['a', 'b']);
      expect(await migrator.apply(never)).toEqual([]);
      const [first] = await migrator.status();
      expect(first).toMatchObject({ id: '0001_a', state: 'applied', reversibility: 'free' });
      expect(new Date(first?.appliedAt ?? '').toISOString()).toBe(first?.appliedAt);
    });

    it('reads status without changing anything', async () => {
      await add(subject().creates('0001_a', 'a'));
      await migrator.status();
      expect(await tables()).toEqual([]);
      expect(await states()).toEqual(['0001_a pending']);
    });

    it('leaves nothing of a migration that fails, and what went before it stays', async () => {
      await add({ ...subject().creates('0001_a', 'a'), ...subject().fails('0002_b', 'b') });
      const told: MigrationChange[] = [];
      await expect(migrator.apply(never, (change) => void told.push(change))).rejects.toMatchObject({
        name: 'Failure',
        next: expect.any(String),
      });
      expect(ids(told)).toEqual(['0001_a']);
      expect(await tables()).toEqual(['a']);
      expect(await states()).toEqual(['0001_a applied', '0002_b pending']);
    });

    it('gives each migration to one of two that apply at once', async () => {
      await add({ ...subject().creates('0001_a', 'a'), ...subject().creates('0002_b', 'b') });
      const other = await open();
      const both = await Promise.all([migrator.apply(never), other.apply(never)]);
      await other.close();
      expect(both.flatMap(ids).sort()).toEqual(['0001_a', '0002_b']);
    });

    it('meets migrations of a newer release and leaves them', async () => {
      await add(subject().creates('0001_a', 'a'));
      const newer = subject().creates('0002_b', 'b');
      await add(newer);
      await migrator.apply(never);
      for (const file of Object.keys(newer)) await folder.delete(file);
      expect(await states()).toEqual(['0001_a applied', '0002_b missing']);
      expect(await migrator.apply(never)).toEqual([]);
      expect(await tables()).toEqual(['a', 'b']);
    });

    it('reverts newest first, and once', async () => {
      await add({
        ...subject().creates('0001_a', 'a'),
        ...subject().creates('0002_b', 'b'),
        ...subject().creates('0003_c', 'c'),
      });
      await migrator.apply(never);
      const named = ['0002_b', '0003_c'];
      expect(ids(await migrator.revert(named, { onlySafe: true }, never))).toEqual(['0003_c', '0002_b']);
      expect(await tables()).toEqual(['a']);
      expect(await migrator.revert(named, { onlySafe: true }, never)).toEqual([]);
      expect(ids(await migrator.apply(never))).toEqual(named);
    });

    it('reverts nothing at all when one of them is not safe', async () => {
      await add({ ...subject().createsForGood('0001_a', 'a'), ...subject().creates('0002_b', 'b') });
      await migrator.apply(never);
      await expect(migrator.revert(['0001_a', '0002_b'], { onlySafe: true }, never)).rejects.toMatchObject({
        code: 'REVERT_NOT_SAFE',
        message: expect.stringContaining('0001_a'),
      });
      expect(await tables()).toEqual(['a', 'b']);
    });

    it('refuses to revert under a newer one, and what nobody knows', async () => {
      await add({ ...subject().creates('0001_a', 'a'), ...subject().creates('0002_b', 'b') });
      await migrator.apply(never);
      await expect(migrator.revert(['0001_a'], { onlySafe: false }, never)).rejects.toMatchObject({
        code: 'REVERT_NOT_NEWEST',
      });
      await expect(migrator.revert(['0009_x'], { onlySafe: false }, never)).rejects.toMatchObject({
        code: 'MIGRATION_UNKNOWN',
      });
      expect(await tables()).toEqual(['a', 'b']);
    });

    it('does nothing once it is cancelled', async () => {
      await add(subject().creates('0001_a', 'a'));
      await expect(migrator.apply(AbortSignal.abort())).rejects.toMatchObject({ code: 'CANCELLED' });
      expect(await tables()).toEqual([]);
    });
  });
}
