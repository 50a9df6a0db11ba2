import { describe, expect, test } from 'vitest';
import { createProposals } from '../../../src/github/proposals.ts';
import { makeWorld } from './world.ts';

const MAY = { actions: 'write', contents: 'read', 'pull-requests': 'read' } as const;
const BRANCH = 'feature/cart';

async function open() {
  const world = await makeWorld();
  const head = world.repository.commit('Cart', BRANCH);
  const pushedAt = new Date('2026-11-21T11:00:00Z');
  const pull = (more: object = {}) =>
    world.repository.openPullRequest({
      title: 'Cart',
      head,
      author: 'ada',
      branch: BRANCH,
      pushedAt,
      ...more,
    });
  const number = pull();
  const proposals = createProposals(world.connect(world.jobToken(MAY)));
  return { ...world, head, number, pull, proposals };
}

describe('a pull request that somebody asks to deploy', () => {
  test('is read as it stands now', async () => {
    const { proposals, number, head, repository } = await open();
    expect(await proposals.read(number)).toEqual({ number, isOpen: true, isOwn: true, branch: BRANCH, head });
    repository.changePullRequest(number, { state: 'closed' });
    expect(await proposals.read(number)).toMatchObject({ isOpen: false });
  });

  test('is none where the thread is an issue, or nothing', async () => {
    const { proposals, call, github } = await open();
    const token = github.mintUserToken('ada');
    await call(token, 'POST', '/repos/octo/sophie/issues', { title: 'Words' });
    expect(await proposals.read(2)).toBeUndefined();
    expect(await proposals.read(99)).toBeUndefined();
  });

  test.each(['mallory/sophie', 'octo/sophie-2'])('of the fork %s is not our own', async (fork) => {
    const { proposals, pull } = await open();
    expect(await proposals.read(pull({ fork }))).toMatchObject({ isOwn: false });
  });

  test('has the time of its newest push, by GitHub’s own record', async () => {
    const { proposals, number, head, repository } = await open();
    expect(await proposals.lastChange(BRANCH)).toEqual({ head, at: '2026-11-21T11:00:00Z' });
    const later = repository.commit('More', BRANCH);
    repository.changePullRequest(number, { head: later });
    expect(await proposals.lastChange(BRANCH)).toMatchObject({ head: later });
    expect(await proposals.lastChange('feature')).toBeUndefined();
  });

  test('is started on its branch, once, with what is to be known', async () => {
    const { proposals, head, github } = await open();
    const inputs = { until: 'staging', commit: head };
    expect(await proposals.start({ workflow: 'deploy.yml', branch: BRANCH, inputs })).toMatch(
      /\/actions\/runs\/\d+$/,
    );
    expect(github.takeDispatches()).toEqual([
      {
        repository: 'octo/sophie',
        workflowPath: '.github/workflows/deploy.yml',
        ref: `refs/heads/${BRANCH}`,
        inputs,
        by: 'github-actions[bot]',
      },
    ]);
  });

  test('is not started a second time where nobody knows of the first', async () => {
    const { proposals, github } = await open();
    github.faults.next({ match: 'actions/create-workflow-dispatch', answer: 502, when: 'after' });
    const start = proposals.start({ workflow: 'deploy.yml', branch: BRANCH, inputs: {} });
    await expect(start).rejects.toMatchObject({ code: 'GITHUB_UNREACHABLE' });
    expect(github.takeDispatches()).toHaveLength(1);
  });

  test('is known to be started where this very identity started that workflow there, and not before', async () => {
    const { proposals, head, github, call } = await open();
    const what = { workflow: 'deploy.yml', branch: BRANCH };
    const since = new Date(Date.now() - 1_000).toISOString();
    const byHand = { ref: BRANCH, inputs: {} };
    const dispatches = '/repos/octo/sophie/actions/workflows/deploy.yml/dispatches';
    await call(github.mintUserToken('ada'), 'POST', dispatches, byHand);
    await proposals.start({ ...what, branch: 'main', inputs: {} });
    await proposals.start({ ...what, workflow: 'check.yml', inputs: {} });
    github.openRun({
      ...{ repository: 'octo/sophie', workflowPath: '.github/workflows/deploy.yml', workflowName: 'Deploy' },
      ...{ event: 'push', ref: `refs/heads/${BRANCH}`, sha: head, actor: 'github-actions[bot]' },
    });
    expect(await proposals.startedSince(what, since)).toBeUndefined();

    const address = await proposals.start({ ...what, inputs: {} });
    expect(await proposals.startedSince(what, since)).toBe(address);
    expect(await proposals.startedSince({ ...what, workflow: '4711' }, since)).toBe(address);
    expect(await proposals.startedSince(what, new Date(Date.now() + 60_000).toISOString())).toBeUndefined();
  });

  test.each([
    ['a branch that is gone', 'gone', {}],
    ['an input that the workflow does not take', BRANCH, { force: 'yes' }],
  ])('says what keeps it from starting: %s', async (_what, branch, inputs) => {
    const { proposals } = await open();
    await expect(proposals.start({ workflow: 'deploy.yml', branch, inputs })).rejects.toMatchObject({
      code: 'DEPLOY_NOT_STARTED',
      next: expect.stringContaining('`until` and `commit`'),
    });
  });

  test.each([
    ['pull-requests: read', { contents: 'read' }, 'read'],
    ['contents: read', { 'pull-requests': 'read' }, 'lastChange'],
    ['actions: write', { actions: 'read' }, 'start'],
    ['actions: read', { contents: 'read' }, 'startedSince'],
  ] as const)('names the permission that is missing: %s', async (permission, given, ask) => {
    const { connect, jobToken, number } = await open();
    const proposals = createProposals(connect(jobToken(given)));
    const asked = {
      read: () => proposals.read(number),
      lastChange: () => proposals.lastChange(BRANCH),
      start: () => proposals.start({ workflow: 'deploy.yml', branch: BRANCH, inputs: {} }),
      startedSince: () =>
        proposals.startedSince({ workflow: 'deploy.yml', branch: BRANCH }, '2026-11-21T12:00:00Z'),
    }[ask]();
    await expect(asked).rejects.toMatchObject({
      code: 'GITHUB_PERMISSION_MISSING',
      next: expect.stringContaining(permission),
    });
  });
});
