import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findHotfix } from '../../../actions/plan/hotfix-history.ts';
import { changeBetween } from '../../../src/cycle/change.ts';
import { Failure } from '../../../src/domain/failure.ts';
import { Checkout, page } from './repository.ts';

let checkout: Checkout;
let base: string;

beforeEach(() => {
  checkout = new Checkout();
  base = checkout.commit('Live', { 'cart.js': page() });
});
afterEach(() => checkout[Symbol.dispose]());

const find = (commit: string, from = base) =>
  findHotfix(checkout.repository, checkout.git('rev-parse', 'main'), {
    commit,
    hotfix: { branch: 'hotfix/cart', base: from, skipped: [] },
  });

/** A hotfix of two commits, while main went on elsewhere. */
function hotfix(): { fix: string; first: string } {
  checkout.git('switch', '-q', '-c', 'hotfix/cart');
  const first = checkout.commit('Fix the cart', { 'cart.js': page({ 3: 'fixed' }) });
  const fix = checkout.commit('Test it', { 'cart.test.js': 'test\n' });
  checkout.git('switch', '-q', 'main');
  checkout.commit('Meanwhile', { 'shop.js': 'new\n' });
  return { fix, first };
}

describe('the fix is on the default branch', () => {
  it('by a merge', async () => {
    const { fix } = hotfix();
    checkout.git('merge', '-q', '--no-edit', fix);
    expect(await find(fix)).toEqual({ kind: 'contained' });
  });

  it('picked, commit by commit, onto a branch that went on', async () => {
    const { fix, first } = hotfix();
    checkout.git('cherry-pick', first, fix);
    checkout.commit('And went on', { 'cart.js': page({ 3: 'fixed', 15: 'more' }) });
    expect(await find(fix)).toEqual({ kind: 'contained' });
  });

  it('squashed into one', async () => {
    const { fix } = hotfix();
    checkout.git('merge', '-q', '--squash', fix);
    checkout.git('commit', '-q', '-m', 'Back-merge');
    expect(await find(fix)).toEqual({ kind: 'contained' });
  });
});

describe('the fix is not on the default branch', () => {
  it('when nobody brought it there', async () => {
    const { fix, first } = hotfix();
    expect(await find(fix)).toEqual({ kind: 'missing', commits: [first, fix] });
  });

  it('when a part of it is missing', async () => {
    const { fix, first } = hotfix();
    checkout.git('cherry-pick', first);
    expect(await find(fix)).toEqual({ kind: 'missing', commits: [fix] });
  });

  it('when the place of the fix was changed in another way', async () => {
    const { fix, first } = hotfix();
    checkout.commit('Another way', { 'cart.js': page({ 3: 'conflict' }), 'cart.test.js': 'test\n' });
    const found = await find(fix);
    expect(found).toMatchObject({ kind: 'missing', commits: expect.arrayContaining([first]) });
  });

  it('when it stands in a merge commit alone', async () => {
    hotfix();
    checkout.git('switch', '-q', '-c', 'side', base);
    checkout.commit('Side', { 'side.js': 'side\n' });
    const side = checkout.git('rev-parse', 'HEAD');
    checkout.git('switch', '-q', '-c', 'hotfix/evil', base);
    checkout.commit('Own', { 'own.js': 'own\n' });
    const own = checkout.git('rev-parse', 'HEAD');
    checkout.git('merge', '-q', '--no-ff', '--no-commit', 'side');
    const merge = checkout.commit('Merge', { 'cart.js': page({ 7: 'only in the merge' }) });
    checkout.git('switch', '-q', 'main');
    checkout.git('cherry-pick', side, own);
    expect(await find(merge)).toEqual({ kind: 'missing', commits: [merge] });
  });

  it('when its commit is gone, nobody can tell', async () => {
    hotfix();
    expect(await find('f'.repeat(40))).toEqual({ kind: 'gone' });
    expect(await find(base, 'f'.repeat(40))).toEqual({ kind: 'gone' });
    expect(await find('--output=/tmp/x')).toEqual({ kind: 'gone' });
  });

  it('a cut history is no answer', async () => {
    const { fix } = hotfix();
    using shallow = new Checkout();
    shallow.git('pull', '-q', '--depth', '1', `file://${checkout.folder}`, 'main');
    const question = { commit: fix, hotfix: { branch: 'b', base, skipped: [] } };
    await expect(findHotfix(shallow.repository, base, question)).rejects.toMatchObject({
      code: 'HISTORY_SHALLOW',
    });
  });
});

describe('the size of a change', () => {
  const change = () => changeBetween(checkout.repository, base, checkout.git('rev-parse', 'HEAD'));

  it('counts added and removed lines by file', async () => {
    checkout.commit('Fix', { 'cart.js': page({ 3: 'fixed', 4: 'fixed' }), 'new.js': 'one\n' });
    expect(await change()).toEqual({
      files: [
        { path: 'cart.js', lines: 4 },
        { path: 'new.js', lines: 1 },
      ],
    });
  });

  it('counts a moved file as two, and cannot count a binary one', async () => {
    checkout.git('mv', 'cart.js', 'basket.js');
    checkout.commit('Move', { 'logo.png': Buffer.from([0, 1, 2, 0]) });
    expect(await change()).toEqual({
      files: [
        { path: 'basket.js', lines: 20 },
        { path: 'cart.js', lines: 20 },
        { path: 'logo.png', lines: undefined },
      ],
    });
  });

  it('is not hidden by attributes of the branch itself', async () => {
    checkout.commit('Hide', { '.gitattributes': '*.js -diff\n', 'cart.js': page({ 3: 'hidden' }) });
    const cart = (await change()).files.find(({ path }) => path === 'cart.js');
    // An old git cannot be told to leave the attributes out: then it cannot count, which is shut as well.
    expect([2, undefined]).toContain(cart?.lines);
  });

  it('takes any name for a name', async () => {
    const names = ['-rf', 'a\tb', 'new\nline.js', '$(touch x).js', 'ä "quoted".js', '--output=x'];
    checkout.commit('Names', Object.fromEntries(names.map((name) => [name, '1\n'])));
    expect((await change()).files.map(({ path }) => path).sort()).toEqual([...names].sort());
    expect(existsSync(join(checkout.folder, 'x'))).toBe(false);
  });

  it('fails when a commit is not there', async () => {
    const wrong = changeBetween(checkout.repository, 'f'.repeat(40), base);
    await expect(wrong).rejects.toBeInstanceOf(Failure);
    await expect(wrong).rejects.toMatchObject({ code: 'GIT_FAILED' });
  });
});
