import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';
import { Failure } from '../domain/failure.ts';
import { canonicalManifest, type Manifest, manifestProblems } from '../domain/manifest.ts';
import { type Digest, isDigest, type Release } from '../domain/release.ts';
import { versionOf } from '../domain/version.ts';
import type { OpenedRelease } from '../ports/release-store.ts';

/**
 * A sealed release on disk is a folder with two plain files. `actions/upload-artifact` drops file modes,
 * hidden files and symbolic links, so all of these are inside the archive and the manifest.
 */
export const RELEASE_FILE = 'release.json';
export const ARCHIVE_FILE = 'files.tar.gz';

/** Bytes of a `release.json` that are read; room for some 300,000 files. */
const LARGEST_RELEASE_FILE = 64 * 1024 * 1024;

/** They go into the ledger and into comments, where room is short. */
export const MOST_SIZES = 50;
export const LONGEST_NAME = 200;

const FILE = z.strictObject({
  path: z.string(),
  mode: z.enum(['0644', '0755']),
  size: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
const LINK = z.strictObject({ path: z.string(), link: z.string() });

const IDENTITY = z.strictObject({
  app: z.string().min(1),
  version: z.string().refine((text) => versionOf(text)?.version === text, 'is not a semantic version'),
  commit: z.string().regex(/^[0-9a-f]{40}$/, 'is not a full commit SHA'),
  builtAt: z.iso.datetime('is not a time in UTC (ISO 8601)'),
});

const BYTES = z.int().nonnegative();
const SIZE = z.strictObject({
  name: z.string().max(LONGEST_NAME),
  raw: BYTES,
  gzip: z.exactOptional(BYTES),
  brotli: z.exactOptional(BYTES),
});

const SEALED = IDENTITY.extend({
  schema: z.literal(1),
  digest: z.custom<Digest>((value) => typeof value === 'string' && isDigest(value), 'not a digest'),
  sizes: z.array(SIZE).max(MOST_SIZES).default([]),
  files: z.array(z.union([FILE, LINK])).min(1),
});

/** The release's identity: SHA-256 of `canonicalManifest`. */
export const digestOf = (manifest: Manifest): Digest =>
  `sha256:${createHash('sha256').update(canonicalManifest(manifest)).digest('hex')}`;

/**
 * Refuses an identity that could not be read back.
 *
 * @throws Failure SEAL_IDENTITY_INVALID
 */
export function checkIdentity(identity: Pick<Release, 'app' | 'version' | 'commit' | 'builtAt'>): void {
  const parsed = IDENTITY.safeParse(identity);
  if (parsed.success) return;
  throw new Failure(
    'SEAL_IDENTITY_INVALID',
    `A release cannot be sealed: ${parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; ')}.`,
    'Pass version, commit and build time as the `plan` action gives them.',
  );
}

/** The text of `release.json`: one line a file, so that two releases can be compared by eye. */
export function renderSealed({ release, manifest, sizes }: OpenedRelease): string {
  const { app, version, commit, builtAt, digest } = release;
  const head = JSON.stringify({ schema: 1, app, version, commit, builtAt, digest });
  const files = manifest.map((entry) =>
    JSON.stringify(
      entry.kind === 'file'
        ? { path: entry.path, mode: entry.mode, size: entry.size, sha256: entry.sha256 }
        : { path: entry.path, link: entry.target },
    ),
  );
  return `${head.slice(0, -1)},"sizes":${JSON.stringify(sizes)},"files":[\n${files.join(',\n')}\n]}\n`;
}

/**
 * Reads what a sealed release says of itself. Its manifest is safe to unpack and has the digest it
 * claims; whether the packed files are those of the manifest is for `unpackRelease` to find out.
 *
 * @throws Failure RELEASE_MISSING, RELEASE_UNREADABLE, RELEASE_DIGEST_MISMATCH
 */
export async function openRelease(folder: string): Promise<OpenedRelease> {
  const sealed = parseSealed(await readReleaseFile(folder));
  const { app, version, commit, builtAt, digest, sizes } = sealed;
  const manifest: Manifest = sealed.files.map((file) =>
    'link' in file ? { kind: 'link', path: file.path, target: file.link } : { kind: 'file', ...file },
  );
  const problems = manifestProblems(manifest);
  if (problems.length > 0) throw unreadable(problems.slice(0, 5).join('; '));
  const actual = digestOf(manifest);
  if (actual !== digest)
    throw new Failure(
      'RELEASE_DIGEST_MISMATCH',
      `${RELEASE_FILE} claims ${digest}, but its list of files has ${actual}.`,
      'The release was changed after it was sealed. Do not deploy it; build it again.',
    );
  return { release: { app, version, commit, builtAt, digest }, manifest, sizes };
}

async function readReleaseFile(folder: string): Promise<string> {
  const path = join(folder, RELEASE_FILE);
  const status = await lstat(path).catch((cause: unknown) => {
    throw new Failure(
      'RELEASE_MISSING',
      `There is no sealed release in ${folder}.`,
      'Download the artifact that build-check sealed into this folder, or correct the input that names it.',
      { cause },
    );
  });
  if (!status.isFile()) throw unreadable('it is not a plain file');
  if (status.size > LARGEST_RELEASE_FILE) throw unreadable(`it has ${status.size} bytes`);
  return readFile(path, 'utf8');
}

function parseSealed(json: string): z.infer<typeof SEALED> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw unreadable('it is not JSON', cause);
  }
  const parsed = SEALED.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw unreadable(`${issue?.path.join('.') || 'it'}: ${issue?.message}`, parsed.error);
}

const unreadable = (why: string, cause?: unknown) =>
  new Failure(
    'RELEASE_UNREADABLE',
    `${RELEASE_FILE} cannot be used: ${why}.`,
    'Build the release again; if it was sealed by another version of Airlock, use that version.',
    { cause },
  );

/**
 * Removes a sealed release, and what a killed run left half-sealed beside it. A folder with anything else
 * in it is left alone: a wrong path in a setting must never delete somebody's files.
 *
 * @throws Failure SEAL_FOLDER_OCCUPIED
 */
export async function discardRelease(folder: string): Promise<void> {
  await discardUnfinished(folder);
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    if (error.code === 'ENOTDIR') return [folder];
    throw error;
  });
  if (names === undefined) return;
  const foreign = names.find((name) => name !== RELEASE_FILE && name !== ARCHIVE_FILE);
  if (foreign !== undefined)
    throw new Failure(
      'SEAL_FOLDER_OCCUPIED',
      `${folder} is to hold the sealed release, but there is something else: ${foreign}.`,
      'Name a folder that is empty or not there yet.',
    );
  // The description goes first: a folder without it is not a release, whenever this is stopped.
  await rm(join(folder, RELEASE_FILE), { force: true });
  await rm(folder, { recursive: true, force: true });
}

/** What the folder is called while it is being written, with six random characters at the end. */
export const unfinishedPrefix = (folder: string): string => `${folder}.unfinished-`;

async function discardUnfinished(folder: string): Promise<void> {
  const prefix = basename(unfinishedPrefix(folder));
  const siblings = await readdir(dirname(folder)).catch(() => []);
  for (const name of siblings.filter((sibling) => sibling.startsWith(prefix)))
    await rm(join(dirname(folder), name), { recursive: true, force: true });
}
