import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { addedCommits } from '../../../src/domain/added-commits.ts';

/** Any history: each commit grew from some of those before it. */
const history = fc
  .array(fc.uniqueArray(fc.nat(40), { minLength: 1, maxLength: 3 }), { minLength: 2, maxLength: 25 })
  .map((grown) =>
    grown.map((from, at) => ({
      sha: `${at}`,
      parents: at === 0 ? [] : [...new Set(from.map((one) => `${one % at}`))],
    })),
  );
type History = readonly { readonly sha: string; readonly parents: readonly string[] }[];

function upTo(commits: History, head: string): Set<string> {
  const found = new Set([head]);
  for (const sha of found) for (const parent of commits[Number(sha)]?.parents ?? []) found.add(parent);
  return found;
}

const shas = (commits: readonly { sha: string }[] | undefined) => commits?.map(({ sha }) => sha).toSorted();

test('of a whole history exactly what is new, and of any part of it no less, or nothing is told', () => {
  let told = 0;
  fc.assert(
    fc.property(history, fc.nat(), fc.nat(), fc.infiniteStream(fc.boolean()), (commits, one, other, dice) => {
      const head = `${one % commits.length}`;
      const since = [...upTo(commits, head)][other % upTo(commits, head).size] ?? '';
      fc.pre(since !== head);
      const old = upTo(commits, since);
      const exact = [...upTo(commits, head)].filter((sha) => !old.has(sha));
      expect(shas(addedCommits(commits, head, since))).toEqual(exact.toSorted());
      const part = commits.filter(() => dice.next().value || dice.next().value);
      const partly = addedCommits(part, head, since);
      if (partly === undefined) return;
      told += 1;
      expect(shas(partly)).toEqual(expect.arrayContaining(exact));
    }),
    { numRuns: 500, seed: 11 },
  );
  expect(told).toBeGreaterThan(50);
});

test.each<[string, string, string]>([
  ['the older one is not there', 'c', 'x'],
  ['the newer one is not there', 'x', 'a'],
  ['a commit in between is not there', 'd', 'a'],
  ['not all that a commit grew from is known', 'e', 'a'],
])('nothing is told where %s', (_what, head, since) => {
  const part = [
    { sha: 'a', parents: [] },
    { sha: 'c', parents: ['a'] },
    { sha: 'd', parents: ['c', 'gone'] },
    { sha: 'e', parents: undefined },
  ];
  expect(addedCommits(part, head, since)).toBeUndefined();
});
