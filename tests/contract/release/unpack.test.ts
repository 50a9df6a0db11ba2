import { createHash } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Header } from 'tar';
import { describe, expect, it } from 'vitest';
import { sealRelease } from '../../../src/release/seal.ts';
import { openRelease, RELEASE_FILE } from '../../../src/release/sealed-folder.ts';
import { unpackRelease } from '../../../src/release/unpack.ts';
import { scratch, seal } from './trees.ts';

const never = new AbortController().signal;
const long = `${'deeply-nested-folder/'.repeat(12)}${'é'.repeat(100)}.js`;
const TREE = {
  'index.html': '<h1>Hello</h1>',
  'bin/start': { bytes: Buffer.from('#!/bin/sh\n'), executable: true },
  'bin/latest': { link: '../index.html' },
  [long]: 'long',
  empty: '',
  'large.bin': { bytes: Buffer.alloc(700_001, 7), executable: false },
};

describe('unpackRelease', () => {
  it('gives back every file, mode and link', async () => {
    const { home, sealed } = await seal(TREE, { '0001_init.up.sql': 'select 1' });
    const into = join(home, 'deep/unpacked');
    const unpacked = await unpackRelease(sealed.folder, into, sealed.release.digest, never);
    expect(unpacked).toEqual({
      release: sealed.release,
      sizes: sealed.sizes,
      appDirectory: join(into, 'app'),
      migrationsDirectory: join(into, 'migrations'),
    });
    const app = (path: string) => join(unpacked.appDirectory, path);
    expect(await readFile(app('index.html'), 'utf8')).toBe('<h1>Hello</h1>');
    expect(await readFile(app(long), 'utf8')).toBe('long');
    expect(await readFile(app('large.bin'))).toEqual(Buffer.alloc(700_001, 7));
    expect((await lstat(app('empty'))).size).toBe(0);
    expect((await lstat(app('bin/start'))).mode & 0o777).toBe(0o755);
    expect((await lstat(app('index.html'))).mode & 0o777).toBe(0o644);
    expect(await readlink(app('bin/latest'))).toBe('../index.html');
    expect(await readFile(join(into, 'migrations/0001_init.up.sql'), 'utf8')).toBe('select 1');
  });

  it('says that a release without migrations has none', async () => {
    const { home, sealed } = await seal({ a: 'a' });
    const unpacked = await unpackRelease(sealed.folder, join(home, 'u'), sealed.release.digest, never);
    expect(unpacked.migrationsDirectory).toBeUndefined();
  });

  it('replaces what was unpacked before, and leaves nothing beside it', async () => {
    const { home, sealed } = await seal({ a: 'a' });
    await mkdir(join(home, 'u/app'), { recursive: true });
    await writeFile(join(home, 'u/app/stale'), '');
    await unpackRelease(sealed.folder, join(home, 'u'), sealed.release.digest, never);
    expect(await readdir(join(home, 'u/app'))).toEqual(['a']);
    expect((await readdir(home)).sort()).toEqual(['airlock-release', 'dist', 'u']);
  });

  it('seals again to the same digest', async () => {
    const { home, sealed, request } = await seal(TREE);
    const { appDirectory } = await unpackRelease(
      sealed.folder,
      join(home, 'u'),
      sealed.release.digest,
      never,
    );
    const again = await sealRelease({ ...request, output: appDirectory, into: join(home, 'again') });
    expect(again.release.digest).toBe(sealed.release.digest);
  });

  it('stops when it is cancelled', async () => {
    const { home, sealed } = await seal({ a: 'a' });
    const cancelled = AbortSignal.abort(new Error('CANCELLED'));
    await expect(
      unpackRelease(sealed.folder, join(home, 'u'), sealed.release.digest, cancelled),
    ).rejects.toThrow('CANCELLED');
  });

  it('refuses another digest than the expected one', async () => {
    const { home, sealed } = await seal({ a: 'a' });
    await expect(
      unpackRelease(sealed.folder, join(home, 'u'), `sha256:${'0'.repeat(64)}`, never),
    ).rejects.toMatchObject({ code: 'RELEASE_WRONG_DIGEST' });
  });
});

/** Seals a small release, lets `tamper` change its tar stream, and tries to unpack it. */
async function unpackTampered(tamper: (tar: Buffer) => Buffer): Promise<{ error: unknown; left: string[] }> {
  const { home, sealed } = await seal({ 'a.txt': 'aaa', 'b.txt': 'bbb' });
  const archive = join(sealed.folder, 'files.tar.gz');
  await writeFile(archive, gzipSync(tamper(gunzipSync(await readFile(archive)))));
  const error = await unpackRelease(sealed.folder, join(home, 'u'), sealed.release.digest, never).then(
    () => 'unpacked',
    (thrown: unknown) => thrown,
  );
  return { error, left: (await readdir(home)).sort() };
}

const block = (fields: ConstructorParameters<typeof Header>[0]) => {
  const bytes = Buffer.alloc(512);
  new Header(fields).encode(bytes);
  return bytes;
};
const insertFirst =
  (...blocks: Buffer[]) =>
  (tar: Buffer) =>
    Buffer.concat([...blocks, tar]);
const replaceFirst = (header: Buffer) => (tar: Buffer) => Buffer.concat([header, tar.subarray(512)]);
const writeAt = (offset: number) => (tar: Buffer) => {
  tar.write('X', offset);
  return tar;
};
const content = Buffer.concat([Buffer.from('evil'), Buffer.alloc(508)]);

describe('a tampered archive', () => {
  it.each<[string, (tar: Buffer) => Buffer, RegExp]>([
    ['another byte in a file', writeAt(512), /a\.txt.*does not have the bytes/],
    ['bytes hidden in the padding', writeAt(600), /after "app\/a\.txt"/],
    [
      'the files in another order',
      (tar) => Buffer.concat([tar.subarray(1024, 2048), tar.subarray(0, 1024), tar.subarray(2048)]),
      /File "app\/b\.txt"/,
    ],
    ['a missing file', (tar) => tar.subarray(1024), /"app\/a\.txt" should begin/],
    [
      'an extra file',
      insertFirst(block({ path: 'app/0.txt', type: 'File', size: 4, mode: 0o644 }), content),
      /File "app\/0\.txt"/,
    ],
    [
      'an extra file at the end',
      (tar) =>
        Buffer.concat([
          tar.subarray(0, 2048),
          block({ path: 'app/z', type: 'File', size: 4 }),
          content,
          tar.subarray(2048),
        ]),
      /after the last file.*app\/z/,
    ],
    ['a second archive behind the first', (tar) => Buffer.concat([tar, tar]), /goes on after its end/],
    [
      'a path that climbs out',
      insertFirst(block({ path: '../../evil', type: 'File', size: 4 }), content),
      /evil/,
    ],
    [
      'an absolute path',
      insertFirst(block({ path: '/etc/evil', type: 'File', size: 4 }), content),
      /etc\/evil/,
    ],
    [
      'a link in the place of a file',
      replaceFirst(block({ path: 'app/a.txt', type: 'SymbolicLink', linkpath: '/etc', size: 0 })),
      /SymbolicLink/,
    ],
    [
      'a hard link',
      replaceFirst(block({ path: 'app/a.txt', type: 'Link', linkpath: '/etc/passwd', size: 0 })),
      /Link/,
    ],
    [
      'a device',
      replaceFirst(block({ path: 'app/a.txt', type: 'CharacterDevice', size: 0 })),
      /CharacterDevice/,
    ],
    ['a pipe', replaceFirst(block({ path: 'app/a.txt', type: 'FIFO', size: 0 })), /FIFO/],
    [
      'another mode',
      replaceFirst(block({ path: 'app/a.txt', type: 'File', size: 3, mode: 0o4755 })),
      /should begin/,
    ],
    [
      'a size that lies',
      replaceFirst(block({ path: 'app/a.txt', type: 'File', size: 9_999_999, mode: 0o644 })),
      /should begin/,
    ],
    ['a bomb', insertFirst(Buffer.alloc(50_000_000)), /the end of the archive/],
    [
      'a bomb after the end',
      (tar) => Buffer.concat([tar, Buffer.alloc(50_000_000)]),
      /goes on after its end/,
    ],
    ['an early end', (tar) => tar.subarray(0, 1700), /should begin|ends inside|damaged/],
    ['nothing at all', () => Buffer.alloc(0), /should begin/],
  ])('with %s is refused and leaves nothing', async (_, tamper, message) => {
    const { error, left } = await unpackTampered(tamper);
    expect(error).toMatchObject({ code: 'RELEASE_TAMPERED', message: expect.stringMatching(message) });
    expect(left).toEqual(['airlock-release', 'dist']);
  });

  it.each<[string, (archive: string, packed: Buffer) => Promise<void>]>([
    ['cut short', (archive, packed) => writeFile(archive, packed.subarray(0, packed.length - 20))],
    ['not gzip', (archive) => writeFile(archive, 'hello')],
    ['empty', (archive) => writeFile(archive, '')],
    ['missing', (archive) => rm(archive)],
    [
      'a link',
      async (archive) => {
        await rm(archive);
        await symlink('release.json', archive);
      },
    ],
  ])('that is %s is refused', async (_, damage) => {
    const { home, sealed } = await seal({ a: 'a' });
    const archive = join(sealed.folder, 'files.tar.gz');
    await damage(archive, await readFile(archive));
    await expect(
      unpackRelease(sealed.folder, join(home, 'u'), sealed.release.digest, never),
    ).rejects.toMatchObject({ code: 'RELEASE_TAMPERED' });
    expect((await readdir(home)).sort()).toEqual(['airlock-release', 'dist']);
  });
});

describe('a tampered release.json', () => {
  const sha256 = createHash('sha256').update('a').digest('hex');
  const good = {
    schema: 1,
    app: 'a',
    version: '1.0.0',
    commit: 'a'.repeat(40),
    builtAt: '2026-11-21T00:00:00Z',
    digest: `sha256:${'0'.repeat(64)}`,
  };
  const file = (path: string) => ({ path, mode: '0644', size: 1, sha256 });

  it.each<[string, unknown, string]>([
    ['not JSON', '{', 'RELEASE_UNREADABLE'],
    ['another schema', { ...good, schema: 2, files: [file('app/a')] }, 'RELEASE_UNREADABLE'],
    ['an unknown key', { ...good, extra: 1, files: [file('app/a')] }, 'RELEASE_UNREADABLE'],
    ['no files', { ...good, files: [] }, 'RELEASE_UNREADABLE'],
    ['a bad commit', { ...good, commit: 'main', files: [file('app/a')] }, 'RELEASE_UNREADABLE'],
    ['a negative size', { ...good, files: [{ ...file('app/a'), size: -1 }] }, 'RELEASE_UNREADABLE'],
    ['a setuid mode', { ...good, files: [{ ...file('app/a'), mode: '4755' }] }, 'RELEASE_UNREADABLE'],
    ['a path that climbs out', { ...good, files: [file('app/../../evil')] }, 'RELEASE_UNREADABLE'],
    ['an absolute path', { ...good, files: [file('/etc/passwd')] }, 'RELEASE_UNREADABLE'],
    ['a backslash', { ...good, files: [file('app/..\\evil')] }, 'RELEASE_UNREADABLE'],
    ['a link that leaves', { ...good, files: [{ path: 'app/l', link: '../../etc' }] }, 'RELEASE_UNREADABLE'],
    ['colliding names', { ...good, files: [file('app/A'), file('app/a')] }, 'RELEASE_UNREADABLE'],
    ['files of another digest', { ...good, files: [file('app/a')] }, 'RELEASE_DIGEST_MISMATCH'],
  ])('with %s is refused', async (_, content, code) => {
    const folder = await scratch();
    await writeFile(
      join(folder, RELEASE_FILE),
      typeof content === 'string' ? content : JSON.stringify(content),
    );
    await expect(openRelease(folder)).rejects.toMatchObject({ code });
  });

  it('that is missing is told as such', async () => {
    await expect(openRelease(join(dirname(await scratch()), 'airlock-nothing-here'))).rejects.toMatchObject({
      code: 'RELEASE_MISSING',
    });
  });
});
