import { join, resolve } from 'node:path';
import { Failure } from '../domain/failure.ts';
import { type Release, readDigest, shortDigest } from '../domain/release.ts';
import type { UnpackedRelease } from '../ports/release-store.ts';
import { diskReleaseStore } from '../release/disk-release-store.ts';
import type { Runner } from '../runner/runner.ts';

/**
 * What a sealed release says of itself. Its files are not read: `unpackRelease` holds them to the digest.
 *
 * @throws Failure RELEASE_WRONG_DIGEST, DIGEST_INVALID and those of the release store
 */
export async function readRelease(runner: Runner, folder: string, digest: string): Promise<Release> {
  const expected = readDigest(digest);
  const { release } = await diskReleaseStore.open(resolve(runner.workspace, folder));
  if (release.digest === expected) return release;
  throw new Failure(
    'RELEASE_WRONG_DIGEST',
    `The sealed release has the digest ${release.digest}; ${expected} was expected.`,
    'Use the artifact of the same run that named the digest, or correct the digest.',
  );
}

/** Unpacks a sealed release into the job's temporary folder, every file verified against the digest. */
export function unpackRelease(runner: Runner, folder: string, digest: string): Promise<UnpackedRelease> {
  const expected = readDigest(digest);
  return diskReleaseStore.unpack(
    resolve(runner.workspace, folder),
    join(runner.temporary, 'airlock', shortDigest(expected)),
    expected,
    runner.signal,
  );
}
