import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contract } from '../../actions/plan/contract.ts';
import { plan } from '../../actions/plan/run.ts';
import type { PlanWorld } from '../../actions/plan/way.ts';
import {
  type Configuration,
  DEFAULT_GATES,
  type EnvironmentSettings,
} from '../../src/domain/configuration.ts';
import type { WorkflowEvent } from '../../src/domain/event.ts';
import { Failure } from '../../src/domain/failure.ts';
import type { Protection } from '../../src/domain/gates/approval.ts';
import type { Digest, Release } from '../../src/domain/release.ts';
import { standardRoutes } from '../../src/domain/routes/settings.ts';
import type { Approval } from '../../src/ports/gatekeeper.ts';
import { processRunner } from '../../src/runner/processes.ts';
import { MemoryApprovals, MemoryComments } from '../fakes/memory-approvals.ts';
import { MemoryHolds } from '../fakes/memory-holds.ts';
import { MemoryIssues } from '../fakes/memory-issues.ts';
import { MemoryLedger } from '../fakes/memory-ledger.ts';

const DIGEST: Digest = `sha256:${'a'.repeat(64)}`;
const never = new AbortController().signal;

let workspace: string;
const git = (...args: string[]) =>
  execFileSync(
    'git',
    [
      '-c',
      'user.name=ada',
      '-c',
      'user.email=ada@example.test',
      '-c',
      'commit.gpgsign=false',
      '-c',
      'tag.gpgsign=false',
      ...args,
    ],
    {
      cwd: workspace,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  ).trim();
const commit = (message: string) => {
  git('commit', '--allow-empty', '--quiet', '-m', message);
  return git('rev-parse', 'HEAD');
};

beforeEach(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'airlock-plan-'));
  git('init', '--quiet', '--initial-branch=main');
});
afterEach(() => rm(workspace, { recursive: true }));

const environment = (
  name: string,
  gates: Partial<EnvironmentSettings['gates']> = {},
): EnvironmentSettings => ({
  name,
  target: { provider: 'local', settings: {} },
  url: `https://${name}.example.test`,
  gates: { ...DEFAULT_GATES, freshMs: Number.POSITIVE_INFINITY, ...gates },
  smoke: { warmUpMs: 0, checks: [] },
  strategy: name === 'production' ? { kind: 'canary', steps: [10, 100], pauseMs: 0 } : { kind: 'blue-green' },
  rollback: { automatic: true, migrations: 'when-safe' },
});

const configuration: Configuration = {
  version: 1,
  app: 'shop',
  build: { output: 'dist', checks: [] },
  serve: undefined,
  database: undefined,
  environments: [
    environment('development'),
    environment('staging', { after: ['development'] }),
    environment('production', { after: ['staging'], approval: 'required' }),
  ],
  routes: { ...standardRoutes(['development', 'staging', 'production']), defaultBranch: 'production' },
  hotfix: {
    branches: ['hotfix/**'],
    skip: { gates: [], checks: [] },
    most: { lines: 400, files: 20 },
    approvalEnvironment: undefined,
  },
  preview: undefined,
};

const event = (changes: Partial<WorkflowEvent> = {}): WorkflowEvent => ({
  name: 'push',
  repository: { owner: 'sophie', name: 'shop' },
  ref: 'refs/heads/main',
  refType: 'branch',
  sha: git('rev-parse', 'HEAD'),
  actor: 'ada',
  triggeringActor: 'ada',
  run: { id: '10', attempt: 1, url: 'https://github.test/sophie/shop/actions/runs/10' },
  payload: { repository: { full_name: 'sophie/shop', default_branch: 'main' } },
  ...changes,
});

interface Gates {
  protection?: Protection | Failure;
  approvals?: readonly Approval[];
}

const world = (changes: Partial<PlanWorld> & { gates?: Gates } = {}): PlanWorld => {
  const { gates, ...rest } = changes;
  return {
    configuration,
    event: event(),
    clock: { now: () => new Date('2026-11-21T03:04:05.678Z'), sleep: async () => {} },
    processes: processRunner,
    workspace,
    configured: ['API_KEY', 'REGION'],
    ledger: new MemoryLedger(),
    holds: new MemoryHolds(),
    keepFile: async () => '',
    calendars: { read: async () => [], render: () => '' },
    approvals: new MemoryApprovals(),
    comments: new MemoryComments(),
    issues: new MemoryIssues(),
    gatekeeper: {
      authors: async () => [],
      async protection() {
        const answer = gates?.protection ?? {
          kind: 'known',
          reviewers: ['grace'],
          preventsSelfReview: false,
        };
        if (answer instanceof Failure) throw answer;
        return answer;
      },
      approvals: async () =>
        gates?.approvals ?? [{ environments: ['production'], verdict: 'approved', by: 'grace', comment: '' }],
    },
    ...rest,
  };
};

const inputs = (changes: Partial<Parameters<typeof plan>[0]> = {}): Parameters<typeof plan>[0] => ({
  config: '.github/airlock.yml',
  environment: '',
  digest: '',
  'dry-run': false,
  lane: 'normal',
  emergency: '',
  covers: ['development', 'staging', 'production'],
  until: '',
  commit: '',
  'app-variables': '',
  job: '77',
  'team-token': '',
  token: 'token',
  ...changes,
});

const run = (given = {}, changes: Parameters<typeof world>[0] = {}) =>
  plan(inputs(given), world(changes), never);

describe('the plan of a run', () => {
  it('names the environments in order, the version, the commit and the time', async () => {
    commit('one');
    git('tag', '-a', 'v1.2.3', '-m', 'x');
    commit('two');
    const head = commit('three');
    const outcome = await run();
    expect(outcome).toMatchObject({
      kind: 'done',
      headline: `1.2.4-0.dev.2+${head.slice(0, 7)} may go through development → staging → production`,
      outputs: {
        environments: '["development","staging","production"]',
        version: `1.2.4-0.dev.2+${head.slice(0, 7)}`,
        commit: head,
        'build-time': '2026-11-21T03:04:05Z',
        configured: 'API_KEY,REGION',
      },
    });
    expect(JSON.parse(outcome.outputs.plan ?? '')).toMatchObject({
      event: 'push',
      trust: 'enters',
      versionFrom: '2 commits after tag v1.2.3',
      environments: [
        { name: 'development' },
        { name: 'staging' },
        { name: 'production', approval: 'required', after: ['staging'] },
      ],
    });
  });

  it('outputs only what the contract declares', async () => {
    commit('one');
    const outcome = await run();
    expect(Object.keys(contract.outputs)).toEqual(expect.arrayContaining(Object.keys(outcome.outputs)));
  });

  it('goes as far as it is told', async () => {
    commit('one');
    expect((await run({ until: 'staging' })).outputs.environments).toBe('["development","staging"]');
    await expect(run({ until: 'stagign' })).rejects.toMatchObject({ code: 'ENVIRONMENT_UNKNOWN' });
  });

  describe('by what started it', () => {
    const THREE = ['development', 'staging', 'production'];
    const standard = { configuration: { ...configuration, routes: standardRoutes(THREE) } };
    const started = (ref: string, name = 'push') =>
      event({ name, ref, refType: ref.startsWith('refs/tags/') ? 'tag' : 'branch' });
    const tag = () => started('refs/tags/v1.2.3');
    const on = (branch: string) => git('update-ref', `refs/remotes/origin/${branch}`, 'HEAD');

    it('goes through all environments up to the one that is named for it, and says why', async () => {
      commit('one');
      on('main');
      const to = async (given: WorkflowEvent) =>
        JSON.parse((await run({}, { ...standard, event: given })).outputs.environments ?? '');
      expect(await to(started('refs/heads/main'))).toEqual(['development', 'staging']);
      expect(await to(started('refs/heads/develop'))).toEqual(['development']);
      expect(await to(started('refs/heads/x'))).toEqual([]);
      expect(await to(tag())).toEqual(THREE);
      expect(await to(started('refs/tags/v1.2.3-rc.1'))).toEqual(['development', 'staging']);
      expect(await to(started('refs/heads/x', 'workflow_dispatch'))).toEqual(THREE);
      const outcome = await run({}, { ...standard, event: started('refs/heads/x') });
      expect(outcome.headline).toContain(
        'enters no environment: x is none of the branches that `routes:` names',
      );
      expect(outcome.outputs.version).not.toBe('');
    });

    it('stops where it is told, and never goes farther', async () => {
      commit('one');
      const until = (wanted: string, name: string) =>
        run({ until: wanted }, { ...standard, event: started('refs/heads/main', name) });
      const byHand = await until('development', 'workflow_dispatch');
      expect(byHand.outputs.environments).toBe('["development"]');
      await expect(until('production', 'push')).rejects.toMatchObject({
        code: 'UNTIL_TOO_FAR',
        message: expect.stringContaining('main, the default branch, goes to staging'),
      });
    });

    it('keeps a job out of an environment beyond', async () => {
      commit('one');
      const into = (environment: string) =>
        run({ environment, digest: DIGEST }, { ...standard, event: started('refs/heads/main') });
      expect(await into('development')).toMatchObject({ kind: 'done' });
      expect(await into('production')).toMatchObject({
        kind: 'refused',
        reason: 'CHECKS_ONLY',
        headline: expect.stringContaining('goes to staging'),
      });
    });

    it('takes a tag nowhere that is on what nobody merged', async () => {
      commit('merged');
      on('main');
      git('switch', '--quiet', '-c', 'topic');
      commit('not merged');
      on('topic');
      expect(await run({}, { ...standard, event: tag() })).toMatchObject({
        kind: 'refused',
        reason: 'TAG_NOT_MERGED',
        headline: expect.stringMatching(/^v1\.2\.3 goes nowhere: [0-9a-f]{7} is not in main$/),
        outputs: { environments: '[]' },
      });
      const entry = run({ environment: 'production', digest: DIGEST }, { ...standard, event: tag() });
      expect(await entry).toMatchObject({ kind: 'refused', reason: 'TAG_NOT_MERGED' });
      on('main');
      expect(await run({}, { ...standard, event: tag() })).toMatchObject({ kind: 'done' });
    });

    it('takes no tag on a branch that says of itself how far it goes', async () => {
      commit('merged');
      on('main');
      commit('evil');
      on('evil/tag');
      git('update-ref', 'refs/remotes/origin/main', 'HEAD~1');
      const routes = { ...standardRoutes(THREE), branches: [{ pattern: 'evil/**', to: 'production' }] };
      expect(await run({}, { configuration: { ...configuration, routes }, event: tag() })).toMatchObject({
        reason: 'TAG_NOT_MERGED',
      });
    });

    it.each(['workflow_dispatch', 'repository_dispatch'])(
      'takes by %s into the last environment what is merged only',
      async (name) => {
        commit('merged');
        on('main');
        git('switch', '--quiet', '-c', 'topic');
        commit('not merged');
        on('topic');
        const byHand = (inputs: Parameters<typeof run>[0] = {}) =>
          run(inputs, { ...standard, event: started('refs/heads/topic', name) });
        expect(await byHand()).toMatchObject({
          kind: 'refused',
          reason: 'NOT_MERGED',
          headline: expect.stringMatching(
            /^topic does not go to production by hand: [0-9a-f]{7} is not in main$/,
          ),
          next: expect.stringContaining('`until: staging`'),
          outputs: { environments: '[]' },
        });
        expect(await byHand({ until: 'staging' })).toMatchObject({
          kind: 'done',
          outputs: { environments: '["development","staging"]' },
        });
        const into = (environment: string) => byHand({ environment, digest: DIGEST });
        expect(await into('production')).toMatchObject({ reason: 'NOT_MERGED' });
        expect(await into('development')).toMatchObject({ kind: 'done' });
        on('main');
        expect(await byHand()).toMatchObject({ kind: 'done' });
      },
    );

    describe('asked for a dry run', () => {
      const refusedAs = (outcome: Awaited<ReturnType<typeof run>>) =>
        JSON.parse(outcome.outputs.plan ?? '').refusal;
      const entered = (outcome: Awaited<ReturnType<typeof run>>) =>
        JSON.parse(outcome.outputs.plan ?? '').verdicts.map(
          (one: { environment: string; wouldEnter: boolean }) => `${one.environment} ${one.wouldEnter}`,
        );
      const ask = (given: WorkflowEvent, wanted: Parameters<typeof run>[0] = {}) =>
        run({ 'dry-run': true, ...wanted }, { ...standard, event: given });

      beforeEach(() => {
        commit('merged');
        on('main');
        git('switch', '--quiet', '-c', 'topic');
        commit('not merged');
        on('topic');
      });

      it('says by hand that what nobody merged would be refused, and refuses nothing', async () => {
        const byHand = started('refs/heads/topic', 'workflow_dispatch');
        const outcome = await ask(byHand);
        const why = /topic does not go to production by hand: [0-9a-f]{7} is not in main/;
        expect(outcome).toMatchObject({
          kind: 'done',
          headline: expect.stringMatching(
            /^Would be refused now: topic does not go to production by hand: [0-9a-f]{7} is not in main \[NOT_MERGED\]$/,
          ),
          outputs: { environments: '[]' },
        });
        expect(outcome.summary).toMatch(why);
        expect(outcome.summary).toContain('until: staging');
        expect(refusedAs(outcome)).toMatchObject({ reason: 'NOT_MERGED', why: expect.stringMatching(why) });
        // The run as a whole is refused: nothing before the last environment is entered either.
        expect(entered(outcome)).toEqual(['development false', 'staging false', 'production false']);
        expect(outcome.summary).toContain('### development');
        expect(refusedAs(await ask(byHand, { environment: 'production', digest: DIGEST }))).toMatchObject({
          reason: 'NOT_MERGED',
        });
      });

      it('says so of a tag, too', async () => {
        const outcome = await ask(tag());
        expect(outcome).toMatchObject({
          kind: 'done',
          headline: expect.stringContaining('[TAG_NOT_MERGED]'),
        });
        expect(refusedAs(outcome)).toMatchObject({ reason: 'TAG_NOT_MERGED' });
      });

      it('says nothing of it where it keeps nobody out', async () => {
        const byHand = started('refs/heads/topic', 'workflow_dispatch');
        const proposal = { ...started('refs/pull/7/merge', 'pull_request'), payload: { pull_request: {} } };
        const asked = [
          await ask(byHand, { environment: 'development' }),
          await ask(byHand, { until: 'staging' }),
          await ask(proposal),
        ];
        on('main');
        for (const outcome of [...asked, await ask(byHand), await ask(tag())]) {
          expect(outcome.headline).not.toContain('refused');
          expect(refusedAs(outcome)).toBeUndefined();
        }
        expect(entered(await ask(byHand))).toContain('development true');
      });

      it('takes what cannot be told for what would end the run', async () => {
        git('update-ref', '-d', 'refs/remotes/origin/main');
        const outcome = await ask(tag());
        expect(outcome).toMatchObject({
          kind: 'done',
          headline: expect.stringContaining('[DEFAULT_BRANCH_MISSING]'),
        });
        expect(entered(outcome)).toContain('development false');
      });
    });

    it('takes a tag by hand no farther than a branch', async () => {
      commit('merged');
      on('main');
      git('switch', '--quiet', '-c', 'topic');
      commit('not merged');
      const byHand = { ...tag(), name: 'workflow_dispatch' };
      expect(await run({}, { ...standard, event: byHand })).toMatchObject({ reason: 'NOT_MERGED' });
      const one = { ...configuration, environments: configuration.environments.slice(2) };
      const routes = standardRoutes(['production']);
      expect(
        await run({ covers: ['production'] }, { configuration: { ...one, routes }, event: byHand }),
      ).toMatchObject({
        reason: 'NOT_MERGED',
        next: 'Merge it first.',
      });
    });

    it('believes no tag where the default branch is not known, or not there', async () => {
      commit('one');
      await expect(run({}, { ...standard, event: tag() })).rejects.toMatchObject({
        code: 'DEFAULT_BRANCH_MISSING',
      });
      on('main');
      const silent = { ...tag(), payload: {} };
      expect(await run({}, { ...standard, event: silent })).toMatchObject({ reason: 'TAG_NOT_MERGED' });
    });

    it('is for the commit that was meant, or for none', async () => {
      const head = commit('one');
      expect(await run({ commit: head })).toMatchObject({ kind: 'done' });
      expect(await run({ commit: 'f'.repeat(40) })).toMatchObject({
        kind: 'refused',
        reason: 'COMMIT_MOVED',
        outputs: { environments: '[]' },
      });
      for (const cut of [head.slice(0, 7), 'HEAD', `${head} `])
        await expect(run({ commit: cut })).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    });
  });

  it('takes the version of the tag that was pushed, an annotated one among others', async () => {
    commit('one');
    git('tag', 'v2.0.0-rc.1');
    git('tag', '-a', 'v2.0.0', '-m', 'x');
    git('tag', 'not-a-version');
    git('update-ref', 'refs/remotes/origin/main', 'HEAD');
    expect((await run()).outputs.version).toBe('2.0.0');
    const pushed = event({ ref: 'refs/tags/v2.0.0-rc.1', refType: 'tag' });
    expect((await run({}, { event: pushed })).outputs.version).toBe('2.0.0-rc.1');
  });

  it('knows its commit by an annotated tag’s own SHA', async () => {
    const head = commit('one');
    git('tag', '-a', 'v1.0.0', '-m', 'x');
    const sha = git('rev-parse', 'v1.0.0');
    expect(sha).not.toBe(head);
    expect((await run({}, { event: event({ sha }) })).outputs.commit).toBe(head);
  });

  it('does not count tags of other branches', async () => {
    commit('one');
    git('switch', '--quiet', '-c', 'other');
    commit('two');
    git('tag', 'v9.0.0');
    git('switch', '--quiet', 'main');
    expect((await run()).outputs.version).toMatch(/^0\.1\.0-0\.dev\.1\+/);
  });

  describe('with a place for previews', () => {
    const shown = { ...configuration, preview: environment('preview') };
    const pull = (owner: string, action = 'opened', more: Partial<WorkflowEvent> = {}) =>
      event({
        name: 'pull_request',
        payload: {
          action,
          pull_request: {
            number: 7,
            head: { sha: 'd'.repeat(40), ref: 'x', repo: { full_name: `${owner}/shop` } },
          },
        },
        ...more,
      });

    it.each<[string, () => WorkflowEvent, string, string]>([
      ['a pull request of this repository', () => pull('sophie'), 'true', 'yes: a pull request of this'],
      [
        'a fork’s',
        () => pull('mallory'),
        'false',
        'no: GitHub gives a fork’s run no secrets: built and checked only',
      ],
      [
        'Dependabot’s',
        () => pull('sophie', 'opened', { actor: 'dependabot[bot]' }),
        'false',
        'no: GitHub gives Dep',
      ],
      ['a push', () => event(), 'false', 'no: only a pull request has a preview'],
    ])('says of %s whether it is shown, and why', async (_what, of, expected, words) => {
      commit('one');
      const outcome = await run({}, { configuration: shown, event: of() });
      expect(outcome).toMatchObject({ kind: 'done', outputs: { preview: expected, 'clean-up': 'false' } });
      expect(outcome.outputs.version).not.toBe('');
      expect(outcome.summary).toContain(`| Preview | ${words}`);
    });

    it.each([
      ['sophie', 'true'],
      ['mallory', 'false'],
    ])(
      'plans the clean-up alone for a closed one of %s, whatever is checked out',
      async (owner, expected) => {
        commit('one');
        const closed = pull(owner, 'closed', { sha: 'e'.repeat(40) });
        const outcome = await run({}, { configuration: shown, event: closed });
        expect(outcome).toMatchObject({
          kind: 'done',
          outputs: { environments: '[]', preview: 'false', 'clean-up': expected },
        });
        expect(outcome.outputs.version ?? '').toBe('');
      },
    );

    it('refuses pull_request_target as before, open or closed', async () => {
      commit('one');
      for (const action of ['opened', 'closed']) {
        const outcome = await run(
          {},
          {
            configuration: shown,
            event: pull('sophie', action, { name: 'pull_request_target' }),
          },
        );
        expect(outcome).toMatchObject({
          kind: 'refused',
          reason: 'PULL_REQUEST_TARGET',
          outputs: { preview: 'false', 'clean-up': 'false' },
        });
      }
    });

    it('opens the gate of the preview to it, and no other', async () => {
      const head = commit('one');
      const ledger = new MemoryLedger();
      const into = (environment: string, owner = 'sophie') =>
        run(
          { environment, digest: DIGEST },
          { configuration: shown, event: pull(owner, 'opened', { sha: head }), ledger },
        );
      expect(await into('preview')).toMatchObject({ kind: 'done', outputs: { environments: '["preview"]' } });
      expect(await into('production')).toMatchObject({ kind: 'refused', reason: 'CHECKS_ONLY' });
      expect(await into('preview', 'mallory')).toMatchObject({ kind: 'refused', reason: 'FORK_RUN' });
    });

    it('takes the preview for no part of the way', async () => {
      commit('one');
      const outcome = await run({}, { configuration: shown });
      expect(outcome.outputs.environments).toBe('["development","staging","production"]');
    });
  });

  it('shows no pull request where there is no place for it', async () => {
    commit('one');
    const pull = event({
      name: 'pull_request',
      payload: {
        pull_request: { number: 7, head: { sha: 'd'.repeat(40), repo: { full_name: 'sophie/shop' } } },
      },
    });
    const outcome = await run({}, { event: pull });
    expect(outcome.outputs.preview).toBe('false');
    expect(outcome.summary).toContain('no: airlock.yml has no `preview:`'.replaceAll('`', '\\`'));
  });

  it('builds and checks a pull request and enters nothing', async () => {
    commit('one');
    const payload = { pull_request: { head: { repo: { full_name: 'mallory/shop' } } } };
    const outcome = await run(
      {},
      { event: event({ name: 'pull_request', ref: 'refs/pull/7/merge', payload }) },
    );
    expect(outcome).toMatchObject({ kind: 'done', outputs: { environments: '[]' } });
    expect(outcome.headline).toContain('the pull request comes from a fork');
  });

  it.each([
    ['pull_request_target', 'PULL_REQUEST_TARGET'],
    ['workflow_run', 'FORK_RUN'],
    ['issue_comment', 'EVENT_UNTRUSTED'],
  ])('refuses %s before it looks at the checkout', async (name, reason) => {
    commit('one');
    const refused = plan(
      inputs(),
      world({ event: { ...event({ sha: 'f'.repeat(40) }), name }, workspace: '/does/not/exist' }),
      never,
    );
    await expect(refused).resolves.toMatchObject({
      kind: 'refused',
      reason,
      outputs: { environments: '[]' },
    });
  });

  it('refuses a configuration that the workflow has no jobs for, or in another order', async () => {
    commit('one');
    await expect(run({ covers: ['development', 'staging'] })).rejects.toMatchObject({
      code: 'ENVIRONMENT_NOT_COVERED',
      message: 'airlock.yml has production, but the workflow has jobs for development, staging only.',
    });
    await expect(run({ covers: ['staging', 'development', 'production'] })).rejects.toMatchObject({
      code: 'ENVIRONMENT_ORDER',
    });
  });

  it('asks for the whole history where it has a part', async () => {
    commit('one');
    commit('two');
    const whole = workspace;
    workspace = await mkdtemp(join(tmpdir(), 'airlock-plan-'));
    execFileSync('git', ['clone', '--quiet', '--depth=1', `file://${whole}`, workspace]);
    await rm(whole, { recursive: true });
    await expect(run()).rejects.toMatchObject({
      code: 'HISTORY_SHALLOW',
      next: expect.stringContaining('fetch-depth: 0'),
    });
  });

  it('asks for a checkout where there is none, or none of this run’s commit', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'airlock-plan-'));
    try {
      const head = commit('one');
      const env = { ...event(), sha: head };
      await expect(run({}, { workspace: elsewhere, event: env })).rejects.toMatchObject({
        code: 'NOT_A_REPOSITORY',
      });
      await expect(run({}, { event: { ...env, sha: 'f'.repeat(40) } })).rejects.toMatchObject({
        code: 'COMMIT_MISMATCH',
      });
    } finally {
      await rm(elsewhere, { recursive: true });
    }
  });

  it('shows hostile names as text: in the table, the picture and nowhere as a command', async () => {
    commit('one');
    git('update-ref', 'refs/remotes/origin/main', 'HEAD');
    const hostile = 'x`$(id)`|</td><img src=x>\n::error::| @team [l](http://evil.test) ```';
    const outcome = await run(
      {},
      {
        event: event({
          name: 'workflow_dispatch',
          ref: `refs/heads/${hostile}`,
          actor: hostile,
          triggeringActor: hostile,
        }),
      },
    );
    expect(outcome.summary).not.toMatch(/<img|<\/td>|^::|(?<!\\|&#\d+;)\]\(/m);
    const header = (await run()).summary.split('\n').length;
    expect(outcome.summary.split('\n')).toHaveLength(header);
  });

  it('draws the way with the gates of each environment', async () => {
    commit('one');
    const { summary } = await run({ until: 'staging' });
    const picture = summary.slice(summary.indexOf('```mermaid'), summary.lastIndexOf('```'));
    expect(picture).toContain('e0 -->|proven| e1');
    expect(picture).toContain('e1 -->|proven + approved| e2');
    expect(picture).toContain('class e2 outside');
    expect(summary).toContain('| **production** | stays out | staging | required | in steps: 10 → 100 % |');
  });

  it('survives tags with every sign that git allows', async () => {
    commit('one');
    for (const tag of [
      'v1.0.0;id',
      'v1.0.0$(id)',
      "v1'",
      'v"1',
      '-v',
      '--help',
      'v1.0.0|x',
      'é',
      'a/v5.0.0',
    ]) {
      execFileSync('git', ['update-ref', `refs/tags/${tag}`, 'HEAD'], { cwd: workspace });
    }
    await writeFile(join(workspace, 'HEAD'), 'a file with the name of a revision');
    expect((await run()).outputs.version).toMatch(/^0\.1\.0-0\.dev\.1\+/);
  });
});

describe('the gates of an environment', () => {
  const release = (commit: string, digest: Digest = DIGEST): Release => ({
    app: 'shop',
    version: `1.0.0+${commit.slice(0, 7)}`,
    commit,
    builtAt: '2026-01-01T00:00:00Z',
    digest,
  });

  async function promoted(ledger: MemoryLedger, environment: string, of: Release, runId = '10') {
    const entry = await ledger.open({
      task: 'promote',
      environment,
      payload: {
        schema: 1,
        release: of,
        target: { provider: 'local' },
        migrations: [],
        verdicts: {},
        run: { id: runId, attempt: 1, url: '' },
        actor: 'ada',
        approvers: [],
      },
    });
    await ledger.advance(entry.id, 'succeeded');
  }

  const enter = { environment: 'production', digest: DIGEST };

  it('counts who asked for it by comment among those who cannot be the only one to approve', async () => {
    const head = commit('one');
    git('update-ref', 'refs/remotes/origin/main', 'HEAD');
    const ledger = new MemoryLedger();
    await promoted(ledger, 'staging', release(head));
    const holds = new MemoryHolds();
    const byBot = event({ name: 'workflow_dispatch', actor: 'github-actions[bot]' });
    const comments = new MemoryComments();
    const entry = () => run(enter, { event: byBot, ledger, holds, comments });
    expect(await entry()).toMatchObject({
      reason: 'NOT_APPROVED',
      headline: expect.stringContaining('nobody can tell for whom this run was started'),
    });
    const payload = { schema: 1, app: 'shop', reason: '/deploy', lifts: [], run: byBot.run } as const;
    comments.account('grace');
    const { id } = comments.say({
      thread: 7,
      by: 'grace',
      at: new Date('2025-12-31T23:59:00Z'),
      body: '/deploy production',
    });
    const asked = { ...payload, control: 'deploy', commit: head, actor: 'grace', comment: id } as const;
    await holds.record({ environment: 'production', payload: asked });
    expect(await entry()).toMatchObject({
      reason: 'NOT_APPROVED',
      headline: expect.stringContaining('grace, who asked for the run by comment'),
    });
  });

  it('are open for a proven, approved and newest release', async () => {
    const old = commit('one');
    const head = commit('two');
    const ledger = new MemoryLedger();
    await promoted(ledger, 'staging', release(head));
    await promoted(ledger, 'production', release(old, `sha256:${'b'.repeat(64)}`), '9');
    const outcome = await run(enter, { ledger });
    expect(outcome).toMatchObject({
      kind: 'done',
      outputs: { environments: '["production"]', commit: head },
    });
    const { gates } = JSON.parse(outcome.outputs.plan ?? '');
    expect(gates.map(({ gate, state }: { gate: string; state: string }) => `${gate} ${state}`)).toEqual([
      'hold open',
      'order open',
      'soak open',
      'calendar open',
      'newest open',
      'back-merge open',
      'approval open',
    ]);
  });

  it('hold a release that staging does not know, and still say what the others are', async () => {
    commit('one');
    const outcome = await run(enter);
    expect(outcome).toMatchObject({
      kind: 'refused',
      reason: 'NOT_PROVEN',
      next: 'Release this build into staging first.',
      outputs: { environments: '[]' },
    });
    expect(outcome.summary).toContain('🔴 shut');
    expect(outcome.summary.match(/🟢 open/g)).toHaveLength(6);
  });

  it('take no word of another app of the same repository, neither for nor against', async () => {
    const old = commit('one');
    const newer = commit('two');
    git('checkout', '--quiet', old);
    const ledger = new MemoryLedger();
    const ofAnother = (commit: string, digest?: Digest) => ({ ...release(commit, digest), app: 'harbor' });
    await promoted(ledger, 'staging', ofAnother(old));
    await promoted(ledger, 'production', ofAnother(newer, `sha256:${'b'.repeat(64)}`), '11');
    expect(await run(enter, { ledger })).toMatchObject({ reason: 'NOT_PROVEN' });
    await promoted(ledger, 'staging', release(old));
    expect(await run(enter, { ledger })).toMatchObject({ kind: 'done' });
    git('branch', '--quiet', '--force', 'main', newer);
  });

  it('hold an old run that was started again after a newer release went live', async () => {
    const old = commit('one');
    const newer = commit('two');
    git('checkout', '--quiet', old);
    const ledger = new MemoryLedger();
    await promoted(ledger, 'staging', release(old));
    await promoted(ledger, 'production', release(newer, `sha256:${'b'.repeat(64)}`), '11');
    git('branch', '--quiet', '--force', 'main', newer);
    expect(await run(enter, { ledger })).toMatchObject({ kind: 'refused', reason: 'NOT_NEWEST' });
  });

  it('let a later run of another line through, and hold an earlier one', async () => {
    const base = commit('base');
    const hotfix = commit('hotfix');
    git('switch', '--quiet', '-c', 'next', base);
    const head = commit('next');
    const ledger = new MemoryLedger();
    await promoted(ledger, 'staging', release(head));
    await promoted(ledger, 'production', release(hotfix, `sha256:${'b'.repeat(64)}`), '10');
    const at = (id: string) => run(enter, { ledger, event: event({ run: { id, attempt: 1, url: '' } }) });
    expect(await at('11')).toMatchObject({ kind: 'done' });
    expect(await at('9')).toMatchObject({ kind: 'refused', reason: 'NOT_NEWEST' });
  });

  it.each<[string, Gates, string]>([
    [
      'GitHub asks nobody',
      { protection: { kind: 'known', reviewers: [], preventsSelfReview: false } },
      'NOT_APPROVED',
    ],
    [
      'nobody said yes',
      { approvals: [{ environments: ['production'], verdict: 'rejected', by: 'grace', comment: '' }] },
      'NOT_APPROVED',
    ],
    [
      'somebody said yes elsewhere',
      { approvals: [{ environments: ['staging'], verdict: 'approved', by: 'grace', comment: '' }] },
      'NOT_APPROVED',
    ],
    [
      'GitHub does not say',
      { protection: { kind: 'unknown', why: 'no rules in the answer' } },
      'GATE_UNREADABLE',
    ],
    [
      'GitHub does not answer',
      { protection: new Failure('GITHUB_FORBIDDEN', 'No.', 'Give the job `actions: read`.') },
      'GATE_UNREADABLE',
    ],
  ])('hold a release when %s', async (_what, gates, reason) => {
    const head = commit('one');
    const ledger = new MemoryLedger();
    await promoted(ledger, 'staging', release(head));
    expect(await run(enter, { ledger, gates })).toMatchObject({
      kind: 'refused',
      reason,
      outputs: { environments: '[]' },
    });
  });

  it('ask GitHub nothing where airlock.yml requires no approval', async () => {
    commit('one');
    const gates = { protection: new Failure('GITHUB_FORBIDDEN', 'No.', 'No.') };
    expect(await run({ environment: 'development', digest: DIGEST }, { gates })).toMatchObject({
      kind: 'done',
    });
  });

  it('hold a pull request before any of them is read', async () => {
    commit('one');
    const pull = (owner: string) =>
      event({
        name: 'pull_request',
        payload: { pull_request: { head: { repo: { full_name: `${owner}/shop` } } } },
      });
    const into = { environment: 'development', digest: DIGEST };
    expect(await run(into, { event: pull('sophie') })).toMatchObject({
      kind: 'refused',
      reason: 'CHECKS_ONLY',
    });
    expect(await run(into, { event: pull('mallory') })).toMatchObject({
      kind: 'refused',
      reason: 'FORK_RUN',
    });
  });

  it.each([
    [{ environment: 'prod', digest: DIGEST }, 'ENVIRONMENT_UNKNOWN'],
    [{ environment: 'production', digest: '' }, 'DIGEST_INVALID'],
    [{ environment: 'production', digest: DIGEST, token: '' }, 'TOKEN_MISSING'],
  ])('need what they are judged by: %o', async (given, code) => {
    commit('one');
    await expect(run(given)).rejects.toMatchObject({ code });
  });

  it('are not judged any more once the run is cancelled', async () => {
    commit('one');
    const cancelled = AbortSignal.abort(new Failure('CANCELLED', 'Cancelled.', 'Run it again.'));
    await expect(plan(inputs(enter), world(), cancelled)).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
