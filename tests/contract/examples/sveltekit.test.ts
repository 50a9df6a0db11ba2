import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readConfiguration } from '../../../src/config/load.ts';
import { readMigrations } from '../../../src/migrators/sql/files.ts';
import { targetSchemas } from '../../../src/targets/registry.ts';

const SHOP = fileURLToPath(new URL('../../../examples/sveltekit/', import.meta.url));

const configuration = await readConfiguration(
  `${SHOP}.github/airlock.yml`,
  '.github/airlock.yml',
  targetSchemas,
);

test('the shop goes to staging, then by a canary to production, on one Vercel project', () => {
  expect(configuration.build.output).toBe('.vercel/output');
  expect(configuration.environments.map(({ name, target }) => [name, target.provider])).toEqual([
    ['staging', 'vercel'],
    ['production', 'vercel'],
  ]);
  const [staging, production] = configuration.environments;
  expect([staging?.gates.approval, production?.gates.approval]).toEqual(['none', 'required']);
  expect(production?.strategy).toMatchObject({ kind: 'canary' });
});

test('the shop is asked for its version, health, security headers and latency', () => {
  for (const { smoke } of configuration.environments) {
    expect(smoke.checks.some((check) => check.version)).toBe(true);
    expect(smoke.checks.some((check) => check.health)).toBe(true);
    expect(smoke.checks.some((check) => check.security.length === 5 && check.latency)).toBe(true);
  }
});

test('the shop has migrations that say how they can be undone, each with a way down', async () => {
  const migrations = await readMigrations(`${SHOP}${configuration.database?.migrations}`);
  expect(migrations.map(({ id, reversibility, down }) => [id, reversibility, down !== undefined])).toEqual([
    ['0001_create_reservations', 'lossy', true],
    ['0002_add_time', 'lossy', true],
  ]);
});

test('every script that a check of the shop runs exists, and every dependency has one version', async () => {
  const { scripts, dependencies, devDependencies } = JSON.parse(
    await readFile(`${SHOP}package.json`, 'utf8'),
  );
  const ran = configuration.build.checks.flatMap((check) =>
    check.kind === 'run' ? [...check.run.matchAll(/^npm (?:run )?(typecheck|test|build)\b/g)] : [],
  );
  expect(ran.map(([, script]) => script).sort()).toEqual(['build', 'test', 'typecheck']);
  for (const [, script = ''] of ran) expect(scripts).toHaveProperty(script);
  for (const version of Object.values({ ...dependencies, ...devDependencies }))
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
});
