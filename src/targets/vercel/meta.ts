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

/** Of which app and environment a deployment is to be. */
export interface Place {
  readonly app: string;
  readonly environment: string;
}

/**
 * The release that a deployment says it holds. Nothing when Airlock did not stage it for this app and this
 * environment: Vercel copies `meta` when it builds a preview anew for production, and two apps may share a
 * project.
 */
export function releaseOf(meta: Meta, { app, environment }: Place): ReleaseIdentity | undefined {
  if (meta[META.app] !== app || meta[META.environment] !== environment) return undefined;
  const { [META.digest]: digest, [META.version]: version, [META.commit]: commit } = meta;
  if (digest === undefined || !isDigest(digest) || !version || !commit) return undefined;
  return { digest, version, commit };
}
