import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, open, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { Failure } from '../domain/failure.ts';
import {
  APP_FOLDER,
  byPath,
  type FileEntry,
  type ManifestEntry,
  MIGRATIONS_FOLDER,
  manifestProblems,
  totalBytes,
} from '../domain/manifest.ts';
import type { BundleSize } from '../domain/size.ts';
import type { SealedRelease, SealRequest } from '../ports/release-store.ts';
import { END_OF_ARCHIVE, entryHeader, padding } from './archive.ts';
import {
  ARCHIVE_FILE,
  checkIdentity,
  digestOf,
  discardRelease,
  LONGEST_NAME,
  MOST_SIZES,
  RELEASE_FILE,
  renderSealed,
  unfinishedPrefix,
} from './sealed-folder.ts';
import { changed, type FoundEntry, firstDifference, type Snapshot, snapshot } from './snapshot.ts';

/** Bytes read at once. */
const CHUNK = 256 * 1024;

/**
 * Reads the build once and writes it, with its manifest, as a sealed release. The digest depends on the
 * files' paths, bytes, links and executable bits, and on nothing else. The folder appears whole, by one
 * rename, or not at all.
 *
 * @throws Failure SEAL_IDENTITY_INVALID, SEAL_OUTPUT_MISSING, SEAL_OUTPUT_EMPTY, SEAL_MIGRATIONS_MISSING, SEAL_OVERLAP,
 *   SEAL_UNSAFE_FILES, SEAL_SPECIAL_FILE, SEAL_CHANGED, SEAL_FOLDER_OCCUPIED; the signal's reason
 */
export async function sealRelease(request: SealRequest): Promise<SealedRelease> {
  const { app, version, commit, builtAt, into, signal } = request;
  signal.throwIfAborted();
  checkIdentity({ app, version, commit, builtAt });
  await refuseOverlap(request);
  const before = await lookAt(request);
  refuseUnsafe(before);

  await discardRelease(into);
  await mkdir(dirname(into), { recursive: true });
  const unfinished = await mkdtemp(unfinishedPrefix(into));
  try {
    const manifest = await writeArchive(before, join(unfinished, ARCHIVE_FILE), signal);
    const difference = firstDifference(before, await lookAt(request));
    if (difference !== undefined) throw changed(difference);
    const release = { app, version, commit, builtAt, digest: digestOf(manifest) };
    const sizes = sizesOf(request, manifest);
    await writeFile(join(unfinished, RELEASE_FILE), renderSealed({ release, manifest, sizes }));
    const { size } = await stat(join(unfinished, ARCHIVE_FILE));
    signal.throwIfAborted();
    await rename(unfinished, into);
    return { release, manifest, sizes, folder: into, archiveBytes: size, warnings: warningsAbout(before) };
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
}

/** As many as travel on, each by a name that fits. */
const sizesOf = ({ sizes = [] }: SealRequest, manifest: ManifestEntry[]): readonly BundleSize[] =>
  sizes.length === 0
    ? [{ name: 'all files', raw: totalBytes(manifest) }]
    : sizes.slice(0, MOST_SIZES).map((one) => ({ ...one, name: one.name.slice(0, LONGEST_NAME) }));

async function lookAt({ output, migrations }: SealRequest): Promise<Snapshot> {
  const app = await snapshot(output, APP_FOLDER);
  if (app.length === 0)
    throw new Failure(
      'SEAL_OUTPUT_EMPTY',
      `The build output ${output} holds no files.`,
      'Check that the build really writes to the folder that `build.output` in airlock.yml names.',
    );
  const ofMigrations = migrations === undefined ? [] : await snapshot(migrations, MIGRATIONS_FOLDER);
  return [...app, ...ofMigrations].sort(byPath);
}

/** A release that holds itself would never be the same twice. Also finds folders that are not there. */
async function refuseOverlap({ output, migrations, into }: SealRequest): Promise<void> {
  const sources = [await existing(output, 'SEAL_OUTPUT_MISSING', 'build output', 'build.output')];
  if (migrations !== undefined)
    sources.push(
      await existing(migrations, 'SEAL_MIGRATIONS_MISSING', 'migrations folder', 'database.migrations'),
    );
  const parent = await realpath(dirname(into)).catch(() => dirname(into));
  const place = join(parent, basename(into));
  for (const source of sources)
    if (contains(source, place) || contains(place, source))
      throw new Failure(
        'SEAL_OVERLAP',
        `The sealed release is to go to ${into}, but that folder and ${source} are inside one another.`,
        'Let `build.output` be a folder with the built files only, and seal to a folder outside it.',
      );
}

async function existing(folder: string, code: string, what: string, setting: string): Promise<string> {
  const status = await stat(folder).catch(() => undefined);
  if (status?.isDirectory()) return realpath(folder);
  throw new Failure(
    code,
    status === undefined ? `There is no ${what} at ${folder}.` : `The ${what} ${folder} is not a folder.`,
    `Correct \`${setting}\` in airlock.yml, or have the build make the folder.`,
  );
}

const contains = (outer: string, inner: string): boolean => {
  const way = relative(outer, inner);
  return way === '' || !(way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way));
};

/** Refuses before anything is read what could not be unpacked everywhere. */
function refuseUnsafe(found: Snapshot): void {
  const problems = manifestProblems(
    found.map((entry) => (entry.kind === 'file' ? { ...entry, sha256: '' } : entry)),
  );
  if (problems.length === 0) return;
  const more = problems.length > 10 ? `\n… and ${problems.length - 10} more` : '';
  throw new Failure(
    'SEAL_UNSAFE_FILES',
    `The build output cannot be unpacked safely on every machine:\n${problems.slice(0, 10).join('\n')}${more}`,
    'Have the build copy what links point to, rename colliding files, and write to a folder of its own.',
  );
}

const ENV_FILE = /(^|\/)\.env(\.(?!(example|sample|template|dist)$)[^/]*)?$/;

const warningsAbout = (found: Snapshot): readonly string[] =>
  found
    .filter((entry) => ENV_FILE.test(entry.path))
    .map((entry) => `${entry.path} is sealed into the release: everyone who gets the artifact can read it.`);

/** Packs the files, reading each once, and returns what was packed. */
async function writeArchive(found: Snapshot, file: string, signal: AbortSignal): Promise<ManifestEntry[]> {
  const manifest: ManifestEntry[] = [];
  const pack = async function* (): AsyncGenerator<Buffer> {
    for (const entry of found) manifest.push(yield* packEntry(entry));
    yield END_OF_ARCHIVE;
  };
  await pipeline(pack, createGzip(), createWriteStream(file), { signal }).catch((error: unknown) => {
    // A pipeline says only that it was aborted; the signal knows why.
    signal.throwIfAborted();
    throw error;
  });
  return manifest;
}

async function* packEntry(found: FoundEntry): AsyncGenerator<Buffer, ManifestEntry> {
  if (found.kind === 'link') {
    const entry: ManifestEntry = { kind: 'link', path: found.path, target: found.target };
    yield entryHeader(entry);
    return entry;
  }
  const { path, mode, size } = found;
  yield entryHeader({ kind: 'file', path, mode, size, sha256: '' });
  const sha256 = yield* packContents(found);
  yield padding(size);
  return { kind: 'file', path, mode, size, sha256 } satisfies FileEntry;
}

/** Yields exactly the bytes that the header promised, and returns their SHA-256. */
async function* packContents({
  path,
  source,
  size,
}: FoundEntry & { kind: 'file' }): AsyncGenerator<Buffer, string> {
  const hash = createHash('sha256');
  const file = await open(source, 'r').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') throw changed(path, cause);
    throw new Failure(
      'SEAL_UNREADABLE',
      `${path} cannot be read (${cause.code}).`,
      'Give the user that runs build-check the right to read every file of the build output.',
      { cause },
    );
  });
  try {
    for (let left = size; left > 0; ) {
      // The stream keeps a chunk until it is written, so each read gets memory of its own.
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(Math.min(left, CHUNK)));
      if (bytesRead === 0) throw changed(path);
      const chunk = buffer.subarray(0, bytesRead);
      hash.update(chunk);
      yield chunk;
      left -= bytesRead;
    }
  } finally {
    await file.close();
  }
  return hash.digest('hex');
}
