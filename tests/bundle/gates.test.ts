import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { GateName, GateResult } from '../../src/domain/gates/gate.ts';
import type { EntryPayload } from '../../src/domain/ledger.ts';
import type { Digest } from '../../src/domain/release.ts';
import { connectGitHub } from '../../src/github/api.ts';
import { createHoldLedger } from '../../src/github/holds.ts';
import { systemClock } from '../../src/runner/clock.ts';
import { describeInTurn } from '../turns.ts';
import { done, openScene, type Scene } from './scene.ts';

/** Every gate, shut and open, by the plan's own bundle on a ledger of the stand-in for GitHub. */

const DIGEST: Digest = `sha256:${'d'.repeat(64)}`;
const NEVER = new AbortController().signal;

let scene: Scene;
let first: string;
beforeAll(async () => {
  scene = await openScene();
  first = scene.commit;
});
afterAll(() => scene.close());
beforeEach(() => environments());

/** airlock.yml with a staging before production, and these keys in production. */
const environments = (production: object = {}, top: object = {}) => {
  const target = { local: { port: scene.port } };
  return scene.configure({
    environments: { staging: { target }, production: { target, ...production } },
    routes: { 'default-branch': 'production' },
    ...top,
  });
};

const git = (...args: readonly string[]) =>
  execFileSync('git', ['-c', 'user.name=ada', '-c', 'user.email=ada@example.com', ...args], {
    cwd: scene.workspace,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
  }).trim();

async function commit(files: Readonly<Record<string, string>>): Promise<string> {
  for (const [path, text] of Object.entries(files)) await writeFile(join(scene.workspace, path), text);
  git('add', '--', ...Object.keys(files));
  git('commit', '--quiet', '--message=More');
  return git('rev-parse', 'HEAD');
}

/** Makes a commit live in an environment, with passing checks. */
async function live(environment: string, commit: string, more: Partial<EntryPayload> = {}) {
  const { id } = await scene.ledger.open({
    task: 'promote',
    environment,
    payload: {
      schema: 1,
      release: {
        app: 'sample',
        version: `1.0.0-0.dev+${commit.slice(0, 7)}`,
        commit,
        builtAt: '2026-01-01T00:00:00Z',
        digest: DIGEST,
      },
      target: { provider: 'local', deploymentId: commit },
      migrations: [],
      verdicts: { 'smoke-test': 'pass' },
      run: { id: '1', attempt: 1, url: 'https://github.test/runs/1' },
      actor: 'ada',
      approvers: [],
      ...more,
    },
  });
  await scene.ledger.advance(id, 'succeeded', { text: 'live' });
}

interface Given {
  readonly lane?: 'hotfix';
  readonly run?: number;
  readonly dryRun?: boolean;
}

/** The plan of production's stage, for what is checked out. */
async function plan({ lane, run, dryRun }: Given = {}) {
  const branch = lane === undefined ? 'main' : 'hotfix/cart';
  const ended = await scene.run(
    'plan',
    {
      environment: 'production',
      digest: DIGEST,
      ...(lane === undefined ? {} : { lane }),
      ...(dryRun ? { 'dry-run': 'true' } : {}),
    },
    {
      event: {
        name: 'push',
        payload: {
          ref: `refs/heads/${branch}`,
          repository: { full_name: 'octo/app', default_branch: 'main' },
        },
      },
      env: {
        GITHUB_REF: `refs/heads/${branch}`,
        GITHUB_SHA: git('rev-parse', 'HEAD'),
        ...(run === undefined ? {} : { GITHUB_RUN_ID: String(run) }),
      },
    },
  );
  const { gates = [] } = JSON.parse(ended.outputs.plan ?? '{}') as { gates?: GateResult[] };
  return { ...ended, gate: (name: GateName) => gates.find(({ gate }) => gate === name) };
}

/** Holds the plan to a refusal by this gate, and to nothing that may be entered. */
async function expectShut(gate: GateName, reason: string, given: Given = {}) {
  const ended = await plan(given);
  expect(ended, ended.log).toMatchObject({ code: 1, outputs: { reason, environments: '[]' } });
  expect(ended.gate(gate)).toMatchObject({ state: 'shut', reason });
  expect(ended.summary).toContain(`| ${gate} | 🔴 shut |`);
  return ended.gate(gate);
}

async function expectOpen(gate: GateName | readonly GateName[], given: Given = {}) {
  const ended = await plan(given);
  expect(done(ended).outputs.environments).toBe('["production"]');
  for (const one of [gate].flat()) expect(ended.gate(one)?.state).toBe('open');
}

test('order: nothing enters that staging has not run; what it ran may', async () => {
  await expectShut('order', 'NOT_PROVEN');
  await live('staging', first);
  await expectOpen('order');
});

test('soak: it must have stood there for long enough', async () => {
  await environments({ gates: { soak: '2h' } });
  expect(await expectShut('soak', 'NOT_SOAKED')).toMatchObject({
    opensAt: expect.stringMatching(/^20.*Z$/),
  });
  await environments();
  await expectOpen('soak');
});

test('calendar: a freeze says when it opens, and opens for somebody who may with a reason', async () => {
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  const freeze = { from: day(-2), to: day(7), why: 'the books are being closed' };
  await environments({ calendar: { zone: 'UTC', freezes: [{ ...freeze, to: day(-1) }] } });
  await expectOpen('calendar');
  await environments({ calendar: { zone: 'UTC', freezes: [freeze] } });
  expect(await expectShut('calendar', 'CALENDAR_SHUT')).toMatchObject({
    why: expect.stringContaining('the books are being closed'),
    opensAt: `${day(8)}T00:00:00.000Z`,
  });

  // A calendar that somebody else keeps says the same.
  await environments({ calendar: { zone: 'UTC', 'freezes-from': [{ file: 'freezes.ics' }] } });
  expect((await plan()).outputs).toMatchObject({ reason: 'GATE_UNREADABLE', environments: '[]' });
  await writeFile(
    join(scene.workspace, 'freezes.ics'),
    [
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'BEGIN:VEVENT',
      'UID:1',
      'DTSTAMP:20260101T000000Z',
      `DTSTART;VALUE=DATE:${freeze.from.replaceAll('-', '')}`,
      `DTEND;VALUE=DATE:${day(8).replaceAll('-', '')}`,
      'SUMMARY:Stocktaking',
      'END:VEVENT',
      'END:VCALENDAR',
      '',
    ].join('\r\n'),
  );
  expect((await expectShut('calendar', 'CALENDAR_SHUT'))?.why).toContain('Stocktaking');

  const override = { mode: 'override', gate: 'calendar', reason: 'finance agrees', release: DIGEST };
  const refused = await scene.run('control', override);
  expect(refused).toMatchObject({ code: 1, outputs: { reason: 'OVERRIDE_NOT_PERMITTED' } });
  await expectShut('calendar', 'CALENDAR_SHUT');
  scene.repository.configure({ collaborators: { ada: 'write' } });
  done(await scene.run('control', override));
  const entered = await plan();
  expect(done(entered).summary).toMatch(/\| calendar \| 🟣 overridden \| ada, until .*: finance agrees/);
  expect(entered.annotations).toMatchObject([
    { level: 'warning', text: expect.stringContaining('overridden by ada') },
  ]);
});

test('hold: a lock keeps all out, and a hold this release', async () => {
  const { apiUrl: rest, graphqlUrl: graphql } = scene.github;
  const holds = createHoldLedger(
    connectGitHub({
      token: scene.mintToken({ deployments: 'write' }),
      api: { rest, graphql },
      repository: { owner: 'octo', name: 'app' },
      clock: systemClock,
    }),
  );
  const payload = {
    schema: 1 as const,
    app: 'sample',
    commit: first,
    reason: 'the till is down',
    lifts: [],
    run: { id: '1', attempt: 1, url: 'https://github.test/runs/1' },
    actor: 'mary',
  };
  const lock = await holds.record({ environment: 'production', payload: { ...payload, control: 'lock' } });
  const hold = await holds.record({
    environment: 'production',
    payload: { ...payload, control: 'hold', digest: DIGEST },
  });
  const shut = await expectShut('hold', 'HELD');
  expect(shut?.why).toMatch(
    /is held by mary.*production is locked by mary|production is locked by mary.*is held by mary/,
  );
  const unlock = (run: typeof payload.run) =>
    holds.record({
      environment: 'production',
      payload: { ...payload, control: 'unlock', lifts: [lock.id, hold.id], run },
    });
  // Whoever has a token of a job can write this in anybody's name; mary's run they do not have.
  await unlock(payload.run);
  await expectShut('hold', 'HELD');
  const { id } = scene.github.openRun({
    repository: 'octo/app',
    workflowPath: '.github/workflows/control.yml',
    workflowName: 'Control',
    event: 'workflow_dispatch',
    ref: 'refs/heads/main',
    sha: first,
    actor: 'mary',
  });
  await unlock({ id: String(id), attempt: 1, url: `https://github.test/runs/${id}` });
  await expectOpen('hold');
});

describe('approval', () => {
  const newRun = () =>
    scene.github.openRun({
      repository: 'octo/app',
      workflowPath: '.github/workflows/release.yml',
      workflowName: 'Release',
      event: 'push',
      ref: 'refs/heads/main',
      sha: git('rev-parse', 'HEAD'),
      actor: 'ada',
    }).id;

  /** The job waits at GitHub's gate until this reviewer says yes. */
  async function approved(run: number, by: string) {
    const waiting = scene.github.awaitApproval(
      { runId: run, job: 'production', environment: 'production' },
      NEVER,
    );
    scene.github.review({ runId: run, environment: 'production', verdict: 'approved', by });
    await waiting;
  }

  test('is by somebody else, of this very run, and as strict as airlock.yml says', async () => {
    await environments({ gates: { approval: 'required' } });
    const run = newRun();
    await expectShut('approval', 'NOT_APPROVED', { run });

    scene.repository.protect('production', { reviewers: ['ada', 'grace'], adminsMayBypass: true });
    await approved(run, 'ada');
    expect((await expectShut('approval', 'NOT_APPROVED', { run }))?.why).toContain(
      'ada, who started the run',
    );

    await approved(run, 'grace');
    await expectOpen('approval', { run });

    // A new commit is another run: nobody has approved that one.
    await commit({ 'more.txt': 'more\n' });
    const next = await expectShut('approval', 'NOT_APPROVED', { run: newRun() });
    expect(next?.why).toContain('nobody approved production in this run');
    git('checkout', '--quiet', first);

    const strict = ['prevent-self-review', 'branch-policy'].map((key) => ({ [key]: true }));
    for (const rule of [...strict, { 'admin-bypass': false }]) {
      await environments({ gates: { approval: rule } });
      await expectShut('approval', 'NOT_APPROVED', { run });
    }
    scene.repository.protect('production', {
      reviewers: ['ada', 'grace'],
      preventSelfReview: true,
      adminsMayBypass: false,
      branches: 'custom',
      branchPatterns: ['main'],
    });
    await environments({
      gates: { approval: { 'prevent-self-review': true, 'branch-policy': true, 'admin-bypass': false } },
    });
    await expectOpen('approval', { run });

    // The dry run saw reviewers; they are gone before the job begins.
    const ahead = await plan({ dryRun: true, run });
    expect(ahead.summary).toContain('nobody said yes yet; GitHub asks');
    scene.repository.protect('production', { reviewers: [] });
    expect((await expectShut('approval', 'NOT_APPROVED', { run }))?.why).toContain(
      'lets everyone into production',
    );
    await environments();
  });
});

test('newest: what went live since is not taken away by running an old commit again', async () => {
  await commit({ 'newer.txt': 'newer\n' });
  await live('production', git('rev-parse', 'HEAD'));
  git('checkout', '--quiet', first);
  await expectShut('newest', 'NOT_NEWEST');
  git('checkout', '--quiet', 'main');
  await expectOpen('newest');
});

describeInTurn('hotfix by bundle')('a hotfix', () => {
  const page = (fixed = 'broken') =>
    `${Array.from({ length: 9 }, (_, row) => `row ${row}`).join('\n')}\n${fixed}\n`;
  let base: string;
  beforeAll(async () => {
    git('checkout', '--quiet', 'main');
    git('add', '.github/airlock.yml');
    base = await commit({ 'cart.txt': page() });
    await live('production', base);
    await commit({ 'later.txt': 'not live yet\n' });
    git('update-ref', 'refs/remotes/origin/main', 'main');
  });

  const branch = async (from: string, files: Readonly<Record<string, string>>) => {
    git('checkout', '--quiet', '-B', 'hotfix/cart', from);
    return commit(files);
  };

  test('is held to its base, its size and the rules, and goes where it keeps them', async () => {
    await environments({}, { hotfix: { 'max-changed-lines': 5 } });
    const lane = 'hotfix' as const;
    await branch('main', { 'cart.txt': page('fixed') });
    await expectShut('hotfix-base', 'HOTFIX_WRONG_BASE', { lane });

    await branch(base, { 'cart.txt': 'all\nother\n' });
    await expectShut('hotfix-size', 'HOTFIX_TOO_LARGE', { lane });

    await branch(base, { 'airlock.yml.md': 'no rule\n' });
    await expectOpen('hotfix-rules', { lane });
    await commit({ '.github/dependabot.yml': 'version: 2\n' });
    await expectShut('hotfix-rules', 'HOTFIX_CHANGES_RULES', { lane });

    const fix = await branch(base, { 'cart.txt': page('fixed') });
    await expectOpen(['hotfix-base', 'hotfix-size', 'hotfix-rules'], { lane });

    // Live, it is owed to the default branch.
    await live('production', fix, { hotfix: { branch: 'hotfix/cart', base, skipped: [] } });
    git('checkout', '--quiet', 'main');
    await expectShut('back-merge', 'BACK_MERGE_MISSING');
    git('merge', '--quiet', '--no-edit', fix);
    await expectOpen('back-merge');
  });

  test('is told in its own notes and in those of the next release, and each is published once', async () => {
    const token = scene.mintToken({ contents: 'write', deployments: 'read' });
    const tell = (version: string) =>
      scene.run('release-notes', { environment: '', version, publish: 'true', token });
    const versionOf = (commit: string) => `1.0.0-0.dev+${commit.slice(0, 7)}`;
    const fix = git('rev-parse', 'hotfix/cart');
    const next = await commit({ 'next.txt': 'next\n' });
    await live('production', next);

    const ofFix = done(await tell(versionOf(fix)));
    expect(ofFix.summary).toContain('🚑 **HOTFIX** from <code>hotfix/cart</code>, on top of');
    const ofNext = done(await tell(versionOf(next)));
    expect(ofNext.summary).toContain(`- **${versionOf(fix)}**`);
    expect(ofNext.outputs.notes).toMatch(/^\/.*\/airlock-release-notes\/sample-.*\.md$/);
    expect(done(await tell(versionOf(next))).outputs.url).toBe(ofNext.outputs.url);
    // By itself it tells of what its own run made live, and that is nothing.
    expect(done(await tell('')).outputs).toMatchObject({ notes: '', version: '', url: '' });
    expect(await tell('7.7.7')).toMatchObject({ code: 1, outputs: { reason: 'RELEASE_UNKNOWN' } });
    const { releases = [], refs } = scene.github.snapshot().repositories[0] ?? {};
    expect(releases.map(({ tag, prerelease }) => [tag, prerelease])).toEqual([
      [`v${versionOf(fix)}`, true],
      [`v${versionOf(next)}`, true],
    ]);
    expect(refs?.[`refs/tags/v${versionOf(fix)}`]).toBe(fix);
  });
});
