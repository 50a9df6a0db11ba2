import { describe, expect, test } from 'vitest';
import type { ApprovalPayload } from '../../../src/domain/approval/record.ts';
import type { Digest } from '../../../src/domain/release.ts';
import { createApprovals } from '../../../src/github/approvals.ts';
import { createIssues } from '../../../src/github/issues.ts';
import { writeApproval } from '../../../src/github/payload.ts';
import { createRuns } from '../../../src/github/runs.ts';
import { makeWorld } from './world.ts';

const digest = `sha256:${'a'.repeat(64)}` as Digest;
const hash = '1'.repeat(64);
const run = { id: '10', attempt: 1, url: 'https://github.test/runs/10' };

async function open() {
  const world = await makeWorld();
  const common = { schema: 1 as const, app: 'shop', commit: world.commit, run };
  const ask: ApprovalPayload = {
    ...common,
    approval: 'ask',
    digest,
    plan: { whole: hash, parts: { release: hash, live: hash, migrations: hash, environment: hash } },
    until: '2027-01-01T00:00:00.000Z',
    startedBy: ['ada'],
    job: 77,
    emergency: 'Checkout is down',
  };
  const answer = (comment: number, by = { id: 7, login: 'alice' }): ApprovalPayload => ({
    ...common,
    approval: 'answer',
    word: 'approve',
    ask: 'ask',
    digest,
    plan: hash,
    issue: 4,
    comment,
    by,
    reason: '',
    waited: 1,
  });
  const connection = world.connect(
    world.jobToken({ deployments: 'write', issues: 'write', actions: 'write' }),
  );
  return { ...world, common, ask, answer, connection, approvals: createApprovals(connection) };
}

describe('approvals on the ledger', () => {
  test('are read back as they were written, by environment, newest first', async () => {
    const { approvals, ask, answer, common } = await open();
    const { id } = await approvals.record('production', ask);
    await approvals.record('production', { ...common, approval: 'issue', ask: id, issue: 4 });
    await approvals.record('production', answer(9001));
    await approvals.record('production', answer(9002));
    await approvals.record('staging', { ...ask, job: 78 });
    const record = await approvals.read('production');
    expect(record.asks.map(({ payload }) => payload)).toEqual([ask]);
    expect(record.issues).toMatchObject([{ payload: { ask: id, issue: 4 } }]);
    expect(record.answers.map(({ payload }) => payload.comment)).toEqual([9002, 9001]);
    expect((await approvals.read()).asks).toHaveLength(2);
  });

  test.each([
    ['reset', 'before'],
    ['reset', 'after'],
    [502, 'after'],
  ] as const)(
    'are written once, whatever becomes of the answer: %s %s it was done',
    async (answers, when) => {
      const { approvals, ask, answer, github } = await open();
      for (const payload of [ask, answer(9001)]) {
        github.faults.next({ match: 'repos/create-deployment', answer: answers, when });
        await approvals.record('production', payload);
        await approvals.record('production', {
          ...payload,
          run: payload.approval === 'ask' ? run : { ...run, id: '11' },
        });
      }
      const { asks, answers: said } = await approvals.read();
      expect([asks.length, said.length]).toEqual([1, 1]);
    },
  );

  test('are believed of nobody but the token’s own identity', async () => {
    const { approvals, answer, github, connect, call, commit } = await open();
    await createApprovals(connect(github.mintUserToken('eve'))).record('production', answer(9001));
    await call(github.mintUserToken('github-actions'), 'POST', '/repos/octo/sophie/deployments', {
      ref: commit,
      task: 'approval',
      environment: 'production',
      payload: writeApproval(answer(9002)),
      auto_merge: false,
      required_contexts: [],
    });
    expect((await approvals.read()).answers).toEqual([]);
  });

  test('that cannot be understood stop everything', async () => {
    const { approvals, jobToken, call, commit } = await open();
    await call(jobToken({ deployments: 'write' }), 'POST', '/repos/octo/sophie/deployments', {
      ref: commit,
      task: 'approval',
      environment: 'production',
      payload: { airlock: { schema: 1, approval: 'answer', word: 'approve' } },
      auto_merge: false,
      required_contexts: [],
    });
    await expect(approvals.read()).rejects.toMatchObject({ code: 'LEDGER_ENTRY_UNREADABLE' });
  });
});

describe('issues', () => {
  const NEW = { mark: 'ask 1', title: 'Approve', body: 'Text', label: 'airlock-approval' };

  test.each([
    ['reset', 'before'],
    ['reset', 'after'],
    [502, 'after'],
  ] as const)('are opened once, whatever becomes of the answer: %s %s it was done', async (answer, when) => {
    const { connection, github } = await open();
    const issues = createIssues(connection);
    github.faults.next({ match: 'issues/create', answer, when });
    expect(await issues.open(NEW)).toBe(1);
    await issues.close(1);
    await issues.close(1);
    expect(await issues.open(NEW)).toBe(1);
    expect(await issues.open({ ...NEW, mark: 'ask 2' })).toBe(2);
    expect(await issues.opened([2, 1, 77])).toEqual([2]);
    expect(await issues.read(77)).toBeUndefined();
    await issues.note(2, 'end', 'Over');
    await issues.note(2, 'end', 'Over again');
    expect(github.snapshot().repositories[0]?.issues[1]?.comments.map(({ body }) => body)).toEqual([
      '<!-- airlock: end -->\nOver',
    ]);
  });

  test('of others are not Airlock’s, whatever they look like', async () => {
    const { connection, call, github } = await open();
    const eve = github.mintUserToken('eve');
    await call(eve, 'POST', '/repos/octo/sophie/issues', {
      title: NEW.title,
      body: `<!-- airlock: ${NEW.mark} -->\nText`,
      labels: [NEW.label],
    });
    const issues = createIssues(connection);
    expect(await issues.open(NEW)).toBe(2);
    expect(await issues.read(1)).toMatchObject({ isOwn: false, mark: NEW.mark });
    expect(await issues.read(2)).toMatchObject({
      isOwn: true,
      mark: NEW.mark,
      isEdited: false,
      isLocked: true,
    });
  });

  test.each([
    ['its text', { body: `<!-- airlock: ${NEW.mark} -->\nOther text` }],
    ['its title', { title: 'Approve something else' }],
  ])('tell that somebody changed %s', async (_, change) => {
    const { connection, call, github } = await open();
    const issues = createIssues(connection);
    await issues.open(NEW);
    await call(github.mintUserToken('mary'), 'PATCH', '/repos/octo/sophie/issues/1', change);
    expect(await issues.read(1)).toMatchObject({ isOwn: true, isEdited: true, mark: NEW.mark });
  });

  test('are locked, also where whoever opened one was cut short, or somebody unlocked it', async () => {
    const { connection, call, github } = await open();
    const issues = createIssues(connection);
    const locked = async () => (await issues.read(1))?.isLocked;
    await issues.open(NEW);
    const unlock = () => call(github.mintUserToken('mary'), 'DELETE', '/repos/octo/sophie/issues/1/lock');
    await unlock();
    expect(await locked()).toBe(false);
    await issues.open(NEW);
    expect(await locked()).toBe(true);
    await unlock();
    await issues.lock(1);
    await issues.note(1, 'end', 'Over');
    await issues.close(1);
    expect(await locked()).toBe(true);
  });
});

describe('a run', () => {
  /** A run with the job that waits. */
  async function ended() {
    const world = await open();
    const id = world.openRun();
    world.github.mintToken({ runId: id, job: 'production / stage', permissions: {} });
    const job = world.github.checkRun({ runId: id, job: 'production / stage' });
    world.github.setRunStatus(id, 'completed', 'success');
    return { ...world, id, job, runs: createRuns(world.connection) };
  }

  test('goes on with its job, once', async () => {
    const { runs, id, job, github } = await ended();
    expect(await runs.state(String(id))).toEqual({
      attempt: 1,
      isOver: true,
      startedAt: expect.stringMatching(/^\d{4}-/),
    });
    expect(await runs.again(String(id), job)).toBe('started');
    expect(github.takeReruns()).toMatchObject([{ runId: id, job: 'production / stage' }]);
  });

  test('goes on with the job as its newest attempt has it', async () => {
    const { runs, id, job, github, commit } = await ended();
    github.openRun({
      repository: 'octo/sophie',
      workflowPath: '.github/workflows/release.yml',
      workflowName: 'Release',
      event: 'push',
      ref: 'refs/heads/main',
      sha: commit,
      actor: 'sophie',
      rerunOf: id,
    });
    github.mintToken({ runId: id, job: 'production / stage', permissions: {} });
    expect(await runs.again(String(id), job)).toBe('under-way');
    github.setRunStatus(id, 'completed', 'success');
    expect(await runs.again(String(id), job)).toBe('started');
    expect(github.takeReruns()).toHaveLength(1);
  });

  test('that somebody else has started again is left alone', async () => {
    const { runs, id, job, github, call } = await ended();
    await call(github.mintUserToken('mary'), 'POST', `/repos/octo/sophie/actions/jobs/${job}/rerun`);
    github.setRunStatus(id, 'in_progress');
    expect(await runs.again(String(id), job)).toBe('under-way');
  });

  test('without the job, or without the right to run it, says so', async () => {
    const { runs, id, job, connect, jobToken } = await ended();
    await expect(runs.again(String(id), 12)).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
    const reader = createRuns(connect(jobToken({ actions: 'read' })));
    await expect(reader.again(String(id), job)).rejects.toMatchObject({
      code: 'GITHUB_PERMISSION_MISSING',
      message: expect.stringContaining('actions: write'),
    });
  });
});
