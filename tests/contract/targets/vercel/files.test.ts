import { chmod, mkdir, mkdtemp, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { extract } from 'tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inventory, listFiles } from '../../../../src/targets/vercel/files.ts';
import { packFiles } from '../../../../src/targets/vercel/pack.ts';
import { NEVER } from './staging-host.ts';
import { sha1Of, writeTree } from './staging-scene.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'files-'));
});
afterEach(() => rm(folder, { recursive: true }));

const FILES = {
  'b/deep/er.txt': 'er',
  'a.txt': 'a',
  'run.sh': { program: '#!/bin/sh' },
  'b/link': { link: '../a.txt' },
  'b/dangling': { link: 'nowhere' },
  '@odd name.txt': 'odd',
  '-x': 'x',
};

describe('the files of a release', () => {
  it('are listed by name, whatever kind they are, and empty folders are none', async () => {
    await writeTree(folder, FILES);
    await mkdir(join(folder, 'empty'));
    const files = await inventory(folder, await listFiles(folder), 'out/', NEVER);
    expect(files.map(({ name, mode, size, sha1 }) => [name, mode, size, sha1])).toEqual([
      ['out/-x', 0o100644, 1, sha1Of('x')],
      ['out/@odd name.txt', 0o100644, 3, sha1Of('odd')],
      ['out/a.txt', 0o100644, 1, sha1Of('a')],
      ['out/b/dangling', 0o120777, 7, sha1Of('nowhere')],
      ['out/b/deep/er.txt', 0o100644, 2, sha1Of('er')],
      ['out/b/link', 0o120777, 8, sha1Of('../a.txt')],
      ['out/run.sh', 0o100755, 9, sha1Of('#!/bin/sh')],
    ]);
  });

  it('do not tell by their modes how the machine is set up', async () => {
    await writeTree(folder, { 'a.txt': 'a', 'run.sh': { program: 'b' } });
    await chmod(join(folder, 'a.txt'), 0o600);
    await chmod(join(folder, 'run.sh'), 0o700);
    const files = await inventory(folder, await listFiles(folder), '', NEVER);
    expect(files.map(({ mode }) => mode)).toEqual([0o100644, 0o100755]);
  });

  it('are hashed in pieces where they are large', async () => {
    const large = Buffer.alloc(3 * 1024 * 1024 + 7, 'airlock');
    await writeFile(join(folder, 'large.bin'), large);
    const [file] = await inventory(folder, ['large.bin'], '', NEVER);
    expect(file).toMatchObject({ size: large.length, sha1: sha1Of(large) });
  });

  it('are not read any further once cancelled', async () => {
    await writeTree(folder, FILES);
    const cancelled = AbortSignal.abort(new Error('enough'));
    await expect(inventory(folder, await listFiles(folder), '', cancelled)).rejects.toThrow('enough');
  });
});

describe('packing', () => {
  const parts = async (into: string, partBytes?: number) => {
    await mkdir(join(folder, into));
    const source = join(folder, 'source');
    const names = await listFiles(source);
    return packFiles(source, names, '.vercel/output/', join(folder, into), NEVER, partBytes);
  };

  it('cuts one archive into numbered parts, which give all files back', async () => {
    await writeTree(join(folder, 'source'), FILES);
    const packed = await parts('parts', 100);
    expect(packed.length).toBeGreaterThan(2);
    expect(packed.map(({ name }) => name)).toEqual(
      packed.map((_, index) => `.vercel/source.tgz.part${index + 1}`),
    );
    const contents = await Promise.all(
      packed.map(({ content }) => (content.kind === 'file' ? readFile(content.path) : '')),
    );
    contents.forEach((content, index) => {
      expect(packed[index]).toMatchObject({ size: content.length, sha1: sha1Of(content), mode: 0o666 });
    });
    await writeFile(join(folder, 'whole.tgz'), Buffer.concat(contents.map((one) => Buffer.from(one))));
    await extract({ file: join(folder, 'whole.tgz'), cwd: folder });
    const output = join(folder, '.vercel/output');
    expect(await listFiles(output)).toEqual(Object.keys(FILES).sort());
    expect(await readFile(join(output, '@odd name.txt'), 'utf8')).toBe('odd');
    expect(await readlink(join(output, 'b/link'))).toBe('../a.txt');
    expect((await stat(join(output, 'run.sh'))).mode & 0o111).not.toBe(0);
    expect((await stat(join(output, 'a.txt'))).mode & 0o111).toBe(0);
  });

  it('gives the same bytes for the same files', async () => {
    await writeTree(join(folder, 'source'), FILES);
    const first = await parts('first');
    await writeFile(join(folder, 'source/a.txt'), 'a');
    const second = await parts('second');
    expect(second.map(({ sha1 }) => sha1)).toEqual(first.map(({ sha1 }) => sha1));
    await writeFile(join(folder, 'source/a.txt'), 'b');
    expect((await parts('third'))[0]?.sha1).not.toBe(first[0]?.sha1);
  });
});
