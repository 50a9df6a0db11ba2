import { type Digest, isDigest, shortDigest } from '../domain/release.ts';
import { type ControlRequest, type ControlWorld, type Refused, refuse } from './control-world.ts';

export type Named = { readonly digest: Digest; readonly version?: string };

/** The files that somebody means: by digest, or by a version that the environment's ledger knows. */
export async function named(
  { release: given, mode }: ControlRequest,
  world: ControlWorld,
): Promise<Named | Refused> {
  const wanted = given.trim();
  if (wanted === '') return unnamed({ mode });
  if (isDigest(wanted)) return { digest: wanted };
  const entries = await Promise.all(
    world.known.map(({ name }) => world.ledger.entries(name, Number.POSITIVE_INFINITY)),
  );
  const builds = new Set(
    entries
      .flat()
      .map(({ payload }) => payload.release)
      .filter(({ app, version }) => app === world.app && version === wanted.replace(/^v/, ''))
      .map(({ digest }) => digest),
  );
  const [digest] = builds;
  if (digest === undefined || builds.size > 1) return ambiguous(wanted, [...builds]);
  return { digest, version: wanted.replace(/^v/, '') };
}

export const nameOf = ({ digest, version }: Named): string => version ?? `sha256:${shortDigest(digest)}`;

export const unnamed = ({ mode }: Pick<ControlRequest, 'mode'>): Refused =>
  refuse('RELEASE_NOT_NAMED', `${mode} names no release`, 'Put a version or a digest into `release`.');

export const ambiguous = (wanted: string, builds: readonly (Digest | undefined)[]): Refused =>
  refuse(
    'RELEASE_UNKNOWN',
    builds.length === 0
      ? `The ledger of this environment knows no release ${wanted}`
      : `${wanted} stands for ${builds.length} builds: ${builds.join(', ')}`,
    'Name the digest: build-check prints it, and every summary of a release has it.',
  );
