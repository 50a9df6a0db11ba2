import { quote } from './problem.ts';

/**
 * The candidate a person most likely meant, or undefined when none is near. Case, `-` and `_` count
 * little: `lockTimeout` means `lock-timeout`.
 */
export function nearest(written: string, candidates: Iterable<string>): string | undefined {
  // A text this long is no slip of a finger, and the distance costs the product of the lengths.
  if (written.length > 64) return undefined;
  const word = plain(written);
  let best: { readonly candidate: string; readonly distance: number } | undefined;
  for (const candidate of candidates) {
    if (candidate.length > 64) continue;
    const distance = editDistance(word, plain(candidate));
    const tolerated = Math.max(1, Math.floor(Math.max(word.length, candidate.length) / 3));
    if (distance <= tolerated && (best === undefined || distance < best.distance)) {
      best = { candidate, distance };
    }
  }
  return best?.candidate;
}

/** `; did you mean …?`, or nothing when no candidate is near. */
export function suggestion(written: unknown, candidates: Iterable<string>): string {
  const meant = typeof written === 'string' ? nearest(written, candidates) : undefined;
  return meant === undefined ? '' : `; did you mean ${quote(meant)}?`;
}

const plain = (text: string): string => text.toLowerCase().replaceAll(/[-_ ]/g, '');

/** Insertions, deletions, substitutions and swaps of neighbours between two texts. */
function editDistance(one: string, other: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const same = one[row - 1] === other[column - 1];
      const swapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      current[column] = Math.min(
        (current[column - 1] ?? 0) + 1,
        (last[column] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (beforeLast[column - 2] ?? Infinity) + 1 : Infinity,
      );
    }
    beforeLast = last;
    last = current;
  }
  return last[other.length] ?? 0;
}
