import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Digest } from '../../src/domain/release.ts';
import { connectGitHub } from '../../src/github/api.ts';
import { createHoldLedger } from '../../src/github/holds.ts';
import { systemClock } from '../../src/runner/clock.ts';
import { openScene, type Scene, STAGE } from './scene.ts';

/** Ways to approve one's own release, tried on the plan's own bundle and the stand-in for GitHub. */

const NEVER = new AbortController().signal;
const BOT = 'github-actions[bot]';
const digest = (letter: string): Digest => `sha256:${letter.repeat(64)}`;

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
  const target = { local: { port: scene.port } };
  await scene.configure({
    environments: { staging: { target }, production: { target, gates: { approval: 'required' } } },
    routes: { 'default-branch': 'production' },
  });
  scene.repository.protect('production', { reviewers: ['mallory', 'grace', 'eve', 'carol'] });
  scene.repository.configure({ collaborators: { carol: 'write', mallory: 'write', grace: 'write' } });
  await live('production', scene.commit, digest('0'));
});
afterAll(() => scene.close());

const git = (...args: readonly string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
    cwd: scene.workspace,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
  }).trim();

/** A commit on main by somebody whom GitHub knows. */
async function commitBy(login: string, more = ''): Promise<string> {
  await writeFile(join(scene.workspace, 'more.txt'), `${Math.random()}\n`);
  git('add', 'more.txt');
  const author = `${login} <7+${login}@users.noreply.github.com>`;
  git('commit', '--quiet', `--author=${author}`, `--message=More${more}`);
  git('update-ref', 'refs/remotes/origin/main', 'HEAD');
  return git('rev-parse', 'HEAD');
}

async function live(environment: string, commit: string, of: Digest, run = '1') {
  const { id } = await scene.ledger.open({
    task: 'promote',
    environment,
    payload: {
      schema: 1,
      release: { app: 'sample', version: '1.0.0', commit, builtAt: '2026-01-01T00:00:00Z', digest: of },
      target: { provider: 'local', deploymentId: commit },
      migrations: [],
      verdicts: { 'smoke-test': 'pass' },
      run: { id: run, attempt: 1, url: 'https://github.test/runs/1' },
      actor: 'ada',
      approvers: [],
    },
  });
  await scene.ledger.advance(id, 'succeeded', { text: 'live' });
}

/** A run that these people let into production, one after the other. */
async function approvedBy(...people: readonly string[]): Promise<number> {
  const { id } = scene.github.openRun({
    repository: 'octo/app',
    workflowPath: '.github/workflows/release.yml',
    workflowName: 'Release',
    event: 'push',
    ref: 'refs/heads/main',
    sha: git('rev-parse', 'HEAD'),
    actor: 'ada',
  });
  for (const by of people) {
    const waiting = scene.github.awaitApproval({ runId: id, job: 'one', environment: 'production' }, NEVER);
    scene.github.review({ runId: id, environment: 'production', verdict: 'approved', by });
    await waiting;
  }
  return id;
}

interface Start {
  readonly event?: string;
  readonly actor?: string;
  readonly attempt?: number;
}

/** Why production stays shut for the run; undefined where it is open. */
async function shutFor(run: number, { event = 'push', actor = 'ada', attempt = 1 }: Start = {}) {
  const ended = await scene.run(
    'plan',
    { environment: 'production', digest: digest('d'), token: scene.mintToken(STAGE) },
    {
      event: {
        name: event,
        payload: { ref: 'refs/heads/main', repository: { full_name: 'octo/app', default_branch: 'main' } },
      },
      env: {
        GITHUB_REF: 'refs/heads/main',
        GITHUB_SHA: git('rev-parse', 'HEAD'),
        GITHUB_RUN_ID: String(run),
        GITHUB_RUN_ATTEMPT: String(attempt),
        GITHUB_ACTOR: actor,
        GITHUB_TRIGGERING_ACTOR: actor,
      },
    },
  );
  if (ended.code === 0) {
    expect(ended.outputs.environments).toBe('["production"]');
    return undefined;
  }
  expect(ended.outputs, ended.log).toMatchObject({ environments: '[]', reason: 'NOT_APPROVED' });
  return ended.log;
}

test('whoever wrote a commit that is not live yet does not approve it, be it not the newest', async () => {
  await commitBy('mallory');
  const pair = '\n\nCo-authored-by: Eve <8+eve@users.noreply.github.com>';
  await live('staging', await commitBy('linus', pair), digest('d'));
  expect(await shutFor(await approvedBy('mallory'))).toContain('mallory, who wrote a part of it');
  expect(await shutFor(await approvedBy('eve'))).toContain('eve, who wrote a part of it');
  const run = await approvedBy('mallory', 'grace');
  const calls: string[] = [];
  scene.github.faults.next({
    answer: 500,
    match: (request) => {
      calls.push(`${request.method} ${new URL(request.url).pathname}`);
      return false;
    },
  });
  expect(await shutFor(run)).toBeUndefined();
  // All gates in one go: what is locked and held, the ledger and the commits at once, and what GitHub was told.
  expect(calls.toSorted()).toEqual([
    `GET /repos/octo/app/actions/runs/${run}/approvals`,
    'GET /repos/octo/app/deployments',
    'GET /repos/octo/app/deployments',
    'GET /repos/octo/app/environments/production',
    'POST /graphql',
  ]);
});

test('nobody approves what an app started, but where a comment proves for whom', async () => {
  const run = await approvedBy('grace');
  const byApp = { event: 'workflow_dispatch', actor: BOT };
  expect(await shutFor(run, byApp)).toContain('nobody can tell for whom this run was started');

  const holds = createHoldLedger(
    connectGitHub({
      token: scene.mintToken({ deployments: 'write' }),
      api: { rest: scene.github.apiUrl, graphql: scene.github.graphqlUrl },
      repository: { owner: 'octo', name: 'app' },
      clock: systemClock,
    }),
  );
  const commit = git('rev-parse', 'HEAD');
  const record = (actor: string, comment: number) =>
    holds.record({
      environment: 'production',
      payload: {
        schema: 1,
        control: 'deploy',
        app: 'sample',
        commit,
        reason: '/deploy production',
        lifts: [],
        run: { id: '1', attempt: 1, url: 'https://github.test/runs/1' },
        actor,
        comment,
      },
    });
  const pull = scene.repository.openPullRequest({ title: 'More', head: commit, author: 'mallory' });
  await record('carol', 4_000_000_001);
  await record('carol', scene.repository.say(pull, { by: 'mallory', body: '/deploy production' }));
  await record('carol', scene.repository.say(pull, { by: 'carol', body: 'Shall we /deploy production?' }));
  expect(await shutFor(run, byApp)).toContain('nobody can tell for whom this run was started');

  await record('carol', scene.repository.say(pull, { by: 'carol', body: '/deploy production' }));
  expect(await shutFor(run, byApp)).toBeUndefined();
  expect(await shutFor(await approvedBy('carol'), byApp)).toContain(
    'carol, who asked for the run by comment',
  );
});

test('an approval may have been for the files that an earlier attempt had', async () => {
  const run = await approvedBy('grace');
  expect(await shutFor(run, { attempt: 2 })).toBeUndefined();
  await live('staging', git('rev-parse', 'HEAD'), digest('e'), String(run));
  await live('staging', git('rev-parse', 'HEAD'), digest('d'), String(run));
  expect(await shutFor(run, { attempt: 2 })).toContain('other files in an earlier attempt');
  expect(await shutFor(await approvedBy('grace'))).toBeUndefined();
});
