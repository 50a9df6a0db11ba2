import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { list } from 'tar';
import { describe, expect, it } from 'vitest';
import { sealRelease } from '../../../src/release/seal.ts';
import { discardRelease, openRelease, RELEASE_FILE } from '../../../src/release/sealed-folder.ts';
import { unpackRelease } from '../../../src/release/unpack.ts';
import { about, plant, scratch, seal } from './trees.ts';

const long = `${'deeply-nested-folder/'.repeat(12)}${'é'.repeat(100)}.js`;

describe('sealRelease', () => {
  it('writes two plain files that any tar can list', async () => {
    const { sealed } = await seal(
      { 'b.js': 'b', 'a.js': 'aa', '.well-known/x': '', [long]: 'long', l: { link: 'a.js' } },
      { '1.sql': 'select 1' },
    );
    expect((await readdir(sealed.folder)).sort()).toEqual(['files.tar.gz', 'release.json']);
    const listed: string[] = [];
    await list({
      file: join(sealed.folder, 'files.tar.gz'),
      strict: true,
      onReadEntry: (entry) => listed.push(`${entry.type} ${entry.path} ${entry.size}`),
    });
    expect(listed).toEqual([
      'File app/.well-known/x 0',
      'File app/a.js 2',
      'File app/b.js 1',
      `File app/${long} 4`,
      'SymbolicLink app/l 0',
      'File migrations/1.sql 8',
    ]);
  });

  it('carries what was weighed, which is no part of its digest', async () => {
    const { sealed, request } = await seal({ 'a.js': 'aa' });
    const sizes = [{ name: 'dist/*.js', raw: 2, gzip: 22, brotli: 6 }];
    const weighed = await sealRelease({ ...request, sizes });
    expect(weighed.release.digest).toBe(sealed.release.digest);
    expect((await openRelease(request.into)).sizes).toEqual(sizes);
    const { sizes: read } = await unpackRelease(
      request.into,
      `${request.into}-unpacked`,
      weighed.release.digest,
      request.signal,
    );
    expect(read).toEqual(sizes);
    const many = Array.from({ length: 60 }, () => ({ name: 'x'.repeat(300), raw: 1 }));
    const kept = (await sealRelease({ ...request, sizes: many })).sizes;
    expect([kept.length, kept[0]?.name.length]).toEqual([50, 200]);
    expect((await openRelease(request.into)).sizes).toEqual(kept);
  });

  it('reads one that was sealed before anything was weighed', async () => {
    const { sealed } = await seal({ 'a.js': 'aa' });
    const file = join(sealed.folder, RELEASE_FILE);
    await writeFile(file, (await readFile(file, 'utf8')).replace(/"sizes":\[.*?\],/, ''));
    expect(await openRelease(sealed.folder)).toMatchObject({ release: sealed.release, sizes: [] });
  });

  it('says of itself what was sealed, and reads it back', async () => {
    const { sealed } = await seal({ 'a.js': 'aa' });
    const opened = await openRelease(sealed.folder);
    const { release, manifest, sizes } = sealed;
    expect(opened).toEqual({ release, manifest, sizes });
    expect(sizes).toEqual([{ name: 'all files', raw: 2 }]);
    expect(opened.release).toEqual({ ...about, digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) });
  });

  it.each([
    [{ version: '1.4.0-rc.1+build.7' }, undefined],
    [{ version: 'v1.4.0' }, 'SEAL_IDENTITY_INVALID'],
    [{ version: '1.4' }, 'SEAL_IDENTITY_INVALID'],
    [{ commit: 'main' }, 'SEAL_IDENTITY_INVALID'],
    [{ builtAt: 'yesterday' }, 'SEAL_IDENTITY_INVALID'],
    [{ app: '' }, 'SEAL_IDENTITY_INVALID'],
  ])('seals only an identity that can be read back: %j', async (identity, code) => {
    const { request } = await seal({ a: 'a' });
    const sealing = sealRelease({ ...request, ...identity }).then(({ folder }) => openRelease(folder));
    if (code === undefined) expect((await sealing).release).toMatchObject(identity);
    else await expect(sealing).rejects.toMatchObject({ code });
  });

  it('gives the same archive, byte for byte, for the same files', async () => {
    const tree = { 'a.js': 'aa', 'b/c.js': 'c' };
    const [one, other] = await Promise.all([seal(tree), seal(tree)]);
    const archive = (folder: string) => readFile(join(folder, 'files.tar.gz'));
    expect(await archive(one.sealed.folder)).toEqual(await archive(other.sealed.folder));
  });

  it('replaces what an earlier run sealed or left half-sealed', async () => {
    const { home, output, request } = await seal({ 'a.js': 'old' });
    await mkdir(join(home, 'airlock-release.unfinished-abc123'));
    await writeFile(join(output, 'a.js'), 'new');
    const again = await sealRelease(request);
    expect((await openRelease(request.into)).release.digest).toBe(again.release.digest);
    expect((await readdir(home)).sort()).toEqual(['airlock-release', 'dist']);
  });

  it('warns of files that often hold secrets', async () => {
    const { sealed } = await seal({
      '.env': 'A=1',
      'x/.env.production': '',
      '.env.example': '',
      'a.env.js': '',
    });
    expect(sealed.warnings).toEqual([
      expect.stringContaining('app/.env is sealed'),
      expect.stringContaining('app/x/.env.production is sealed'),
    ]);
  });

  it('seals thousands of files, and one far larger than a chunk', async () => {
    const tree = Object.fromEntries(
      Array.from({ length: 3000 }, (_, index) => [`${index % 40}/${index}.js`, `export default ${index};`]),
    );
    const { sealed } = await seal({
      ...tree,
      'large.bin': { bytes: Buffer.alloc(3_000_001, 7), executable: false },
    });
    expect(sealed.manifest).toHaveLength(3001);
    expect(sealed.archiveBytes).toBeGreaterThan(3000);
  });

  describe('refuses', () => {
    const attempt = async (
      output: string,
      into: string,
      more: { migrations?: string; signal?: AbortSignal } = {},
    ) => sealRelease({ ...about, output, into, signal: new AbortController().signal, ...more });

    it('output that is missing, or a file', async () => {
      const home = await plant(await scratch(), { file: '' });
      await expect(attempt(join(home, 'nope'), join(home, 'r'))).rejects.toMatchObject({
        code: 'SEAL_OUTPUT_MISSING',
      });
      await expect(attempt(join(home, 'file'), join(home, 'r'))).rejects.toMatchObject({
        code: 'SEAL_OUTPUT_MISSING',
      });
    });

    it('output without a single file', async () => {
      const home = await scratch();
      await mkdir(join(home, 'dist/empty'), { recursive: true });
      await expect(attempt(join(home, 'dist'), join(home, 'r'))).rejects.toMatchObject({
        code: 'SEAL_OUTPUT_EMPTY',
      });
      expect(await readdir(home)).toEqual(['dist']);
    });

    it('a migrations folder that is not there', async () => {
      const home = await plant(await scratch(), { 'dist/a': '' });
      await expect(
        attempt(join(home, 'dist'), join(home, 'r'), { migrations: join(home, 'db') }),
      ).rejects.toMatchObject({ code: 'SEAL_MIGRATIONS_MISSING' });
    });

    it('to seal into the output, or the output into itself', async () => {
      const home = await plant(await scratch(), { 'dist/a': '' });
      await symlink('dist', join(home, 'alias'));
      for (const into of ['dist', 'dist/sealed', 'alias/sealed', '.'])
        await expect(attempt(join(home, 'dist'), join(home, into))).rejects.toMatchObject({
          code: 'SEAL_OVERLAP',
        });
    });

    it('to delete a folder that holds anything but a sealed release', async () => {
      const home = await plant(await scratch(), { 'dist/a': '', 'r/precious.txt': 'keep me' });
      await expect(attempt(join(home, 'dist'), join(home, 'r'))).rejects.toMatchObject({
        code: 'SEAL_FOLDER_OCCUPIED',
      });
      await expect(discardRelease(join(home, 'r'))).rejects.toMatchObject({ code: 'SEAL_FOLDER_OCCUPIED' });
      await expect(discardRelease(join(home, 'dist/a'))).rejects.toMatchObject({
        code: 'SEAL_FOLDER_OCCUPIED',
      });
      expect(await readFile(join(home, 'r/precious.txt'), 'utf8')).toBe('keep me');
    });

    it('a Git repository, links that leave it, and names that collide, each by name', async () => {
      const home = await plant(await scratch(), {
        'dist/.git/HEAD': 'ref',
        'dist/out': { link: '../secret' },
        'dist/Logo.svg': '',
        'dist/logo.svg': '',
      });
      const refusal = await attempt(join(home, 'dist'), join(home, 'r')).catch((error: unknown) => error);
      expect(refusal).toMatchObject({ code: 'SEAL_UNSAFE_FILES' });
      expect(String(refusal)).toMatch(/\.git\/HEAD.*out.*logo\.svg/s);
    });

    it('a socket', async () => {
      const home = await plant(await scratch(), { 'dist/a': '' });
      const server = createServer().listen(join(home, 'dist/s.sock'));
      await once(server, 'listening');
      await expect(attempt(join(home, 'dist'), join(home, 'r'))).rejects.toMatchObject({
        code: 'SEAL_SPECIAL_FILE',
      });
      server.close();
    });

    it('files that a process still writes to', async () => {
      const home = await plant(await scratch(), { 'dist/a.log': 'x' });
      await truncate(join(home, 'dist/a.log'), 20_000_000);
      const writer = spawn('sh', ['-c', 'while :; do echo y >> a.log; done'], { cwd: join(home, 'dist') });
      try {
        await expect(attempt(join(home, 'dist'), join(home, 'r'))).rejects.toMatchObject({
          code: 'SEAL_CHANGED',
        });
      } finally {
        writer.kill('SIGKILL');
      }
      expect(await readdir(home)).toEqual(['dist']);
    });

    it('to go on when it is cancelled, and leaves nothing behind', async () => {
      const home = await plant(await scratch(), { 'dist/a.bin': '' });
      await truncate(join(home, 'dist/a.bin'), 500_000_000);
      const cancel = new AbortController();
      const sealing = attempt(join(home, 'dist'), join(home, 'r'), { signal: cancel.signal });
      await expect.poll(async () => (await readdir(home)).length).toBe(2);
      cancel.abort(new Error('CANCELLED'));
      await expect(sealing).rejects.toThrow('CANCELLED');
      expect(await readdir(home)).toEqual(['dist']);
    });
  });
});
