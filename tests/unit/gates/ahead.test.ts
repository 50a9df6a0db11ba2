import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AheadWorld, lookAhead } from '../../../actions/plan/ahead.ts';
import {
  type Configuration,
  DEFAULT_GATES,
  type EnvironmentSettings,
} from '../../../src/domain/configuration.ts';
import { Failure } from '../../../src/domain/failure.ts';
import type { Digest } from '../../../src/domain/release.ts';
import { standardRoutes } from '../../../src/domain/routes/settings.ts';
import { processRunner } from '../../../src/runner/processes.ts';
import { MemoryApprovals, MemoryComments } from '../../fakes/memory-approvals.ts';
import { MemoryHolds } from '../../fakes/memory-holds.ts';
import { MemoryIssues } from '../../fakes/memory-issues.ts';
import { MemoryLedger } from '../../fakes/memory-ledger.ts';

const NOW = new Date('2026-01-01T01:00:00Z');
const OLD: Digest = `sha256:${'a'.repeat(64)}`;
const NEW: Digest = `sha256:${'b'.repeat(64)}`;

let workspace: string;
let ledger: MemoryLedger;
let kept: Map<string, string>;
const git = (...args: string[]) =>
  execFileSync(
    'git',
    ['-c', 'user.name=Ada | *b*', '-c', 'user.email=ada@example.test', '-c', 'commit.gpgsign=false', ...args],
    {
      cwd: workspace,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  ).trim();
async function commit(message: string, files: Readonly<Record<string, string>>) {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(workspace, path)), { recursive: true });
    await writeFile(join(workspace, path), content);
  }
  git('add', '.');
  git('commit', '--quiet', '-m', message);
  return git('rev-parse', 'HEAD');
}

beforeEach(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'airlock-ahead-'));
  git('init', '--quiet', '--initial-branch=main');
  ledger = new MemoryLedger();
  kept = new Map();
});
afterEach(() => rm(workspace, { recursive: true }));

const environment = (
  name: string,
  gates: Partial<EnvironmentSettings['gates']> = {},
): EnvironmentSettings => ({
  name,
  target: { provider: 'local', settings: {} },
  url: undefined,
  gates: { ...DEFAULT_GATES, ...gates },
  smoke: { warmUpMs: 0, checks: [] },
  strategy: { kind: 'blue-green' },
  rollback: { automatic: true, migrations: 'when-safe' },
});

const FROZEN = {
  zone: 'UTC',
  windows: [],
  freezes: [{ from: '2026-01-01', to: '2026-01-02', why: 'New Year', verbs: ['promote' as const] }],
  sources: [],
};

const configuration = (production: Partial<EnvironmentSettings['gates']> = {}): Configuration => ({
  version: 1,
  app: 'shop',
  build: { output: 'dist', checks: [] },
  serve: undefined,
  database: {
    migrator: 'sql',
    migrations: 'db/migrations',
    lockTimeoutMs: 1,
    statementTimeoutMs: 1,
    lockBudgetMs: 1,
  },
  environments: [environment('staging'), environment('production', { after: ['staging'], ...production })],
  routes: standardRoutes(['development', 'staging', 'production']),
  hotfix: {
    branches: ['hotfix/**'],
    skip: { gates: [], checks: [] },
    most: { lines: 1, files: 1 },
    approvalEnvironment: undefined,
  },
  preview: undefined,
});

const world = (changes: Partial<AheadWorld> = {}): AheadWorld => ({
  configuration: configuration(),
  event: {
    name: 'workflow_dispatch',
    repository: { owner: 'sophie', name: 'shop' },
    ref: 'refs/heads/main',
    refType: 'branch',
    sha: git('rev-parse', 'HEAD'),
    actor: 'ada',
    triggeringActor: 'ada',
    run: { id: '10', attempt: 1, url: '' },
    payload: {},
  },
  clock: { now: () => NOW, sleep: async () => {} },
  ledger,
  holds: new MemoryHolds(),
  gatekeeper: {
    authors: async () => [],
    approvals: async () => {
      throw new Error('nobody can have approved what is ahead');
    },
    protection: async () => ({ kind: 'known', reviewers: ['grace'], preventsSelfReview: false }),
  },
  calendars: { read: async () => [], render: ({ zone }, { name }) => `${name} in ${zone}` },
  approvals: new MemoryApprovals(),
  comments: new MemoryComments(),
  issues: new MemoryIssues(),
  async keepFile(name, content) {
    kept.set(name, content);
    return '/kept';
  },
  ...changes,
});

async function promoted(environment: string, digest: Digest, commit: string) {
  const entry = await ledger.open({
    task: 'promote',
    environment,
    payload: {
      schema: 1,
      release: {
        app: 'shop',
        version: `1.0.0+${commit.slice(0, 7)}`,
        commit,
        builtAt: '2026-01-01T00:00:00Z',
        digest,
      },
      target: { provider: 'local' },
      migrations: [],
      verdicts: { 'smoke-test': 'pass' },
      run: { id: '9', attempt: 1, url: 'https://github.test/9' },
      actor: 'linus',
      approvers: [],
    },
  });
  await ledger.advance(entry.id, 'succeeded');
}

const look = (question: Partial<Parameters<typeof lookAhead>[2]> = {}, changes: Partial<AheadWorld> = {}) => {
  const open = world(changes);
  return lookAhead(
    open,
    { processes: processRunner, workspace, signal: new AbortController().signal },
    {
      environments: open.configuration.environments,
      digest: undefined,
      commit: git('rev-parse', 'HEAD'),
      config: '.github/airlock.yml',
      isProposal: false,
      ...question,
    },
  );
};

test('shows between what is live and what comes: commits, files, migrations and their way back, the rules', async () => {
  const old = await commit('one', {
    '.github/airlock.yml': 'version: 1\n',
    'db/migrations/0001_first.sql': 'SELECT 1;\n',
  });
  const fresh = await commit('Search <img src=x> finds more (#12)', {
    '.github/airlock.yml': 'version: 1\napp: shop\n',
    'src/search.ts': 'a\nb\n',
    'db/migrations/0002_drop.sql': 'DROP TABLE notes;\n',
    'db/migrations/0003_index.up.sql':
      '-- airlock: revert = free\nCREATE INDEX CONCURRENTLY i ON notes (at);\n',
    'db/migrations/0003_index.down.sql': 'SELECT 4;\n',
    'db/migrations/0004_name.up.sql': 'SELECT 5;\n-- airlock: revert = free\n',
    'db/migrations/0004_name.down.sql': 'SELECT 6;\n',
  });
  await promoted('production', OLD, old);
  await promoted('staging', NEW, fresh);
  const { headline, summary, verdicts } = await look({ digest: NEW });
  expect(headline).toBe('Every gate is open: staging, production');
  expect(verdicts.map(({ holding }) => holding)).toEqual([undefined, undefined]);
  const production = summary.slice(summary.indexOf('### production'));
  for (const shown of [
    '1 commit, 7 files, pull requests #12',
    'Ada \\| \\*b\\*',
    'Search &lt;img src=x&gt; finds more',
    '| <code>0002_drop</code> | 🟠 reads and writes of a table wait | 🔴 none |',
    '| <code>0003_index</code> | 🟢 reads and writes go on | 🟢 loses nothing |',
    '| <code>0004_name</code> | 🟠 what waits cannot be told from its text | 🟠 there is one',
    '+app: shop',
    'linus',
    'smoke-test pass',
  ])
    expect(production).toContain(shown);
  expect(production).not.toContain('0001_first');
});

test('asks by hand for what stands proven before each environment, and for a proposal as it is', async () => {
  const old = await commit('one', { a: '1' });
  await promoted('staging', OLD, old);
  await commit('two', { a: '2' });
  const byHand = await look();
  expect(byHand.headline).toBe('Every gate is open: staging, production');
  expect(byHand.summary).toContain('For <code>sha256:aaaaaaaaaaaa</code> of commit');
  const proposed = await look({ isProposal: true });
  expect(proposed.headline).toBe('Would stay shut now: production (order)');
  expect(proposed.verdicts[1]?.holding).toMatchObject({
    reason: 'NOT_PROVEN',
    next: 'Its own run takes it through staging first.',
  });
});

test('says when the calendar opens, whom GitHub asks, and keeps the calendar for others', async () => {
  const head = await commit('one', { a: '1' });
  await promoted('staging', NEW, head);
  const shown = await look(
    { digest: NEW },
    { configuration: configuration({ approval: 'required', calendar: FROZEN }) },
  );
  expect(shown.headline).toBe('Would stay shut now: production (calendar)');
  expect(shown.summary).toContain('frozen until Sat 3 Jan 00:00 UTC: New Year');
  expect(shown.summary).toContain('| 2026-01-03 00:00 UTC |');
  expect(shown.summary).toContain('nobody said yes yet; GitHub asks grace');
  expect(shown.calendars).toBe('/kept');
  expect([...kept]).toEqual([['production.ics', 'production of shop in UTC']]);
});

test('takes a calendar, and holds, that cannot be read for shut', async () => {
  const head = await commit('one', { a: '1' });
  await promoted('staging', NEW, head);
  const unread = new Failure('CALENDAR_UNREACHABLE', 'It does not answer.', 'Ask again.');
  const sources = [{ kind: 'file' as const, path: 'x.ics', verbs: ['deploy' as const] }];
  const shown = await look(
    { digest: NEW },
    {
      configuration: configuration({ calendar: { ...FROZEN, freezes: [], sources } }),
      calendars: { read: () => Promise.reject(unread), render: () => '' },
      holds: Object.assign(new MemoryHolds(), {
        read: () => Promise.reject(new Failure('GITHUB_FORBIDDEN', 'No.', 'Give it.')),
      }),
    },
  );
  const states = shown.verdicts[1]?.gates.map(({ gate, state }) => `${gate} ${state}`);
  expect(states).toContain('calendar unknown');
  expect(states).toContain('hold unknown');
  expect(shown.calendars).toBe('');
});
