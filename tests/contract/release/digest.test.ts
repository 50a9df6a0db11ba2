import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sealRelease } from '../../../src/release/seal.ts';
import { about, type Leaf, plant, scratch, seal, type Tree } from './trees.ts';

const SEED = Number(process.env.AIRLOCK_TEST_SEED ?? Date.now() % 2 ** 31);
console.log(`seed of the random trees: ${SEED} (AIRLOCK_TEST_SEED repeats it)`);
const parameters = { seed: SEED, numRuns: 25 };

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/);
// Folders and files are told apart by a dot, so that no path is both.
const path = fc
  .tuple(fc.array(name, { maxLength: 3 }), name)
  .map(([folders, last]) => [...folders, `${last}.js`].join('/'));
const leaf: fc.Arbitrary<Leaf> = fc.record({
  bytes: fc.uint8Array({ maxLength: 3000 }),
  executable: fc.boolean(),
});
const tree: fc.Arbitrary<Tree> = fc.dictionary(path, leaf, { minKeys: 1, maxKeys: 12 });

const digestOf = async (planted: Tree, options: { mtime?: Date; version?: string } = {}) => {
  const home = await scratch();
  const output = await plant(join(home, 'somewhere', 'out'), planted, options.mtime);
  const { release } = await sealRelease({
    ...about,
    ...(options.version && { version: options.version }),
    output,
    into: join(home, 'sealed'),
    signal: new AbortController().signal,
  });
  return release.digest;
};

describe('the digest of a release', () => {
  it('is a fixed value for a fixed tree, in this and every later version of Airlock', async () => {
    const { sealed } = await seal(
      {
        'index.html': '<h1>Hello</h1>\n',
        'bin/start': { bytes: Buffer.from('#!/bin/sh\n'), executable: true },
        latest: { link: 'index.html' },
      },
      { '0001_init.up.sql': 'create table t ();\n' },
    );
    expect(sealed.release.digest).toMatchInlineSnapshot(
      `"sha256:95479db34e43a512118dfa18567a3f9c53d187492eef65a3f6c6a7291685d3c0"`,
    );
  });

  it('does not depend on the order of writing, on times, on the place or on the version', async () => {
    await fc.assert(
      fc.asyncProperty(
        tree,
        fc.date({ min: new Date(0), max: new Date(2e12), noInvalidDate: true }),
        async (planted, mtime) => {
          const reversed = Object.fromEntries(Object.entries(planted).reverse());
          expect(await digestOf(reversed, { mtime, version: '9.9.9' })).toBe(await digestOf(planted));
        },
      ),
      parameters,
    );
  });

  it('changes with any byte, executable bit or path', async () => {
    await fc.assert(
      fc.asyncProperty(tree, fc.nat(), fc.nat(), async (planted, which, where) => {
        const paths = Object.keys(planted);
        const at = paths[which % paths.length] ?? '';
        const was = planted[at];
        if (typeof was !== 'object' || !('bytes' in was)) throw new Error('unexpected leaf');
        const flipped = Uint8Array.from(was.bytes, (byte, index) =>
          index === where % was.bytes.length ? byte ^ 1 : byte,
        );
        const { [at]: _, ...others } = planted;
        const variants: Tree[] = [
          { ...others, [at]: { ...was, bytes: Uint8Array.of(...was.bytes, 0) } },
          { ...others, [at]: { ...was, executable: !was.executable } },
          { ...others, [`${at}x`]: was },
          { ...planted, 'one-more.txt': '' },
        ];
        if (was.bytes.length > 0) variants.push({ ...others, [at]: { ...was, bytes: flipped } });
        const digests = await Promise.all([planted, ...variants].map((variant) => digestOf(variant)));
        expect(new Set(digests).size).toBe(digests.length);
      }),
      { ...parameters, numRuns: 15 },
    );
  });
});
