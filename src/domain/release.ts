import { Failure } from './failure.ts';

/** SHA-256 of a release's sealed files, written `sha256:<64 hex>`. It is the identity of the files. */
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

/**
 * What tells a release from every other one of its app. Without a digest nothing is known of the files:
 * somebody else than Airlock put them there.
 */
export interface ReleaseIdentity {
  readonly digest?: Digest;
  readonly version: string;
  readonly commit: string;
}

export const identityOf = ({ digest, version, commit }: ReleaseIdentity): ReleaseIdentity => ({
  ...(digest === undefined ? {} : { digest }),
  version,
  commit,
});

/**
 * Whether both are the same release. The same files built once more are another one: they answer with
 * another version, and whoever asks which commit is live wants that of the later build. What nothing is
 * known of is the same as nothing.
 */
export const sameRelease = (one: ReleaseIdentity, other: ReleaseIdentity): boolean =>
  one.digest !== undefined &&
  one.digest === other.digest &&
  one.version === other.version &&
  one.commit === other.commit;

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
export const describeRelease = ({ version, commit, digest }: ReleaseIdentity): string =>
  `${version} (${commit.slice(0, 7) || 'commit unknown'}, ${digest ? `sha256:${shortDigest(digest)}` : 'files unknown'})`;
