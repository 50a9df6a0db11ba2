import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sealRelease } from '../../../src/release/seal.ts';
import { openRelease } from '../../../src/release/sealed-folder.ts';
import { unpackRelease } from '../../../src/release/unpack.ts';
import { about, plant, scratch } from './trees.ts';

const never = new AbortController().signal;
const room = join(import.meta.dirname, '../../../src/release');

/** Runs a script in a process of its own and kills it as soon as it has begun to write. */
async function killOnceItWrites(home: string, script: string): Promise<void> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
  const unfinished = async () => (await readdir(home)).filter((name) => name.includes('.unfinished-'));
  await expect.poll(async () => (await unfinished()).length, { timeout: 20_000, interval: 5 }).toBe(1);
  child.kill('SIGKILL');
  await once(child, 'exit');
}

it('a kill while sealing or unpacking leaves nothing that looks whole, and the next run finishes', async () => {
  const home = await scratch();
  const output = await plant(join(home, 'dist'), { 'a.js': 'a', 'large.bin': '' });
  await truncate(join(output, 'large.bin'), 300_000_000);
  const into = join(home, 'sealed');
  const request = { ...about, output, into };

  await killOnceItWrites(
    home,
    `const { sealRelease } = await import(${JSON.stringify(join(room, 'seal.ts'))});
     await sealRelease({ ...${JSON.stringify(request)}, signal: new AbortController().signal });`,
  );
  await expect(openRelease(into)).rejects.toMatchObject({ code: 'RELEASE_MISSING' });
  const { release } = await sealRelease({ ...request, signal: never });
  expect((await readdir(home)).sort()).toEqual(['dist', 'sealed']);

  const unpacked = join(home, 'unpacked');
  await killOnceItWrites(
    home,
    `const { unpackRelease } = await import(${JSON.stringify(join(room, 'unpack.ts'))});
     await unpackRelease(${[into, unpacked, release.digest].map((text) => JSON.stringify(text)).join()}, new AbortController().signal);`,
  );
  expect(await readdir(home)).not.toContain('unpacked');
  await unpackRelease(into, unpacked, release.digest, never);
  expect((await readdir(join(unpacked, 'app'))).sort()).toEqual(['a.js', 'large.bin']);
});
