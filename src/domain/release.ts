import { Failure } from './failure.ts';

/** SHA-256 of a release's sealed files, written `sha256:<64 hex>`. It is the release's identity. */
export type Digest = `sha256:${string}`;

/** One build of one commit. Never changes after it is sealed. */
export interface Release {
  readonly app: string;
  /** Semantic version without a leading `v`. */
  readonly version: string;
  /** Full commit SHA, 40 hex digits. */
  readonly commit: string;
  /** When the build was sealed, ISO 8601 in UTC. */
  readonly builtAt: string;
  readonly digest: Digest;
}

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Whether `text` is a well-formed digest. */
export const isDigest = (text: string): text is Digest => DIGEST.test(text);

/**
 * A digest that came from outside as text.
 *
 * @throws Failure DIGEST_INVALID
 */
export function readDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new Failure(
    'DIGEST_INVALID',
    `"${text.slice(0, 80)}" is not a digest: sha256: and 64 hex digits.`,
    'Pass the `digest` output of the build-check action.',
  );
}

/** The first 12 hex digits: enough to tell releases apart in a table or a folder name. */
export const shortDigest = (digest: Digest): string => digest.slice('sha256:'.length, 'sha256:'.length + 12);

/** One line that names a release to a person: `1.4.0 (3f2a9c1, sha256:ab12cd34ef56)`. */
export const describeRelease = (release: Release): string =>
  `${release.version} (${release.commit.slice(0, 7)}, sha256:${shortDigest(release.digest)})`;
