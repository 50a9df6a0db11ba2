/** What a `uses:` points to. */
export type Reference =
  /** `./x`: the caller's workspace in a step, the file's own repository in a job. */
  | { readonly kind: 'local'; readonly path: string }
  /** `$/x`: the repository of the file it stands in. */
  | { readonly kind: 'self'; readonly path: string }
  | { readonly kind: 'remote'; readonly repository: string; readonly path: string; readonly ref: string }
  | { readonly kind: 'wrong'; readonly why: string };

/** Reads a `uses:` value as GitHub does; a path has no leading or trailing slash. */
export function parseReference(uses: string): Reference {
  if (uses.startsWith('docker://')) return { kind: 'wrong', why: `\`uses: ${uses}\` (container action)` };
  if (uses.startsWith('$/') || uses === '$') {
    if (uses.includes('@'))
      return { kind: 'wrong', why: `\`uses: ${uses}\`: a reference that starts with \`$/\` takes no @ref` };
    return { kind: 'self', path: trimSlashes(uses.slice(2)) };
  }
  if (uses.startsWith('./') || uses === '.') return { kind: 'local', path: trimSlashes(uses.slice(2)) };
  const [location = '', ref, ...more] = uses.split('@');
  const [owner, name, ...path] = location.split('/').filter((part) => part !== '');
  if (owner === undefined || name === undefined || ref === undefined || ref === '' || more.length > 0)
    return {
      kind: 'wrong',
      why: `\`uses: ${uses}\` is not owner/name@ref, owner/name/path@ref, ./path or $/path`,
    };
  return { kind: 'remote', repository: `${owner}/${name}`, path: path.join('/'), ref };
}

/** Repository names are compared without regard to case. */
export const sameRepository = (one: string, other: string): boolean =>
  one.toLowerCase() === other.toLowerCase();

const trimSlashes = (path: string): string => path.replaceAll(/^\/+|\/+$/g, '');
