import { join, resolve } from 'node:path';
import { Failure } from '../domain/failure.ts';
import { type Digest, isDigest, type Release, shortDigest } from '../domain/release.ts';
import type { UnpackedRelease } from '../ports/release-store.ts';
import { diskReleaseStore } from '../release/disk-release-store.ts';
import type { Runner } from '../runner/runner.ts';

/** What a sealed release says of itself, its digest held to its manifest. */
export const readRelease = async (runner: Runner, folder: string): Promise<Release> =>
  (await diskReleaseStore.open(resolve(runner.workspace, folder))).release;

/** Unpacks a sealed release into the job's temporary folder, every file verified against the digest. */
export function unpackRelease(runner: Runner, folder: string, digest: string): Promise<UnpackedRelease> {
  const expected = digestOf(digest);
  return diskReleaseStore.unpack(
    resolve(runner.workspace, folder),
    join(runner.temporary, 'airlock', shortDigest(expected)),
    expected,
    runner.signal,
  );
}

function digestOf(text: string): Digest {
  if (isDigest(text)) return text;
  throw new Failure(
    'DIGEST_INVALID',
    `"${text.slice(0, 80)}" is not a digest: sha256: and 64 hex digits.`,
    'Pass the `digest` output of the build-check action.',
  );
}
