import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readConfiguration } from '../../../src/config/load.ts';
import { readMigrations } from '../../../src/migrators/sql/files.ts';
import { createLocalTarget } from '../../../src/targets/local/provider.ts';

const SOPHIE = fileURLToPath(new URL('../../../examples/sophie/', import.meta.url));
const targets = { local: createLocalTarget({ daemonEntry: '/nowhere' }) };

const configuration = await readConfiguration(`${SOPHIE}.github/airlock.yml`, '.github/airlock.yml', targets);

test('the example has a valid airlock.yml with three environments in order', () => {
  expect(
    configuration.environments.map(({ name, gates: { after, approval } }) => [name, { after, approval }]),
  ).toEqual([
    ['development', { after: [], approval: 'none' }],
    ['staging', { after: ['development'], approval: 'none' }],
    ['production', { after: ['staging'], approval: 'required' }],
  ]);
  expect(configuration.serve?.variables).toEqual(['DATABASE_URL']);
});

test('the example asks in each environment for the version, health, security headers and latency', () => {
  for (const { smoke } of configuration.environments) {
    expect(smoke.checks.some((check) => check.version)).toBe(true);
    expect(smoke.checks.some((check) => check.health)).toBe(true);
    expect(smoke.checks.some((check) => check.security.length === 7)).toBe(true);
    expect(smoke.checks.some((check) => check.latency)).toBe(true);
  }
});

test('the example has three migrations that say how they can be undone, each with a way down', async () => {
  const migrations = await readMigrations(`${SOPHIE}${configuration.database?.migrations}`);
  expect(migrations.map(({ id, reversibility, down }) => [id, reversibility, down !== undefined])).toEqual([
    ['0001_create_notes', 'lossy', true],
    ['0002_add_stamp', 'lossy', true],
    ['0003_index_notes_by_time', 'free', true],
  ]);
});

test('the example calls the pipeline in fewer than 20 lines', async () => {
  const caller = await readFile(`${SOPHIE}.github/workflows/deploy.yml`, 'utf8');
  expect(caller.trim().split('\n').length).toBeLessThan(20);
  expect(caller).toContain('uses: airlock-actions/airlock/.github/workflows/pipeline.yml@v1');
});

test('every script that a check of the example runs exists', async () => {
  const { scripts } = JSON.parse(await readFile(`${SOPHIE}package.json`, 'utf8'));
  const ran = configuration.build.checks.flatMap((check) =>
    check.kind === 'run' ? [...check.run.matchAll(/^npm (?:run )?(lint|typecheck|test|build)\b/g)] : [],
  );
  expect(ran.map(([, script]) => script)).toEqual(['lint', 'typecheck', 'test', 'build']);
  for (const [, script = ''] of ran) expect(scripts).toHaveProperty(script);
});
