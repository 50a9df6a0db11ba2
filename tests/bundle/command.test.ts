import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type FakeGitHub, startFakeGitHub } from '../../rehearsal/github/fake-github.ts';
import type { RepositoryHandle } from '../../rehearsal/github/repository-handle.ts';
import { sampled } from '../sample.ts';
import { startBundle } from './run-bundle.ts';
import { done } from './scene.ts';

const ALL = {
  actions: 'write',
  contents: 'read',
  deployments: 'write',
  issues: 'write',
  'pull-requests': 'write',
} as const;
const HOSTILE = '"; touch never; $(id) `id` ::set-output name=entry::1 ##[error] <img src=x> **bold** @team';
/** Long before any comment of this file. */
const pushedAt = new Date(Date.now() - 3_600_000);

let github: FakeGitHub;
let repository: RepositoryHandle;
let workspace: string;
let maintainer: string;
let token: string;
let runId: number;
let sha: string;
let branches = 0;
/** How far what GitHub writes down lies back. */
let behindMs = 0;

const configure = (routes: string) =>
  writeFile(
    join(workspace, '.github/airlock.yml'),
    `version: 1\napp: sample\nbuild: { output: dist }\nroutes: ${routes}\nenvironments: { production: { target: { local: { port: 4101 } } } }\n`,
  );

beforeAll(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'airlock-command-'));
  await mkdir(join(workspace, '.github'));
  await configure('{ comment: [production] }');
  github = await startFakeGitHub({ now: () => new Date(Date.now() - behindMs) });
  repository = github.addRepository({ owner: 'octo', name: 'app' });
  repository.configure({ collaborators: { grace: 'write', rita: 'read' } });
  sha = repository.commit('First');
  runId = openRun().id;
  token = github.mintToken({ runId, job: 'command', permissions: ALL });
  maintainer = github.mintUserToken('octo');
});
const openRun = (again: { readonly rerunOf?: number } = {}) =>
  github.openRun({
    repository: 'octo/app',
    workflowPath: '.github/workflows/command.yml',
    workflowName: 'Command',
    event: 'issue_comment',
    ref: 'refs/heads/main',
    sha,
    actor: 'grace',
    ...again,
  });

beforeEach(() => {
  behindMs = 0;
  github.takeDispatches();
});
afterAll(async () => {
  await github.close();
  await rm(workspace, { recursive: true });
  expect(github.problems).toEqual([]);
});

/** A pull request of its own, as its branch was pushed. */
const pull = (more: object = {}) => {
  branches += 1;
  const branch = `feature/${branches}`;
  const head = repository.commit('A change', branch);
  const from = { title: 'A change', author: 'ada', head, branch, pushedAt, ...more };
  return { head, branch, number: repository.openPullRequest(from) };
};

const answersIn = (thread: number) =>
  (github.snapshot().repositories[0]?.issues.find(({ number }) => number === thread)?.comments ?? [])
    .filter(({ author }) => author === 'github-actions[bot]')
    .map(({ body }) => body);

const records = () =>
  (github.snapshot().repositories[0]?.deployments ?? []).filter(({ task }) => task === 'control').length;

interface Words {
  readonly by?: string;
  readonly app?: string;
  /** What the event says otherwise than GitHub. */
  readonly forged?: object;
}

/** Somebody comments; the bundle hears of it when what it gives is called. */
function say(thread: number, body: string, { by = 'grace', app, forged = {} }: Words = {}) {
  const id = repository.say(thread, { by, body, ...(app === undefined ? {} : { app }) });
  return () => hear(thread, id, forged);
}

/** The event is what GitHub makes of the comment, but for what is forged. */
async function hear(thread: number, id: number, forged: object) {
  return (await start(thread, id, { forged })).ended;
}

async function start(thread: number, id: number, { forged = {}, attempt = 1 } = {}) {
  const answer = await fetch(`${github.apiUrl}/repos/octo/app/issues/comments/${id}`, {
    headers: { authorization: `Bearer ${maintainer}` },
  });
  const comment = (await answer.json()) as object;
  const payload = {
    action: 'created',
    comment: { ...comment, ...forged },
    issue: { number: thread },
    repository: { default_branch: 'main' },
  };
  return startBundle('command', {
    workspace,
    inputs: { token },
    event: { name: 'issue_comment', payload },
    env: {
      GITHUB_API_URL: github.apiUrl,
      GITHUB_GRAPHQL_URL: github.graphqlUrl,
      GITHUB_SHA: sha,
      GITHUB_RUN_ID: String(runId),
      GITHUB_RUN_ATTEMPT: String(attempt),
    },
  });
}

it('locks and says so once, in words that command nothing', async () => {
  const { number } = pull();
  const comment = say(number, `/lock production for 2h ${HOSTILE}`);
  const run = done(await comment());
  expect(run.outputs).toMatchObject({ command: 'lock', entry: expect.stringMatching(/./) });
  expect(answersIn(number)).toHaveLength(1);
  expect(answersIn(number)[0]).toContain('production is locked');
  expect(answersIn(number)[0]).not.toMatch(/<img|@team|\*\*bold/);
  const written = records();
  done(await comment());
  done(await say(number, '/unlock production over')());
  done(await comment());
  expect(records()).toBe(written + 1);
  expect(answersIn(number)).toHaveLength(2);
  expect(done(await say(number, '/status production')()).summary).toContain('Nothing keeps a release out');
});

it('does nothing for whoever may not, and says nothing to them', async () => {
  const { number } = pull();
  const before = records();
  const attacks: [() => Promise<{ outputs: Readonly<Record<string, string>> }>, string][] = [
    [say(number, '/lock production mine', { by: 'mallory' }), 'COMMENT_NOT_PERMITTED'],
    [say(number, '/deploy production', { by: 'rita' }), 'COMMENT_NOT_PERMITTED'],
    [say(number, '/deploy production', { by: 'renovate[bot]' }), 'COMMENT_NOT_BY_PERSON'],
    [say(number, '/deploy production', { app: 'some-app' }), 'COMMENT_NOT_BY_PERSON'],
    [say(number, 'Nice', { forged: { body: '/deploy production' } }), 'COMMENT_CHANGED'],
    [say(number, '/deploy production', { forged: { id: 4 } }), 'COMMENT_GONE'],
  ];
  for (const [comment, reason] of attacks)
    expect(await comment()).toMatchObject({ code: 1, outputs: { result: 'refused', reason } });
  done(await say(number, '> /deploy production')());
  expect([records(), answersIn(number), github.takeDispatches()]).toEqual([before, [], []]);
});

it('deploys the commit that was seen, by one run of the caller’s workflow', async () => {
  const { number, head, branch } = pull();
  const comment = say(number, '/deploy production');
  const run = done(await comment());
  expect(run.outputs.started).toMatch(/\/actions\/runs\/\d+$/);
  done(await comment());
  expect(github.takeDispatches()).toEqual([
    {
      repository: 'octo/app',
      workflowPath: '.github/workflows/deploy.yml',
      ref: `refs/heads/${branch}`,
      inputs: { until: 'production', commit: head },
      by: 'github-actions[bot]',
    },
  ]);
  expect(answersIn(number)).toHaveLength(1);
});

const KILLED = [
  ['before GitHub started it, starts it when the run is run again', 'before'],
  ['behind that, starts nothing twice when the run is run again', 'after'],
] as const;

it.each(sampled(KILLED, 1))('killed %s', async (_what, when) => {
  // GitHub has had the time to list what was started.
  behindMs = 120_000;
  const { number } = pull();
  const id = repository.say(number, { by: 'grace', body: '/deploy production' });
  const hit = github.faults.hit;
  github.faults.next({ match: 'actions/create-workflow-dispatch', answer: 'timeout', when });
  const running = await start(number, id);
  await expect.poll(() => github.faults.hit, { timeout: 10_000 }).toBe(hit + 1);
  await running.kill();
  expect(answersIn(number)).toEqual([]);
  const written = records();

  openRun({ rerunOf: runId });
  const again = done(await (await start(number, id, { attempt: 2 })).ended);
  expect(again.outputs.started).toMatch(/\/actions\/runs\/\d+$/);
  expect(answersIn(number).join()).toContain(when === 'before' ? 'on its way' : 'nothing is started twice');
  done(await (await start(number, id, { attempt: 3 })).ended);
  expect([records(), answersIn(number)]).toMatchObject([written, { length: 1 }]);
  expect(github.takeDispatches()).toHaveLength(1);
});

it('deploys no fork, no moved head, no other environment, and says so', async () => {
  const fork = pull({ fork: 'mallory/app' });
  const moved = pull();
  const late = say(moved.number, '/deploy production');
  repository.changePullRequest(moved.number, { head: repository.commit('More', moved.branch) });
  const unknown = pull();
  // Pushed since, and the pull request does not know it yet.
  pull({ branch: unknown.branch });
  const elsewhere = pull();
  const refusals: [number, () => Promise<{ outputs: Readonly<Record<string, string>> }>, string][] = [
    [fork.number, say(fork.number, '/deploy production'), 'DEPLOY_FROM_FORK'],
    [moved.number, late, 'HEAD_MOVED'],
    [unknown.number, say(unknown.number, '/deploy production'), 'HEAD_UNKNOWN'],
    [elsewhere.number, say(elsewhere.number, '/deploy staging'), 'ENVIRONMENT_UNKNOWN'],
  ];
  for (const [number, comment, reason] of refusals) {
    expect(await comment()).toMatchObject({ code: 1, outputs: { result: 'refused', reason } });
    expect(answersIn(number)).toHaveLength(1);
  }
  await configure('{}');
  const off = pull();
  expect(await say(off.number, '/deploy production')()).toMatchObject({
    outputs: { reason: 'DEPLOY_NOT_LISTED' },
  });
  expect(answersIn(off.number)[0]).toContain('switched off');
  expect(github.takeDispatches()).toEqual([]);
});
