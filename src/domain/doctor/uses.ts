/** Airlock's own repository, as callers name it. */
export const AIRLOCK = 'airlock-actions/airlock';

/** What a `uses:` refers to. */
export type Reference =
  /** A file of the same repository, at the same commit. */
  | { readonly kind: 'own' }
  | { readonly kind: 'image'; readonly isPinned: boolean }
  | {
      readonly kind: 'remote';
      readonly owner: string;
      readonly repository: string;
      /** Path inside of it; empty for its root. */
      readonly path: string;
      readonly ref: string;
      readonly isPinned: boolean;
    }
  | { readonly kind: 'unreadable' };

/** Reads a `uses:`. Pinned is a full commit, or an image's digest: everything else can be moved. */
export function readReference(text: string): Reference {
  if (text.startsWith('./') || text.startsWith('$/')) return { kind: 'own' };
  if (text.startsWith('docker://')) return { kind: 'image', isPinned: /@sha256:[0-9a-f]{64}$/.test(text) };
  const [, owner, repository, path = '', ref] = /^([\w.-]+)\/([\w.-]+)(?:\/([^@]+))?@(\S+)$/.exec(text) ?? [];
  if (owner === undefined || repository === undefined || ref === undefined) return { kind: 'unreadable' };
  return { kind: 'remote', owner, repository, path, ref, isPinned: /^[0-9a-f]{40}$/.test(ref) };
}

export const isAirlock = (text: string): boolean => airlockPath(text) !== undefined;

/** Path of what is used of Airlock: empty for its root action, undefined for somebody else's. */
export function airlockPath(text: string): string | undefined {
  const reference = readReference(text);
  if (reference.kind !== 'remote') return undefined;
  const { owner, repository, path } = reference;
  return `${owner}/${repository}`.toLowerCase() === AIRLOCK ? path : undefined;
}
