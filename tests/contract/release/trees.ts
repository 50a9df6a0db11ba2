import { chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { sealRelease } from '../../../src/release/seal.ts';

/** What a file of a test tree is: its text, its bytes and mode, or where it links to. */
export type Leaf =
  | string
  | { readonly bytes: Uint8Array; readonly executable: boolean }
  | { readonly link: string };
export type Tree = Readonly<Record<string, Leaf>>;

/** A fresh folder that goes away with the test. */
export async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'airlock-release-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a tree in the order of its keys. */
export async function plant(folder: string, tree: Tree, mtime?: Date): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const [path, leaf] of Object.entries(tree)) {
    const place = join(folder, path);
    await mkdir(dirname(place), { recursive: true });
    if (typeof leaf === 'object' && 'link' in leaf) {
      await symlink(leaf.link, place);
      continue;
    }
    await writeFile(place, typeof leaf === 'string' ? leaf : leaf.bytes);
    if (typeof leaf === 'object') await chmod(place, leaf.executable ? 0o755 : 0o644);
    if (mtime !== undefined) await utimes(place, mtime, mtime);
  }
  return folder;
}

export const about = {
  app: 'sophie',
  version: '1.4.0',
  commit: '3f2a9c1d'.repeat(5),
  builtAt: '2026-11-21T03:00:00Z',
};

/** Seals a tree in a folder of its own. */
export async function seal(tree: Tree, migrations?: Tree) {
  const home = await scratch();
  const output = await plant(join(home, 'dist'), tree);
  const request = {
    ...about,
    output,
    migrations: migrations && (await plant(join(home, 'db'), migrations)),
    into: join(home, 'airlock-release'),
    signal: new AbortController().signal,
  };
  return { home, output, request, sealed: await sealRelease(request) };
}
