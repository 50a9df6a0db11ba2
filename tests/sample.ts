import { createHash } from 'node:crypto';
import { test } from 'vitest';

/**
 * Matrices of cases that each cost seconds: a push tries some of them, drawn anew each time, so that the
 * suite stays under three minutes; `AIRLOCK_TESTS=all` tries every one, as the nightly run does.
 */
const ALL = process.env.AIRLOCK_TESTS === 'all';
const SEED = Number(process.env.AIRLOCK_TEST_SEED ?? Date.now() % 2 ** 31);

/** `most` of the cases in their order, or all of them. Says which seed draws the same ones again. */
export function sampled<Case>(cases: readonly Case[], most: number): readonly Case[] {
  if (ALL || cases.length <= most) return cases;
  console.log(
    `${most} of ${cases.length} cases, seed ${SEED} (AIRLOCK_TEST_SEED repeats them, AIRLOCK_TESTS=all tries every one)`,
  );
  const random = from(SEED);
  const drawn = cases
    .map((_, index) => ({ index, lot: random() }))
    .sort((one, other) => one.lot - other.lot)
    .slice(0, most);
  const places = new Set(drawn.map(({ index }) => index));
  return cases.filter((_, index) => places.has(index));
}

/** The same for tests that stand on their own: `test.runIf(today('killed'))`. What is left out counts as skipped. */
export function drawn<Name extends string>(names: readonly Name[], most: number): (name: Name) => boolean {
  const today = new Set(sampled(names, most));
  return (name) => today.has(name);
}

/** How many sequences a property is tried with: some at a push, more in a whole run. */
export const trials = (atPush: number, whole: number): number => (ALL ? whole : atPush);

/**
 * `it` for a file of tests that each take a second and stand alone: a push tries a share of them, by a lot that the
 * seed and the title decide. What is left out counts as skipped.
 *
 * @param share from 0 to 1
 */
export function lottery(share: number) {
  if (!ALL)
    console.log(`about ${share * 100} % of these tests, seed ${SEED} (AIRLOCK_TESTS=all tries every one)`);
  return (title: string, body: () => Promise<void> | void, timeout?: number): void => {
    const number = createHash('sha256').update(title).digest().readUInt32BE();
    test.runIf(ALL || from((SEED + number) | 0)() < share)(title, body, timeout);
  };
}

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
function from(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
