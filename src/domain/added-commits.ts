/** A commit, with those it grew from; undefined where not all of them are known. */
export interface GrownCommit {
  readonly sha: string;
  readonly parents: readonly string[] | undefined;
}

/**
 * What one commit has beyond an older one, out of a part of its history. Never fewer than there are; what the
 * older one has by a way that the part does not show may be among them.
 *
 * @returns undefined where the part does not show all of it
 */
export function addedCommits<C extends GrownCommit>(
  part: readonly C[],
  head: string,
  since: string,
): readonly C[] | undefined {
  const known = new Map(part.map((one) => [one.sha, one]));
  if (!known.has(since)) return undefined;
  const old = new Set([since]);
  for (const sha of old) for (const parent of known.get(sha)?.parents ?? []) old.add(parent);
  const added = new Set([head]);
  for (const sha of added) {
    const parents = known.get(sha)?.parents;
    if (parents === undefined) return undefined;
    for (const parent of parents) if (!old.has(parent)) added.add(parent);
  }
  return part.filter(({ sha }) => added.has(sha));
}
