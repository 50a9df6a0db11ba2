/**
 * Names of branches and tags with stars, as GitHub's own `on.push.branches` has them: `*` stands for any
 * characters of one level, `**` for any at all. Everything else is itself.
 */
export type RefPattern = string;

/** `level` stands for any characters but `/`, `all` for any. */
interface Part {
  readonly kind: 'text' | 'level' | 'all';
  readonly character?: string;
}

const partsOf = (pattern: RefPattern): readonly Part[] =>
  (pattern.match(/\*{1,2}|[^*]/gsu) ?? []).map((part) =>
    part === '**' ? { kind: 'all' } : part === '*' ? { kind: 'level' } : { kind: 'text', character: part },
  );

/** Whether the pattern matches the whole name. */
export const matchesRef = (pattern: RefPattern, name: string): boolean =>
  holds(
    partsOf(pattern),
    Array.from(name, (character) => ({ kind: 'text', character })),
  );

/**
 * Whether everything that the inner pattern matches, the outer one matches too. A star of the inner one is
 * held against the outer one as a character that only a star can take.
 */
export const isInside = (inner: RefPattern, outer: RefPattern): boolean =>
  holds(partsOf(outer), partsOf(inner));

/** Whether there is a name that both match. */
export function overlap(one: RefPattern, other: RefPattern): boolean {
  const [ones, others] = [partsOf(one), partsOf(other)];
  return walk(ones, others, (at, against) => {
    const [left, right] = [ones[at], others[against]];
    return [
      // A star may end before the other pattern goes on …
      ...(isStar(left) ? [[at + 1, against] as const] : []),
      ...(isStar(right) ? [[at, against + 1] as const] : []),
      // … or take one character of it.
      ...(left && right && takes(left, right) ? [[isStar(left) ? at : at + 1, against + 1] as const] : []),
      ...(left && right && takes(right, left)
        ? [[at + 1, isStar(right) ? against : against + 1] as const]
        : []),
    ];
  });
}

const holds = (outer: readonly Part[], inner: readonly Part[]): boolean =>
  walk(outer, inner, (at, against) => {
    const [part, given] = [outer[at], inner[against]];
    return [
      ...(isStar(part) ? [[at + 1, against] as const] : []),
      ...(part && given && takes(part, given) ? [[isStar(part) ? at : at + 1, against + 1] as const] : []),
    ];
  });

const isStar = (part: Part | undefined): boolean => part !== undefined && part.kind !== 'text';

/** Whether all that one part stands for can be taken by another. */
function takes(taker: Part, given: Part): boolean {
  if (taker.kind === 'all') return true;
  if (taker.kind === 'level')
    return given.kind === 'level' || (given.kind === 'text' && given.character !== '/');
  return given.kind === 'text' && given.character === taker.character;
}

/** Whether steps lead from the begin of both to their ends. Each pair of places is looked at once. */
function walk(
  one: readonly Part[],
  other: readonly Part[],
  steps: (at: number, against: number) => readonly (readonly [number, number])[],
): boolean {
  const seen = new Set<number>();
  const pending: (readonly [number, number])[] = [[0, 0]];
  for (let place = pending.pop(); place; place = pending.pop()) {
    const [at, against] = place;
    if (at === one.length && against === other.length) return true;
    const id = at * (other.length + 1) + against;
    if (seen.has(id)) continue;
    seen.add(id);
    pending.push(...steps(at, against));
  }
  return false;
}
