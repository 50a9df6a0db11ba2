import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Issue } from '../../rehearsal/github/state.ts';
import type { GateResult } from '../../src/domain/gates/gate.ts';
import type { Digest } from '../../src/domain/release.ts';
import { connectGitHub } from '../../src/github/api.ts';
import { createApprovals } from '../../src/github/approvals.ts';
import { createHoldLedger } from '../../src/github/holds.ts';
import { systemClock } from '../../src/runner/clock.ts';
import { drawn } from '../sample.ts';
import { done, openScene, type Scene, STAGE } from './scene.ts';

/** Approval by comment through the bundles of plan and approve, against the stand-in for GitHub. */

const DIGEST: Digest = `sha256:${'d'.repeat(64)}`;
const APPROVE = { actions: 'write', contents: 'read', deployments: 'write', issues: 'write' } as const;
const HOSTILE = '"; touch never; $(id) `id` ::error::x ${{ github.token }} <img src=x> @team';

const COLLABORATORS = { alice: 'write', carol: 'write', ada: 'write' } as const;

let scene: Scene;
let stage: string;
let approve: string;
let mary: string;
let run: number;
let job: number;
/** Who started the run. */
let actor: string;

const asks = (by: object = {}) => ({
  environments: {
    production: {
      target: { local: { port: scene.port } },
      gates: { approval: { by: 'comment', approvers: ['alice', '@octo/core'], ...by } },
    },
  },
  routes: { 'default-branch': 'production' },
});

beforeAll(async () => {
  scene = await openScene();
  stage = scene.mintToken(STAGE);
  approve = scene.mintToken(APPROVE);
  mary = scene.github.mintUserToken('mary');
  scene.repository.configure({
    administrators: ['mary'],
    collaborators: COLLABORATORS,
    teams: { core: ['carol'] },
  });
});
afterAll(() => scene.close());

/** Every test has a run of its own, whose stage has ended waiting. */
beforeEach(async () => {
  actor = 'ada';
  await scene.configure(asks());
  run = scene.github.openRun({
    repository: 'octo/app',
    workflowPath: '.github/workflows/release.yml',
    workflowName: 'Release',
    event: 'push',
    ref: 'refs/heads/main',
    sha: scene.commit,
    actor: 'ada',
  }).id;
  scene.github.mintToken({ runId: run, job: 'production / stage', permissions: {} });
  job = scene.github.checkRun({ runId: run, job: 'production / stage' });
  scene.github.setRunStatus(run, 'completed', 'success');
  scene.github.takeReruns();
});

/** The plan of production's stage, in this run. */
async function plan(token = stage) {
  const ended = await scene.run(
    'plan',
    { environment: 'production', digest: DIGEST, job: String(job), token },
    { env: { GITHUB_RUN_ID: String(run), GITHUB_ACTOR: actor, GITHUB_TRIGGERING_ACTOR: actor } },
  );
  const { gates = [] } = JSON.parse(ended.outputs.plan ?? '{}') as { gates?: GateResult[] };
  return { ...ended, approval: gates.find(({ gate }) => gate === 'approval') };
}

async function waits(why: RegExp | string) {
  const ended = await plan();
  expect(ended, ended.log).toMatchObject({ code: 0, outputs: { waiting: 'true', environments: '[]' } });
  expect(ended.summary).toMatch(/^### ⏳ plan: production waits for approval/);
  expect(ended.annotations).toMatchObject([{ level: 'warning' }]);
  expect(ended.approval?.why).toMatch(why);
  return ended;
}

const DEFAULT = { default_branch: 'main' };

const approves = (event: { name: string; payload: object }, more: Readonly<Record<string, string>> = {}) =>
  scene.run(
    'approve',
    { token: approve, ...more },
    { event: { ...event, payload: { repository: DEFAULT, ...event.payload } } },
  );

/** The newest issue. */
function issue(): Issue {
  const found = scene.github.snapshot().repositories[0]?.issues.at(-1);
  if (found === undefined) throw new Error('There is no issue.');
  return found;
}

/** The run asks, and its issue is opened. */
async function asked() {
  const { summary } = await waits('nobody was asked yet');
  expect(summary).toContain('waits for approval');
  done(await approves({ name: 'workflow_run', payload: { action: 'completed' } }));
}

async function says(by: string, body: string, more?: Readonly<Record<string, string>>) {
  const { number } = issue();
  const id = scene.repository.say(number, { by, body });
  const comment = await onComment(id, 'GET');
  scene.github.takeReruns();
  const event = { name: 'issue_comment', payload: { action: 'created', issue: { number }, comment } };
  return { id, ended: done(await approves(event, more)) };
}

async function onIssue(number: number, change: object): Promise<void> {
  await fetch(`${scene.github.apiUrl}/repos/octo/app/issues/${number}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${mary}` },
    body: JSON.stringify(change),
  });
}

async function onComment(id: number, method: 'GET' | 'PATCH', body?: object): Promise<unknown> {
  const answer = await fetch(`${scene.github.apiUrl}/repos/octo/app/issues/comments/${id}`, {
    method,
    headers: { authorization: `Bearer ${mary}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return answer.json();
}

const connected = (token: string) =>
  connectGitHub({
    token,
    api: { rest: scene.github.apiUrl, graphql: scene.github.graphqlUrl },
    repository: { owner: 'octo', name: 'app' },
    clock: systemClock,
  });

async function promoted(version: string) {
  const { id } = await scene.ledger.open({
    task: 'promote',
    environment: 'production',
    payload: {
      schema: 1,
      release: {
        app: 'sample',
        version,
        commit: scene.commit,
        builtAt: '2026-01-01T00:00:00Z',
        digest: `sha256:${version.replace(/\D/g, '').padEnd(64, 'e')}`,
      },
      target: { provider: 'local', deploymentId: version },
      migrations: [],
      verdicts: {},
      run: { id: '1', attempt: 1, url: 'https://github.test/runs/1' },
      actor: 'ada',
      approvers: [],
    },
  });
  await scene.ledger.advance(id, 'succeeded', { text: 'live' });
}

const today = drawn(['stands', 'issue', 'dropped', 'moved', 'ledger', 'team', 'command'], 2);

test.runIf(today('stands'))(
  'a yes counts while its comment stands, its author may and nothing moved',
  async () => {
    await asked();
    const { id } = await says('alice', '/approve');
    expect(scene.github.takeReruns()).toHaveLength(1);
    const open = await plan();
    expect(done(open).outputs).toMatchObject({ waiting: 'false', environments: '["production"]' });
    expect(open.approval).toMatchObject({ state: 'open', why: 'approved by alice' });

    // Not a yes, and not an ask either: what cannot be read ends the run.
    const blind = await plan(scene.mintToken({ actions: 'read', contents: 'read', deployments: 'write' }));
    expect(blind.outputs).toMatchObject({ result: 'refused', reason: 'GATE_UNREADABLE' });
    expect(blind.approval).toMatchObject({ state: 'unknown', why: expect.stringContaining('issues: read') });

    // An edit counts, be it within the second of the comment and for nothing.
    await onComment(id, 'PATCH', { body: '/approve' });
    await waits('the comment was edited');
  },
);

test.runIf(today('issue'))('a yes counts in the issue as Airlock opened it, and in no other', async () => {
  await asked();
  const { number } = issue();
  expect(issue()).toMatchObject({ isLocked: true, labels: ['airlock-approval'] });
  expect(() => scene.repository.say(number, { by: 'eve', body: '/approve' })).toThrow('locked');
  await says('alice', '/approve');
  expect((await plan()).approval).toMatchObject({ state: 'open' });
  expect(issue()).toMatchObject({ isLocked: true, state: 'closed' });

  await onIssue(number, { title: 'Approve the other one', labels: [] });
  await waits('somebody changed the issue');
  // That was void, so the run asked anew, in an issue that somebody changes before anybody answers.
  done(await approves({ name: 'schedule', payload: {} }));
  expect(issue().number).toBe(number + 1);
  await onIssue(number + 1, { body: `${issue().body}\nNothing to see here.` });
  const { ended } = await says('alice', '/approve');
  expect(ended.outputs).toMatchObject({ issues: '[]', runs: '[]' });
  expect(ended.summary).toContain('somebody changed the issue');
  expect(issue().state).toBe('closed');
  await waits('0 of 1 said yes');
  done(await approves({ name: 'schedule', payload: {} }));
  expect(issue()).toMatchObject({ number: number + 2, state: 'open' });
});

test.runIf(today('dropped'))(
  'a comment whose run was dropped is heard by the next one; a stranger’s is not even looked up',
  async () => {
    await asked();
    await onIssue(issue().number, { labels: [] });
    scene.repository.say(issue().number, { by: 'alice', body: '/approve' });
    scene.github.takeReruns();
    done(await approves({ name: 'workflow_run', payload: { action: 'completed' } }));
    expect(scene.github.takeReruns()).toHaveLength(1);
    expect(issue().state).toBe('closed');

    const elsewhere = scene.repository.openPullRequest({ title: 'x', head: scene.commit, author: 'eve' });
    const id = scene.repository.say(elsewhere, { by: 'eve', body: '/approve' });
    const comment = await onComment(id, 'GET');
    const payload = { action: 'created', issue: { number: elsewhere }, comment };
    // It would need the ledger, and has no right to it.
    const poor = scene.mintToken({ issues: 'read', 'pull-requests': 'read' });
    const stranger = await approves({ name: 'issue_comment', payload }, { token: poor });
    expect(done(stranger).summary).toContain('eve has no write access');

    const away = await scene.run(
      'approve',
      { token: approve },
      {
        event: { name: 'workflow_dispatch', payload: { repository: DEFAULT } },
        env: { GITHUB_REF: 'refs/heads/evil' },
      },
    );
    expect(away.outputs).toMatchObject({ result: 'refused', reason: 'NOT_DEFAULT_BRANCH' });
  },
);

test.runIf(today('moved'))(
  'an approval is void when something else is live, or airlock.yml says otherwise, and is asked anew',
  async () => {
    await asked();
    await says('alice', '/approve');
    await promoted('0.9.0');
    await waits('what is live changed since it was answered: that answer is void');
    await scene.configure(asks({ needed: 2 }));
    await waits('what airlock.yml says changed since it was asked');
  },
);

test.runIf(today('ledger'))(
  'what the ledger says nobody said does not count, by whomever it was written',
  async () => {
    await asked();
    const { number } = issue();
    // Who might write when she wrote it, and may not any more.
    scene.repository.configure({ collaborators: { ...COLLABORATORS, eve: 'write' } });
    const comment = scene.repository.say(number, { by: 'eve', body: '/approve' });
    scene.repository.configure({ collaborators: COLLABORATORS });
    const forge = async (token: string, by: string, id: number) => {
      const ledger = (of: string) => createApprovals(connected(of));
      const [ask] = (await ledger(stage).read()).asks;
      if (ask === undefined) throw new Error('The run asked.');
      const account = (await onComment(comment, 'GET')) as { user: { id: number } };
      await ledger(token).record('production', {
        ...{
          schema: 1,
          approval: 'answer',
          word: 'approve',
          app: 'sample',
          commit: scene.commit,
          reason: '',
        },
        ...{ ask: ask.id, digest: DIGEST, plan: ask.payload.plan.whole, issue: number, waited: 1 },
        ...{ comment: id, by: { id: account.user.id, login: by }, run: ask.payload.run },
      });
    };
    await forge(scene.github.mintUserToken('alice'), 'alice', comment);
    await waits('0 of 1 said yes');
    await forge(stage, 'eve', comment);
    await waits('eve has no write access');
    // That was void, so the run asked anew: in no issue yet.
    await forge(stage, 'alice', comment + 1);
    await waits('another issue');
  },
);

test.runIf(today('team'))(
  'a team counts where a token may read it, and a reason is nothing but a text',
  async () => {
    await asked();
    const { ended } = await says('carol', '/approve');
    expect(ended.summary).toContain('TEAM\\_UNREADABLE');
    expect(scene.github.takeReruns()).toEqual([]);
    const teamToken = scene.github.mintUserToken('mary', { members: 'read' });
    const { ended: no } = await says('carol', `/reject ${HOSTILE}`, { 'team-token': teamToken });
    expect(no.outputs.answer).toBe('reject');
    expect(issue().state).toBe('closed');
    const own = issue().comments.filter(({ author }) => author === 'github-actions[bot]');
    expect(own.map(({ body }) => body).join()).not.toMatch(/\n::error|<img|@team/);
    const shut = await plan();
    expect(shut.outputs).toMatchObject({ result: 'refused', reason: 'APPROVAL_REJECTED', waiting: 'false' });
    expect(shut.summary).not.toMatch(/<img|@team/);
    expect(execFileSync('ls', { cwd: scene.workspace, encoding: 'utf8' })).not.toContain('never');
  },
);

test.runIf(today('command'))(
  'who asked for the run under a pull request does not approve it, and somebody else does',
  async () => {
    await scene.configure(asks({ approvers: ['alice', 'carol'] }));
    const thread = scene.repository.openPullRequest({ title: 'More', head: scene.commit, author: 'ada' });
    const comment = scene.repository.say(thread, { by: 'alice', body: '/deploy production' });
    const said = { reason: '/deploy production', lifts: [], actor: 'alice', comment };
    const asking = { id: '1', attempt: 1, url: 'https://github.test/runs/1' };
    await createHoldLedger(connected(stage)).record({
      environment: 'production',
      payload: { schema: 1, control: 'deploy', app: 'sample', commit: scene.commit, run: asking, ...said },
    });
    actor = 'github-actions[bot]';
    await asked();
    const { ended } = await says('alice', '/approve');
    expect(ended.summary).toContain('alice started the run');
    await waits('0 of 1 said yes');
    await says('carol', '/approve');
    expect((await plan()).approval).toMatchObject({ state: 'open', why: 'approved by carol' });
  },
);
