import { isDigest, type Release, type ReleaseIdentity } from '../../domain/release.ts';

/**
 * What a deployment says of the release it holds, in Vercel's `meta`. A deployment without these keys was
 * put there by somebody else.
 */
export const META = {
  app: 'airlockApp',
  environment: 'airlockEnvironment',
  digest: 'airlockDigest',
  version: 'airlockVersion',
  commit: 'airlockCommit',
  builtAt: 'airlockBuiltAt',
  /** URL of the run that staged it. */
  run: 'airlockRun',
} as const;

type Meta = Readonly<Record<string, string | undefined>>;

/** The keys by which a deployment is known again. Vercel keeps texts only. */
export const releaseMeta = (release: Release, environment: string): Readonly<Record<string, string>> => ({
  [META.app]: release.app,
  [META.environment]: environment,
  [META.digest]: release.digest,
  [META.version]: release.version,
  [META.commit]: release.commit,
  [META.builtAt]: release.builtAt,
});

/** The release that a deployment says it holds; nothing when Airlock did not stage it. */
export function releaseOf(meta: Meta): ReleaseIdentity | undefined {
  const { [META.digest]: digest, [META.version]: version, [META.commit]: commit } = meta;
  if (digest === undefined || !isDigest(digest) || !version || !commit) return undefined;
  return { digest, version, commit };
}
