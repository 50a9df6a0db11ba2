import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { freePort } from '../../../rehearsal/services/ports.ts';

const PROGRAM = fileURLToPath(new URL('./take-ports.ts', import.meta.url));

/** Ports that another process takes, one of them twice by its number. It holds them until the test ends. */
async function takenByAnother(wanted: number): Promise<readonly number[]> {
  const child = spawn(process.execPath, [PROGRAM, String(wanted)], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(async () => {
    child.stdin.end();
    if (child.exitCode === null) await once(child, 'exit');
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return JSON.parse(line) as number[];
}

it('no two processes are given the same port, and none is given twice', async () => {
  const wanted = await freePort();
  const given = await Promise.all(Array.from({ length: 4 }, () => takenByAnother(wanted)));
  const own = await Promise.all(Array.from({ length: 10 }, () => freePort()));
  const all = [...given.flat(), ...own];
  expect(new Set(all).size).toBe(all.length);
});

it('a wanted port on which somebody listens is not given', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no address');
  expect(await takenByAnother(address.port)).not.toContain(address.port);
});
