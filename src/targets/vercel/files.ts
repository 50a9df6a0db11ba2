import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { byPath } from '../../domain/manifest.ts';
import { forEachBounded } from './pool.ts';

/** A file as Vercel is told of it. */
export interface DeployedFile {
  /** Path in the deployment, with `/`. */
  readonly name: string;
  /** Kind and permissions as `stat` says them; of the permissions only "may be executed" is kept. */
  readonly mode: number;
  /** Bytes of the content; of a link, of its target. */
  readonly size: number;
  /** SHA-1 of the content: what Vercel asks for and keeps it by. */
  readonly sha1: string;
  readonly content: FileContent;
}

/** A link's content is where it points to. */
export type FileContent =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'link'; readonly target: string };

const REGULAR_FILE = 0o100644;
const EXECUTABLE_FILE = 0o100755;
const LINK = 0o120777;
/** Files read at the same time: enough to keep a disk busy. */
const READ_AT_ONCE = 16;
/** Bytes of a file that is read whole: with every reader busy, 16 MiB. */
const READ_WHOLE = 1024 * 1024;
/** Bytes of a file that is read on the spot: having another thread read it takes several times as long. */
const READ_ON_THE_SPOT = 64 * 1024;

/**
 * What Vercel wants to know of files, in their order by name.
 *
 * @param names relative to the folder, with `/`
 * @param prefix what stands before each name at Vercel, such as `.vercel/output/`
 * @throws the signal's reason
 */
export async function inventory(
  directory: string,
  names: readonly string[],
  prefix: string,
  signal: AbortSignal,
): Promise<readonly DeployedFile[]> {
  const files: DeployedFile[] = [];
  await forEachBounded(names, READ_AT_ONCE, signal, async (name, either) => {
    files.push({ name: prefix + name, ...(await describe(join(directory, name), either)) });
  });
  return files.sort((one, other) => byPath({ path: one.name }, { path: other.name }));
}

/** Everything below a folder that is not itself a folder, sorted. */
export async function listFiles(directory: string): Promise<readonly string[]> {
  const names: string[] = [];
  const waiting = [''];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for (const entry of await readdir(join(directory, folder), { withFileTypes: true })) {
      const name = folder + entry.name;
      if (entry.isDirectory()) waiting.push(`${name}/`);
      else names.push(name);
    }
  }
  return names.sort();
}

async function describe(path: string, signal: AbortSignal): Promise<Omit<DeployedFile, 'name'>> {
  const found = await lstat(path);
  if (found.isSymbolicLink()) {
    const target = await readlink(path);
    const bytes = Buffer.from(target);
    return { mode: LINK, size: bytes.length, sha1: sha1Of(bytes), content: { kind: 'link', target } };
  }
  const { size } = found;
  const sha1 = size <= READ_WHOLE ? sha1Of(await readWhole(path, size)) : await sha1OfStream(path, signal);
  return {
    mode: (found.mode & 0o111) === 0 ? REGULAR_FILE : EXECUTABLE_FILE,
    size,
    sha1,
    content: { kind: 'file', path },
  };
}

/** A file's content, held in memory as a whole. */
export const readWhole = async (path: string, size: number): Promise<Buffer> =>
  size <= READ_ON_THE_SPOT ? readFileSync(path) : readFile(path);

const sha1Of = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex');

async function sha1OfStream(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha1');
  for await (const chunk of createReadStream(path, { signal })) hash.update(chunk);
  return hash.digest('hex');
}
