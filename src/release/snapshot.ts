import type { BigIntStats } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../domain/failure.ts';
import { byPath, type FileMode } from '../domain/manifest.ts';

/** What a folder held at one moment, sorted by path; nothing of the files was read yet. */
export type Snapshot = readonly FoundEntry[];

export type FoundEntry = {
  /** Inside the release: `app/…` or `migrations/…`. */
  readonly path: string;
  /** On this machine. */
  readonly source: string;
  /** Differs when the entry was written to, replaced or changed in its permissions. */
  readonly stamp: string;
} & (
  | { readonly kind: 'file'; readonly mode: FileMode; readonly size: number }
  | { readonly kind: 'link'; readonly target: string }
);

/**
 * Looks at everything below a folder.
 *
 * @param folder absolute path; may itself be a link to a folder
 * @param prefix what the entries' paths start with
 * @throws Failure SEAL_SPECIAL_FILE for a socket, pipe or device; SEAL_CHANGED when a file goes away
 */
export async function snapshot(folder: string, prefix: string): Promise<Snapshot> {
  const names = await readdir(folder);
  const found = await Promise.all(
    names.map(async (name): Promise<Snapshot> => {
      const source = join(folder, name);
      const path = `${prefix}/${name}`;
      const status = await lstat(source, { bigint: true }).catch((cause: unknown) => {
        throw changed(path, cause);
      });
      if (status.isDirectory()) return snapshot(source, path);
      return [await entry(path, source, status)];
    }),
  );
  return found.flat().sort(byPath);
}

async function entry(path: string, source: string, status: BigIntStats): Promise<FoundEntry> {
  const stamp = [status.ino, status.size, status.mode, status.mtimeNs, status.ctimeNs].join(':');
  if (status.isFile()) {
    const mode = (status.mode & 0o111n) === 0n ? '0644' : '0755';
    return { kind: 'file', path, source, stamp, mode, size: Number(status.size) };
  }
  if (status.isSymbolicLink()) return { kind: 'link', path, source, stamp, target: await readlink(source) };
  throw new Failure(
    'SEAL_SPECIAL_FILE',
    `${path} is a socket, a pipe or a device: it cannot be part of a release.`,
    'Have the build write its output to a folder of its own, with plain files only.',
  );
}

/** The first path at which two snapshots differ; nothing when they are the same. */
export function firstDifference(before: Snapshot, after: Snapshot): string | undefined {
  const longer = before.length > after.length ? before : after;
  return longer.find((_, index) => {
    const [a, b] = [before[index], after[index]];
    return a?.path !== b?.path || a?.stamp !== b?.stamp;
  })?.path;
}

export const changed = (path: string, cause?: unknown) =>
  new Failure(
    'SEAL_CHANGED',
    `${path} changed while the release was being sealed.`,
    'End every process that writes into the build output (a watcher, a server) before build-check seals it.',
    { cause },
  );
