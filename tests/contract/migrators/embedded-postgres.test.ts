import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startPostgres } from '../../../rehearsal/services/postgres.ts';
import { query } from './world.ts';

const PROGRAM = fileURLToPath(new URL('./own-a-server.ts', import.meta.url));

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'embedded-'));
});
afterEach(() => rm(directory, { recursive: true }));

const dataOf = async (url: string) =>
  (await query<{ data_directory: string }>(url, 'SHOW data_directory'))[0]?.data_directory ?? '';
const answers = (url: string) =>
  query(url, 'SELECT').then(
    () => true,
    () => false,
  );

it('serves databases on the loopback interface, to the password only, and leaves nothing', async () => {
  const lines: string[] = [];
  const server = await startPostgres({ directory, log: (line) => lines.push(line) });
  const url = await server.createDatabase('a "b" c');
  expect(await query(url, 'SELECT current_database() AS name')).toEqual([{ name: 'a "b" c' }]);
  expect(await query(url, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
  expect(await answers(url.replace(/:[^:@]+@/, ':wrong@'))).toBe(false);
  expect(lines.join('\n')).toContain('ready to accept connections');
  const data = await dataOf(url);
  expect(existsSync(join(data, '..'))).toBe(true);
  await server.stop();
  await server.stop();
  expect(await answers(url)).toBe(false);
  expect(existsSync(join(data, '..'))).toBe(false);
});

it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('goes down with its owner on %s', async (signal) => {
  const owner = spawn(process.execPath, [PROGRAM, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [url] = (await once(createInterface({ input: owner.stdout }), 'line')) as [string];
  const data = await dataOf(url);
  owner.kill(signal);
  await expect.poll(() => answers(url), { timeout: 10_000 }).toBe(false);
  await expect.poll(() => existsSync(join(data, '..')), { timeout: 10_000 }).toBe(false);
});
