import { describe, expect, it } from 'vitest';
import { contract } from '../../actions/migrate/contract.ts';
import { type MigrateWorld, migrate } from '../../actions/migrate/run.ts';
import {
  type Configuration,
  DEFAULT_GATES,
  type EnvironmentSettings,
} from '../../src/domain/configuration.ts';
import { Failure } from '../../src/domain/failure.ts';
import { standardRoutes } from '../../src/domain/routes/settings.ts';
import type { MigrationStatus, Migrator, MigratorSettings } from '../../src/ports/migrator.ts';
import type { Inputs } from '../../src/runner/contract.ts';

const environment: EnvironmentSettings = {
  name: 'production',
  target: { provider: 'local', settings: {} },
  url: undefined,
  gates: DEFAULT_GATES,
  smoke: { warmUpMs: 0, checks: [] },
  strategy: { kind: 'blue-green' },
  rollback: { automatic: true, migrations: 'when-safe' },
};
const configuration: Configuration = {
  version: 1,
  app: 'shop',
  build: { output: 'dist', checks: [] },
  serve: undefined,
  database: {
    migrator: 'sql',
    migrations: './db/migrations/',
    lockTimeoutMs: 100,
    statementTimeoutMs: 200,
    lockBudgetMs: 300,
  },
  environments: [environment],
  routes: standardRoutes(['development', 'staging', 'production']),
  hotfix: {
    branches: ['hotfix/**'],
    skip: { gates: [], checks: [] },
    most: { lines: 400, files: 20 },
    approvalEnvironment: undefined,
  },
  preview: undefined,
};
const inputs: Inputs<typeof contract> = {
  config: '.github/airlock.yml',
  environment: 'production',
  mode: 'apply',
  release: 'airlock-release',
  digest: `sha256:${'0'.repeat(64)}`,
  'database-url': 'postgres://u:p@h/d',
  migrations: [],
};
const applied: MigrationStatus = {
  id: '0001_users',
  state: 'applied',
  appliedAt: '2026-11-21T03:04:05.678Z',
  reversibility: 'free',
};

function world(migrator: Partial<Migrator>, over: Partial<MigrateWorld> = {}) {
  const seen = {
    closed: 0,
    settings: undefined as MigratorSettings | undefined,
    reported: [] as unknown[],
  };
  const made: MigrateWorld = {
    configuration,
    migrations: '/release/migrations',
    report: (outputs) => void seen.reported.push(outputs),
    async openMigrator(settings) {
      seen.settings = settings;
      return {
        status: async () => [applied],
        apply: async () => [],
        revert: async () => [],
        close: async () => void seen.closed++,
        ...migrator,
      };
    },
    ...over,
  };
  return { made, seen };
}

const run = (given: Partial<typeof inputs>, { made }: ReturnType<typeof world>) =>
  migrate({ ...inputs, ...given }, made, new AbortController().signal);
const thrower = (failure: Failure) => async () => {
  throw failure;
};

describe('migrate', () => {
  it('applies with the limits of airlock.yml, reports what it did, and closes', async () => {
    const subject = world({
      apply: async () => [{ id: '0001_users', durationMs: 41.7 }],
      status: async () => [applied, { id: '0002_mail', state: 'pending', reversibility: 'lossy' }],
    });
    const outcome = await run({}, subject);
    expect(outcome).toMatchObject({
      kind: 'done',
      headline: '1 migration applied to production',
      outputs: { applied: '["0001_users"]', pending: '["0002_mail"]', reverted: '[]' },
    });
    expect(JSON.parse(outcome.outputs.status ?? '')).toHaveLength(2);
    expect(outcome.summary).toContain('| 2026-11-21 03:04:05 UTC | 42 ms | yes, nothing is lost |');
    expect(outcome.summary.indexOf('0002')).toBeLessThan(outcome.summary.indexOf('0001'));
    expect(subject.seen).toMatchObject({
      closed: 1,
      settings: {
        directory: '/release/migrations',
        lockTimeoutMs: 100,
        statementTimeoutMs: 200,
        lockBudgetMs: 300,
      },
    });
  });

  it('reports each migration as it is applied, so that a failure after it hides none', async () => {
    const failure = new Failure('MIGRATION_FAILED', '0003_c.sql: no', 'Mend it.');
    const subject = world({
      async apply(_signal, changed) {
        for (const id of ['0001_a', '0002_b']) changed?.({ id, durationMs: 1 });
        throw failure;
      },
    });
    await expect(run({}, subject)).rejects.toBe(failure);
    expect(subject.seen.reported).toEqual([{ applied: '["0001_a"]' }, { applied: '["0001_a","0002_b"]' }]);
  });

  it('keeps in a refusal what was applied before it', async () => {
    const subject = world({
      async apply(_signal, changed) {
        changed?.({ id: '0001_a', durationMs: 1 });
        throw new Failure('MIGRATION_CHANGED', '0002_b differs.', 'Put it back.');
      },
    });
    expect(await run({}, subject)).toMatchObject({ kind: 'refused', outputs: { applied: '["0001_a"]' } });
  });

  it('says that there is nothing to do, also when the database is ahead', async () => {
    expect((await run({}, world({}))).headline).toMatch(/^Nothing to do: every migration/);
    const ahead = world({ status: async () => [applied, { ...applied, id: '0009_new', state: 'missing' }] });
    expect(await run({}, ahead)).toMatchObject({
      kind: 'done',
      headline: expect.stringContaining('ahead of this release by 0009_new'),
    });
  });

  it('has nothing to do without a database', async () => {
    const subject = world({}, { configuration: { ...configuration, database: undefined } });
    expect(await run({ 'database-url': '' }, subject)).toMatchObject({
      kind: 'done',
      headline: expect.stringContaining('Nothing to do'),
      outputs: { applied: '[]' },
    });
    expect(subject.seen.settings).toBeUndefined();
  });

  it('only looks in status', async () => {
    const subject = world({
      apply: thrower(new Failure('X', 'applied', '')),
      status: async () => [
        { ...applied, state: 'changed', note: 'edited' },
        { id: '0002_b', state: 'pending', reversibility: 'unknown' },
      ],
    });
    expect((await run({ mode: 'status' }, subject)).headline).toBe(
      'production: 1 migration pending, 1 changed since it was applied',
    );
  });

  it('explains an empty URL', async () => {
    await expect(run({ 'database-url': '' }, world({}))).rejects.toMatchObject({
      code: 'DATABASE_URL_EMPTY',
      next: expect.stringMatching(/environment.*inherit/),
    });
  });

  it('fails on an unknown environment and on a release without migrations', async () => {
    await expect(run({ environment: 'prod' }, world({}))).rejects.toMatchObject({
      code: 'ENVIRONMENT_UNKNOWN',
      message: expect.stringContaining('production'),
    });
    await expect(run({}, world({}, { migrations: undefined }))).rejects.toMatchObject({
      code: 'MIGRATIONS_NOT_FOUND',
    });
  });

  it.each(['MIGRATION_CHANGED', 'MIGRATION_MISSING', 'MIGRATION_OUT_OF_ORDER'])(
    'hands %s back as a refusal, at its file',
    async (code) => {
      const refusal = new Failure(code, 'What.', 'Next.', { at: { file: '0001_users.sql' } });
      const outcome = await run({}, world({ apply: thrower(refusal) }));
      expect(outcome).toMatchObject({
        kind: 'refused',
        reason: code,
        next: 'Next.',
        annotations: [{ level: 'error', message: 'What.', at: { file: 'db/migrations/0001_users.sql' } }],
      });
      expect(code in contract.refusals).toBe(true);
    },
  );

  it('shows a failure at its place in the repository, and closes', async () => {
    const failure = new Failure('MIGRATION_FAILED', 'What.', 'Next.', {
      at: { file: '0002_b.sql', line: 3, column: 7 },
    });
    const subject = world({ apply: thrower(failure) });
    await expect(run({}, subject)).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
      at: { file: 'db/migrations/0002_b.sql', line: 3, column: 7 },
    });
    expect(subject.seen.closed).toBe(1);
  });

  it('reverts only what is safe', async () => {
    const asked: unknown[] = [];
    const subject = world({
      revert: async (ids, options) => {
        asked.push(ids, options);
        return ids.map((id) => ({ id, durationMs: 1 }));
      },
    });
    const outcome = await run({ mode: 'revert', migrations: ['0001_users'] }, subject);
    expect(asked).toEqual([['0001_users'], { onlySafe: true }]);
    expect(outcome).toMatchObject({ kind: 'done', outputs: { reverted: '["0001_users"]', applied: '[]' } });
    const unsafe = world({ revert: thrower(new Failure('REVERT_NOT_SAFE', 'What.', 'Next.')) });
    expect(await run({ mode: 'revert', migrations: ['0001_users'] }, unsafe)).toMatchObject({
      kind: 'refused',
      reason: 'REVERT_NOT_SAFE',
    });
  });

  it('reverts nothing where airlock.yml says never', async () => {
    const never = { ...environment, rollback: { automatic: true, migrations: 'never' as const } };
    const subject = world({}, { configuration: { ...configuration, environments: [never] } });
    expect(await run({ mode: 'revert', migrations: ['0001_users'] }, subject)).toMatchObject({
      kind: 'refused',
      reason: 'REVERT_TURNED_OFF',
    });
    expect(subject.seen.settings).toBeUndefined();
  });

  it('lets no name of a migration draw in the summary', async () => {
    const evil = '0001_<img src=x>|`a`\n## @everyone';
    const { summary } = await run({}, world({ status: async () => [{ ...applied, id: evil, note: evil }] }));
    expect(summary.split('\n')).toHaveLength(3);
    expect(summary).not.toContain('<img');
    expect(summary.split('\n')[2]?.replaceAll('\\|', '').split('|')).toHaveLength(7);
  });
});
