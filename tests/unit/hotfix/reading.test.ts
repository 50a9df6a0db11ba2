import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readBackMerge, readHotfix } from '../../../actions/plan/hotfix.ts';
import { DEFAULT_GATES } from '../../../src/domain/configuration.ts';
import type { LedgerEntry } from '../../../src/domain/ledger.ts';
import type { Ledger } from '../../../src/ports/ledger.ts';
import { entry } from './entries.ts';
import { Checkout, page } from './repository.ts';

let checkout: Checkout;
let live: string;

beforeEach(() => {
  checkout = new Checkout();
  live = checkout.commit('Live', {
    'cart.js': page(),
    '.github/airlock.yml': 'version: 1\n',
    'ops/freezes.ics': 'BEGIN:VCALENDAR\n',
  });
  checkout.fetched();
});
afterEach(() => checkout[Symbol.dispose]());

const environment = (name: string, after: readonly string[]) => ({
  name,
  target: { provider: 'local', settings: {} },
  url: undefined,
  gates: { ...DEFAULT_GATES, after },
  smoke: { warmUpMs: 0, checks: [] },
  strategy: { kind: 'blue-green' as const },
  rollback: { automatic: true, migrations: 'never' as const },
});

/** Its freezes are in a file of the repository and at an address. */
const withFreezes = (of: ReturnType<typeof environment>) => ({
  ...of,
  gates: {
    ...of.gates,
    calendar: {
      zone: 'UTC',
      windows: [],
      freezes: [],
      sources: [
        { kind: 'file' as const, path: 'ops/freezes.ics', verbs: [] },
        { kind: 'url' as const, url: 'https://calendar.example.test/x.ics', verbs: [] },
      ],
    },
  },
});

const world = (entries: readonly LedgerEntry[]) => ({
  configuration: {
    app: 'shop',
    environments: [environment('staging', []), withFreezes(environment('production', ['staging']))],
    hotfix: {
      branches: ['hotfix/**'],
      skip: { gates: ['soak' as const], checks: ['e2e'] },
      most: { lines: 10, files: 5 },
      approvalEnvironment: undefined,
    },
  },
  ledger: {
    entries: async (name: string) => (name === 'production' ? entries : []),
  } as Pick<Ledger, 'entries'> as Ledger,
  repository: checkout.repository,
});

/** A production entry of a commit that there is. */
const at = (commit: string, changes: Parameters<typeof entry>[1] = {}): LedgerEntry => {
  const one = entry('a', changes);
  const { payload } = one;
  return {
    ...one,
    payload: {
      ...payload,
      release: { ...payload.release, commit },
      ...(payload.hotfix ? { hotfix: { ...payload.hotfix, base: live } } : {}),
    },
  };
};

const head = () => checkout.git('rev-parse', 'HEAD');
const CONFIG = '.github/airlock.yml';
const readBy = (config: string, ...entries: LedgerEntry[]) =>
  readHotfix(world(entries), { main: 'main', branch: 'hotfix/cart', commit: head(), config });
const read = (...entries: LedgerEntry[]) => readBy(CONFIG, ...entries);

describe('a hotfix branch', () => {
  it('that grows from what is live, and is small, may go; what it skips is written down', async () => {
    checkout.commit('Fix', { 'cart.js': page({ 3: 'fixed' }) });
    expect(await read(at(live, { state: 'succeeded' }))).toMatchObject({
      base: { state: 'open' },
      size: { state: 'open', why: '2 lines in 1 file changed since the live commit' },
      rules: { state: 'open' },
      record: { branch: 'hotfix/cart', base: live, skipped: ['soak', 'check e2e'] },
    });
  });

  it('from the default branch, which went on, is refused: more would come with it', async () => {
    const other = checkout.commit('Not live yet', { 'shop.js': 'new\n' });
    checkout.fetched();
    checkout.git('switch', '-q', '-c', 'hotfix/cart');
    checkout.commit('Fix', { 'cart.js': page({ 3: 'fixed' }) });
    expect((await read(at(live, { state: 'succeeded' }))).base).toMatchObject({
      reason: 'HOTFIX_WRONG_BASE',
      why: expect.stringContaining(
        `1 commit of the default branch along that is not live in production (${other.slice(0, 7)})`,
      ),
    });
    expect((await read(at(other, { state: 'succeeded' }))).base.state).toBe('open');
  });

  it('that is merged into the default branch already still may go', async () => {
    checkout.git('switch', '-q', '-c', 'hotfix/cart');
    const fix = checkout.commit('Fix', { 'cart.js': page({ 3: 'fixed' }) });
    checkout.git('switch', '-q', 'main');
    checkout.git('merge', '-q', '--no-ff', '--no-edit', fix);
    checkout.fetched();
    checkout.git('switch', '-q', 'hotfix/cart');
    expect((await read(at(live, { state: 'succeeded' }))).base.state).toBe('open');
  });

  it('is not judged without the default branch', async () => {
    checkout.git('update-ref', '-d', 'refs/remotes/origin/main');
    checkout.commit('Fix', { 'cart.js': page({ 3: 'fixed' }) });
    await expect(read(at(live, { state: 'succeeded' }))).rejects.toMatchObject({
      code: 'DEFAULT_BRANCH_MISSING',
    });
  });

  it('from an older commit than the live one is refused', async () => {
    checkout.git('switch', '-q', '-c', 'hotfix/cart');
    checkout.commit('Fix', { 'cart.js': page({ 3: 'fixed' }) });
    checkout.git('switch', '-q', 'main');
    const newer = checkout.commit('Newer', { 'shop.js': 'new\n' });
    checkout.git('switch', '-q', 'hotfix/cart');
    const reading = await read(at(newer, { state: 'succeeded' }));
    expect(reading).toMatchObject({ base: { state: 'shut', reason: 'HOTFIX_WRONG_BASE' } });
    expect(reading.record).toBeUndefined();
  });

  it('beside another that went live first is refused until it contains that one', async () => {
    checkout.git('switch', '-q', '-c', 'hotfix/first');
    const first = checkout.commit('First', { 'first.js': '1\n' });
    checkout.git('switch', '-q', '-c', 'hotfix/second', live);
    checkout.commit('Second', { 'second.js': '2\n' });
    const entries = [at(first, { state: 'succeeded', hotfix: 'hotfix/first' }), at(live)];
    expect((await read(...entries)).base).toMatchObject({ state: 'shut', reason: 'HOTFIX_WRONG_BASE' });
    checkout.git('merge', '-q', '--no-edit', first);
    expect((await read(...entries)).base.state).toBe('open');
  });

  it('run again once it is live is held to what it grew from', async () => {
    const fix = checkout.commit('Fix', { 'cart.js': page({ 3: 'fixed' }) });
    expect(await read(at(fix, { state: 'succeeded', hotfix: 'hotfix/cart' }), at(live))).toMatchObject({
      base: { state: 'open' },
      size: { why: expect.stringContaining('2 lines') },
      record: { base: live },
    });
  });

  it('that changes too much, or the rules, is refused', async () => {
    checkout.commit('Much', { 'cart.js': 'all\nnew\n', '.github/airlock.yml': 'version: 2\n' });
    expect(await read(at(live, { state: 'succeeded' }))).toMatchObject({
      size: { reason: 'HOTFIX_TOO_LARGE' },
      rules: { reason: 'HOTFIX_CHANGES_RULES' },
    });
  });

  describe('leaves the rules alone', () => {
    const rules = async (config = CONFIG) => (await readBy(config, at(live, { state: 'succeeded' }))).rules;

    it('however the path of airlock.yml is written', async () => {
      live = checkout.commit('Own place', { 'ci/airlock.yml': 'version: 1\n' });
      const ways = [
        'ci/airlock.yml',
        './ci/airlock.yml',
        'ci/../ci//airlock.yml',
        join(checkout.folder, 'ci/airlock.yml'),
      ];
      for (const way of ways) expect(await rules(way), way).toMatchObject({ state: 'open' });
      checkout.commit('Change', { 'ci/airlock.yml': 'version: 2\n' });
      for (const way of ways) expect(await rules(way), way).toMatchObject({ reason: 'HOTFIX_CHANGES_RULES' });
    });

    it.each(['ops/freezes.ics', '.github/actions/notify/action.yml'])('of %s', async (path) => {
      checkout.commit('Change', { [path]: 'other\n' });
      expect(await rules()).toMatchObject({
        reason: 'HOTFIX_CHANGES_RULES',
        why: expect.stringContaining(path),
      });
    });

    it('that stand where the file says, and nowhere else', async () => {
      rmSync(join(checkout.folder, CONFIG));
      symlinkSync('../ops/rules.yml', join(checkout.folder, CONFIG));
      live = checkout.commit('Elsewhere', { 'ops/rules.yml': 'version: 1\n' });
      checkout.commit('Change', { 'ops/rules.yml': 'version: 2\n' });
      expect(await rules()).toMatchObject({ why: expect.stringContaining(`${CONFIG} is no regular file`) });

      symlinkSync('ops', join(checkout.folder, 'linked'));
      live = checkout.commit('Linked', {});
      const { folder } = checkout;
      for (const elsewhere of [
        'linked/rules.yml',
        '../rules.yml',
        `${folder}-other/rules.yml`,
        'ops',
        'ops/*.yml',
      ])
        expect(await rules(elsewhere), elsewhere).toMatchObject({ reason: 'HOTFIX_CHANGES_RULES' });
      expect(await rules('ops/rules.yml')).toMatchObject({ state: 'open' });
    });
  });

  it('cannot be told where the live commit is not in the checkout', async () => {
    expect((await read(at('f'.repeat(40), { state: 'succeeded' }))).base.state).toBe('unknown');
  });
});

describe('the next normal release', () => {
  const fixed = () => {
    checkout.git('switch', '-q', '-c', 'hotfix/cart');
    const fix = checkout.commit('Fix', { 'cart.js': page({ 3: 'fixed' }) });
    checkout.git('switch', '-q', 'main');
    checkout.commit('Next', { 'shop.js': 'new\n' });
    return fix;
  };
  const release = (...entries: LedgerEntry[]) => readBackMerge(world(entries), head());

  it('is refused without the fix, and goes with it', async () => {
    const fix = fixed();
    const entries = [at(fix, { state: 'succeeded', hotfix: 'hotfix/cart' }), at(live)];
    expect(await release(...entries)).toMatchObject({
      state: 'shut',
      reason: 'BACK_MERGE_MISSING',
      why: expect.stringContaining(fix.slice(0, 7)),
      next: expect.stringContaining(`git merge ${fix}`),
    });
    checkout.git('merge', '-q', '--no-edit', fix);
    expect((await release(...entries)).state).toBe('open');
  });

  it('owes nothing for a hotfix that was found bad', async () => {
    const fix = fixed();
    const entries = [
      at(live, { task: 'rollback', state: 'succeeded' }),
      at(fix, { state: 'failed', hotfix: 'hotfix/cart' }),
    ];
    expect(await release(...entries)).toMatchObject({ state: 'open', why: 'no hotfix went live' });
  });

  it('cannot be told where the branch is gone, until a release was held to it', async () => {
    fixed();
    const gone = at('f'.repeat(40), { hotfix: 'hotfix/gone' });
    expect((await release(gone, at(live))).state).toBe('unknown');
    expect((await release(at(live, { state: 'succeeded' }), gone)).state).toBe('open');
  });
});

it('a hotfix behind a normal promotion that failed is still looked for', async () => {
  checkout.git('switch', '-q', '-c', 'hotfix/cart');
  const fix = checkout.commit('Fix', { 'cart.js': page({ 3: 'fixed' }) });
  checkout.git('switch', '-q', 'main');
  checkout.commit('Next', { 'shop.js': 'new\n' });
  const pages = [[at(live, { state: 'failed' })], [at(fix, { hotfix: 'hotfix/cart' }), at(live)]];
  const { configuration, repository } = world([]);
  const ledger = {
    // As much as it takes, page by page.
    async entries(_name: string, _limit: number, suffice?: (read: readonly LedgerEntry[]) => boolean) {
      const read: LedgerEntry[] = [];
      for (const page of pages) {
        read.push(...page);
        if (suffice?.(read)) break;
      }
      return read;
    },
  } as Pick<Ledger, 'entries'> as Ledger;
  expect(await readBackMerge({ configuration, repository, ledger }, head())).toMatchObject({ state: 'shut' });
});
