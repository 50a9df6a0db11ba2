import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { releaseNotes } from '../../../actions/release-notes/run.ts';
import type { Configuration } from '../../../src/domain/configuration.ts';
import type { WorkflowEvent } from '../../../src/domain/event.ts';
import type { EntryPayload } from '../../../src/domain/ledger.ts';
import type { Digest } from '../../../src/domain/release.ts';
import type { Publication, Published } from '../../../src/ports/publications.ts';
import { MemoryLedger } from '../../fakes/memory-ledger.ts';
import { Checkout } from '../hotfix/repository.ts';

let checkout: Checkout;
let ledger: MemoryLedger;
let first: string;
const published: Publication[] = [];
const files = new Map<string, string>();

beforeEach(async () => {
  checkout = new Checkout();
  ledger = new MemoryLedger();
  published.length = 0;
  files.clear();
  first = checkout.commit('Begin', { 'migrations/0001_a.sql': 'CREATE TABLE a ();\n' });
  await live('1.4.0', first, '1');
});
afterEach(() => checkout[Symbol.dispose]());

/** Makes a release live, as a promotion writes it down. */
async function live(
  version: string,
  commit: string,
  run: string,
  more: Partial<EntryPayload> = {},
  environment = 'production',
) {
  const before = (await ledger.entries(environment, 100)).find(({ state }) => state === 'succeeded');
  const digest: Digest = `sha256:${commit.padEnd(64, '0')}`;
  const { id } = await ledger.open({
    task: 'promote',
    environment,
    payload: {
      schema: 1,
      release: { app: 'shop', version, commit, builtAt: '2026-01-01T00:00:00Z', digest },
      target: { provider: 'local', deploymentId: commit },
      migrations: [],
      verdicts: {},
      run: { id: run, attempt: 1, url: `https://github.test/runs/${run}` },
      actor: 'ada',
      approvers: ['grace'],
      ...(before ? { previous: { ...before.payload.release, deploymentId: 'before' } } : {}),
      ...more,
    },
  });
  if (before) await ledger.advance(before.id, 'superseded');
  await ledger.advance(id, 'succeeded');
  return id;
}

const configuration = {
  app: 'shop',
  environments: [{ name: 'staging' }, { name: 'production' }],
  database: { migrations: 'migrations' },
} as unknown as Configuration;

function notes(
  given: { environment?: string; version?: string; publish?: boolean; run?: string } = {},
  answer: Published = { kind: 'created', url: 'https://github.test/releases/1' },
) {
  const { run = '2', ...inputs } = given;
  return releaseNotes(
    { environment: '', version: '', publish: false, ...inputs },
    {
      event: { repository: { owner: 'octo', name: 'shop' }, run: { id: run } } as WorkflowEvent,
      server: 'https://github.test',
      configuration,
      ledger,
      repository: checkout.repository,
      publications: {
        publish: async (publication) => {
          published.push(publication);
          return answer;
        },
      },
      redact: (text) => text.replaceAll('ghs_secret', '***'),
      keepFile: async (name, content) => {
        files.set(name, content);
        return `/temporary/${name}`;
      },
    },
  );
}

describe('release notes', () => {
  it('tell what lies between what was live and what this run made live', async () => {
    checkout.commit('feat: search ghs_secret (#3)', { 'search.js': 'x\n' });
    const head = checkout.commit('fix: typo', { 'migrations/0002_b.sql': 'CREATE TABLE b ();\n' });
    await live('1.5.0', head, '2');
    const outcome = await notes();
    expect(outcome).toMatchObject({
      kind: 'done',
      headline: 'Release notes of shop 1.5.0',
      outputs: { notes: '/temporary/shop-1.5.0.md', version: '1.5.0' },
    });
    for (const words of [
      '- search \\*\\*\\* (#3)',
      '- typo',
      '<code>0002_b</code>',
      `/octo/shop/compare/${first}...${head}`,
    ])
      expect(outcome.summary).toContain(words);
    expect(outcome.summary).not.toContain('Begin');
    expect(files.get('shop-1.5.0.md')).toBe(`# shop 1.5.0\n\n${outcome.summary}\n`);
    expect(published).toEqual([]);
    // Later, and in another run, they say the same.
    await live('1.6.0', checkout.commit('feat: more', { 'more.js': 'x\n' }), '3');
    expect((await notes({ version: 'v1.5.0', run: '9' })).summary).toBe(outcome.summary);
  });

  it('name the hotfix in between, and count a fix that was picked back as live already', async () => {
    checkout.git('switch', '-q', '-c', 'hotfix/cart');
    const fix = checkout.commit('fix: the cart', { 'cart.js': 'fixed\n' });
    await live('1.4.1', fix, '2', {
      hotfix: { branch: 'hotfix/cart', base: first, skipped: ['soak'], emergency: 'Checkout is down' },
    });
    const hotfix = await notes();
    expect(hotfix.summary).toMatch(
      /^> 🚑 \*\*HOTFIX\*\* from <code>hotfix\/cart<\/code>, on top of <code>1.4.0</,
    );
    expect(hotfix.summary).toContain('Checkout is down\n>\n> Started by ada, approved by grace.');
    expect(hotfix.summary).toContain('- the cart');

    checkout.git('switch', '-q', 'main');
    checkout.commit('feat: search', { 'search.js': 'x\n' });
    checkout.git('cherry-pick', fix);
    await live('1.5.0', checkout.git('rev-parse', 'HEAD'), '3');
    const { summary } = await notes({ run: '3' });
    expect(summary).toContain('### Hotfixes since 1.4.0\n\n- **1.4.1** (emergency: Checkout is down)');
    expect(summary).toContain('- search');
    expect(summary).not.toContain('the cart');
  });

  it('are none where this run made nothing live there', async () => {
    const head = checkout.commit('feat: search', { 'search.js': 'x\n' });
    await live('1.5.0', head, '2', {}, 'staging');
    expect(await notes()).toMatchObject({
      kind: 'done',
      headline: expect.stringContaining('nothing live in production'),
      outputs: {},
    });
    const id = await live('1.5.0', head, '2');
    await ledger.advance(id, 'failed');
    expect(await notes({ publish: true })).toMatchObject({
      kind: 'done',
      headline: expect.stringContaining('was taken back'),
      outputs: {},
    });
    expect([published.length, files.size]).toEqual([0, 0]);
    expect((await notes({ environment: 'staging' })).outputs.version).toBe('1.5.0');
    await expect(notes({ environment: 'moon' })).rejects.toMatchObject({ code: 'ENVIRONMENT_UNKNOWN' });
    expect(await notes({ version: '1.5.0' })).toMatchObject({ reason: 'RELEASE_UNKNOWN', kind: 'refused' });
    expect(await notes({ version: '7.7.7' })).toMatchObject({
      reason: 'RELEASE_UNKNOWN',
      headline: expect.stringContaining('knows no release 7.7.7'),
    });
  });

  it('say what they cannot tell, and that an older release came back', async () => {
    const head = checkout.commit('feat: search', { 'search.js': 'x\n' });
    const gone = { version: '1.3.9', commit: 'f'.repeat(40), deploymentId: 'x' };
    await live('1.5.0', head, '2', { previous: gone });
    expect((await notes()).summary).toContain('What changed cannot be told: the commit fffffff is not in');
    await live('1.4.0', first, '3');
    expect((await notes({ run: '3' })).summary).toContain(
      'older release than the one before it: 1 commit of',
    );
    expect((await notes({ run: '1' })).summary).toContain('This is the first release.');
  });

  it('are published under the tag that the commit has, between marks', async () => {
    const head = checkout.commit('feat: search', { 'search.js': 'x\n' });
    checkout.git('tag', '1.5.0');
    await live('1.5.0', head, '2');
    const outcome = await notes({ publish: true });
    expect(outcome).toMatchObject({
      headline: 'Release notes of shop 1.5.0 are published: https://github.test/releases/1',
      outputs: { url: 'https://github.test/releases/1', version: '1.5.0' },
    });
    expect(published).toMatchObject([{ tag: '1.5.0', commit: head, title: 'shop 1.5.0', version: '1.5.0' }]);
    expect(published[0]?.text('Dear readers')).toMatch(/^Dear readers\n\n<!-- airlock: .*- search/s);
  });

  it('stand in the summary and the file, though they may not be published', async () => {
    await live('1.5.0', checkout.commit('feat: search', { 'search.js': 'x\n' }), '2');
    const refused = await notes(
      { publish: true },
      { kind: 'refused', reason: 'RELEASE_TAG_ELSEWHERE', why: 'it is elsewhere', next: 'Look.' },
    );
    expect(refused).toMatchObject({
      kind: 'refused',
      reason: 'RELEASE_TAG_ELSEWHERE',
      outputs: { notes: '/temporary/shop-1.5.0.md', version: '1.5.0' },
      summary: expect.stringContaining('- search'),
    });
  });
});
