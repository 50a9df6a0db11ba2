import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, mkdir, mkdtemp, open, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { Failure } from '../domain/failure.ts';
import { APP_FOLDER, type FileEntry, type Manifest, MIGRATIONS_FOLDER } from '../domain/manifest.ts';
import type { Digest } from '../domain/release.ts';
import type { UnpackedRelease } from '../ports/release-store.ts';
import { describeHeader, END_OF_ARCHIVE, entryHeader, padding } from './archive.ts';
import { ByteReader } from './byte-reader.ts';
import { ARCHIVE_FILE, openRelease, unfinishedPrefix } from './sealed-folder.ts';

/**
 * Unpacks a sealed release that has the expected digest. The packed bytes are held to the manifest one by
 * one: path, kind, mode, size, SHA-256, order, and that nothing follows. Never more is unpacked than the
 * manifest lists. `into` appears whole, by one rename, or not at all; what stood there is replaced.
 *
 * @throws Failure RELEASE_WRONG_DIGEST, RELEASE_TAMPERED and those of `openRelease`; the signal's reason
 */
export async function unpackRelease(
  folder: string,
  into: string,
  expected: Digest,
  signal: AbortSignal,
): Promise<UnpackedRelease> {
  signal.throwIfAborted();
  const { release, manifest, sizes } = await openRelease(folder);
  if (release.digest !== expected)
    throw new Failure(
      'RELEASE_WRONG_DIGEST',
      `The sealed release has the digest ${release.digest}; ${expected} was expected.`,
      'Deploy the artifact of the same run that named the digest, or correct the digest.',
    );
  await mkdir(dirname(into), { recursive: true });
  const unfinished = await mkdtemp(unfinishedPrefix(into));
  try {
    await unpackFiles(join(folder, ARCHIVE_FILE), manifest, unfinished, signal);
    // mkdtemp makes a folder for its owner alone; the app may run as somebody else.
    await makeReadable(unfinished);
    signal.throwIfAborted();
    await replace(into, unfinished);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
  const hasMigrations = manifest.some((entry) => entry.path.startsWith(`${MIGRATIONS_FOLDER}/`));
  return {
    release,
    sizes,
    appDirectory: join(into, APP_FOLDER),
    migrationsDirectory: hasMigrations ? join(into, MIGRATIONS_FOLDER) : undefined,
  };
}

async function makeReadable(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.chmod(0o755).finally(() => handle.close());
}

/** A folder cannot be renamed over another: the old one steps aside first, so `into` is never a mixture. */
async function replace(into: string, unfinished: string): Promise<void> {
  const aside = `${unfinished}-replaced`;
  const stood = await rename(into, aside).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
  await rename(unfinished, into);
  if (stood) await rm(aside, { recursive: true, force: true });
}

async function unpackFiles(
  archive: string,
  manifest: Manifest,
  into: string,
  signal: AbortSignal,
): Promise<void> {
  const status = await lstat(archive).catch((cause: unknown) => {
    throw tampered(`${ARCHIVE_FILE} is missing`, cause);
  });
  if (!status.isFile()) throw tampered(`${ARCHIVE_FILE} is not a plain file`);
  try {
    await pipeline(
      createReadStream(archive),
      createGunzip(),
      (bytes) => unpackBytes(new ByteReader(bytes), manifest, into),
      { signal },
    );
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_'))
      throw tampered(`${ARCHIVE_FILE} is cut or damaged`, error);
    throw error;
  }
}

async function unpackBytes(bytes: ByteReader, manifest: Manifest, into: string): Promise<void> {
  const folders = new Set<string>();
  for (const entry of manifest) {
    const header = entryHeader(entry);
    const found = await bytes.take(header.length);
    if (!found.equals(header))
      throw tampered(
        `where ${JSON.stringify(entry.path)} should begin, the archive has ${describeHeader(found)}`,
      );
    if (entry.kind === 'link') continue;
    const path = join(into, entry.path);
    const folder = dirname(path);
    if (!folders.has(folder)) {
      await mkdir(folder, { recursive: true });
      folders.add(folder);
    }
    await unpackFile(bytes, entry, path);
    await expectExactly(bytes, padding(entry.size), `after ${JSON.stringify(entry.path)}`);
  }
  await expectExactly(bytes, END_OF_ARCHIVE, 'after the last file');
  if (!(await bytes.atEnd())) throw tampered('the archive goes on after its end');
  // Links come last, so that no file is ever written through one.
  for (const entry of manifest)
    if (entry.kind === 'link') {
      const path = join(into, entry.path);
      await mkdir(dirname(path), { recursive: true });
      await symlink(entry.target, path);
    }
}

async function unpackFile(bytes: ByteReader, entry: FileEntry, path: string): Promise<void> {
  const hash = createHash('sha256');
  const file = await open(path, 'wx');
  try {
    for (let left = entry.size; left > 0; ) {
      const chunk = await bytes.takeUpTo(left);
      if (chunk.length === 0) throw tampered(`the archive ends inside ${JSON.stringify(entry.path)}`);
      hash.update(chunk);
      await file.writeFile(chunk);
      left -= chunk.length;
    }
    // Not by `open`, which leaves it to the umask.
    await file.chmod(Number.parseInt(entry.mode, 8));
  } finally {
    await file.close();
  }
  if (hash.digest('hex') !== entry.sha256)
    throw tampered(`${JSON.stringify(entry.path)} does not have the bytes that were sealed`);
}

async function expectExactly(bytes: ByteReader, expected: Buffer, where: string): Promise<void> {
  const found = await bytes.take(expected.length);
  if (!found.equals(expected)) throw tampered(`${where} the archive has ${describeHeader(found)}`);
}

const tampered = (what: string, cause?: unknown) =>
  new Failure(
    'RELEASE_TAMPERED',
    `The sealed release is not what its manifest says: ${what}.`,
    'Do not deploy it. Download the artifact again; if that does not help, build it again.',
    { cause },
  );
