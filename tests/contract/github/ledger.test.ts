import { describe, expect, test } from 'vitest';
import { Failure } from '../../../src/domain/failure.ts';
import { createGatekeeper } from '../../../src/github/environments.ts';
import { createLedger } from '../../../src/github/ledger.ts';
import { approversOf } from '../../../src/ports/gatekeeper.ts';
import { MemoryLedger } from '../../fakes/memory-ledger.ts';
import { digestOf, ledgerContract, newEntry } from './ledger-contract.ts';
import { makeWorld, type World } from './world.ts';

const WRITER = { deployments: 'write' } as const;

const makeLedger = async () => {
  const world = await makeWorld();
  const token = world.jobToken(WRITER);
  const reopen = () => createLedger(world.connect(token));
  return { ...world, token, ledger: reopen(), reopen };
};

ledgerContract('GitHub Deployments', makeLedger);
ledgerContract('the ledger in memory', async () => {
  const ledger = new MemoryLedger();
  return { ledger, reopen: () => ledger, commit: 'c'.repeat(40) };
});

const deploymentsOf = ({ github }: Pick<World, 'github'>) =>
  github.snapshot().repositories[0]?.deployments ?? [];

describe('the ledger in GitHub’s words', () => {
  test('an entry is a deployment that nothing merges, checks or ends by itself', async () => {
    const world = await makeLedger();
    // A status check that failed must not keep the ledger from recording a rollback.
    world.repository.reportChecks(world.commit, [{ context: 'ci', state: 'failure' }]);
    const first = await world.ledger.open(newEntry(world.commit));
    await world.ledger.advance(first.id, 'succeeded', {
      text: 'long '.repeat(60),
      url: 'https://app.example/',
    });
    const second = await world.ledger.open(newEntry(world.commit, { runId: '2', environment: 'production' }));
    await world.ledger.advance(second.id, 'succeeded', { text: 'fine' });
    const third = await world.ledger.open(newEntry(world.commit, { runId: '3' }));
    await world.ledger.advance(third.id, 'succeeded', { text: 'fine' });

    const [one, two] = deploymentsOf(world);
    expect(one).toMatchObject({
      task: 'promote',
      environment: 'staging',
      production: false,
      sha: world.commit,
    });
    expect(two).toMatchObject({ environment: 'production', production: true });
    // `auto_inactive` would have added `inactive` when the third succeeded.
    expect(one?.statuses.map(({ state }) => state)).toEqual(['in_progress', 'success']);
    const [, last] = one?.statuses ?? [];
    expect(last?.description).toMatch(/^(long ){20,27}long…$/);
    expect(last?.environmentUrl).toBe('https://app.example/');
  });

  test('a preview is one that goes away by itself, with its pull request and what it weighs', async () => {
    const world = await makeLedger();
    const entry = newEntry(world.commit, { environment: 'preview' });
    const sizes = [
      { name: 'dist/*.js', raw: 9, gzip: 5, brotli: 4 },
      { name: 'all', raw: 10 },
    ];
    await world.ledger.open({ ...entry, payload: { ...entry.payload, pullRequest: 7, sizes } });
    expect((await world.ledger.entries('preview', 10))[0]?.payload).toMatchObject({ pullRequest: 7, sizes });
    await world.ledger.open(newEntry(world.commit, { runId: '2' }));
    expect(deploymentsOf(world).map(({ transient }) => transient)).toEqual([true, false]);
  });

  test('a ledger longer than a page is read whole', async () => {
    const world = await makeLedger();
    for (let run = 1; run <= 130; run += 1) {
      const { status } = await world.call(world.token, 'POST', '/repos/octo/sophie/deployments', {
        ref: world.commit,
        task: 'promote',
        environment: 'staging',
        payload: { airlock: newEntry(world.commit, { runId: String(run) }).payload },
        required_contexts: [],
      });
      expect(status).toBe(201);
    }
    const entries = await world.ledger.entries('staging', 1_000);
    expect(entries.map((entry) => entry.payload.run.id)).toEqual(
      Array.from({ length: 130 }, (_, index) => String(130 - index)),
    );
    expect(await world.ledger.entries('staging', 101)).toHaveLength(101);
    // Whoever has seen enough turns no further page.
    const enough = (read: readonly unknown[]) => read.length >= 50;
    expect(await world.ledger.entries('staging', 1_000, enough)).toHaveLength(100);
    // The oldest is past the first page of REST too, and another process has to find its number.
    const oldest = entries.at(-1);
    expect(await world.reopen().advance(oldest?.id ?? '', 'failed', { text: 'found' })).toMatchObject({
      state: 'failed',
    });
    expect(deploymentsOf(world)[0]?.statuses.at(-1)?.state).toBe('failure');
    expect((await world.reopen().open(newEntry(world.commit, { runId: '2' }))).id).toBe(entries.at(-2)?.id);
  });

  test.each([
    ['an object of another tool', { ci: 'other' }],
    ['nothing', undefined],
    ['a text', 'just text'],
    ['a list', '[1,2]'],
  ])('somebody else’s deployment is passed over: %s', async (_, payload) => {
    const world = await makeLedger();
    await deploy(world, { payload });
    expect(await world.ledger.entries('staging', 10)).toEqual([]);
    await world.ledger.open(newEntry(world.commit));
    expect(await world.ledger.entries('staging', 10)).toHaveLength(1);
  });

  test('an entry whose payload was encoded twice is read', async () => {
    const world = await makeLedger();
    const { payload } = newEntry(world.commit);
    await deploy(world, { task: 'promote', payload: JSON.stringify({ airlock: payload }) });
    expect(await world.ledger.entries('staging', 10)).toMatchObject([{ payload, state: 'started' }]);
  });

  test.each([
    [
      'a newer schema',
      (world: World) => ({ payload: { airlock: { ...newEntry(world.commit).payload, schema: 2 } } }),
    ],
    ['a missing member', () => ({ payload: { airlock: { schema: 1 } } })],
    [
      'an unknown member',
      (world: World) => ({ payload: { airlock: { ...newEntry(world.commit).payload, extra: 1 } } }),
    ],
    ['text that breaks off', () => ({ payload: '{"airlock": {"schema": 1, "rel' })],
    [
      'a task of no ledger',
      (world: World) => ({ task: 'dance', payload: { airlock: newEntry(world.commit).payload } }),
    ],
    [
      'another commit than its deployment',
      () => ({ payload: { airlock: newEntry('d'.repeat(40)).payload } }),
    ],
    [
      'a digest that is none',
      (world: World) => ({
        payload: { airlock: { ...newEntry(world.commit).payload, release: { digest: 'sha256:1' } } },
      }),
    ],
  ])('an entry of ours that cannot be read stops everything: %s', async (_, broken) => {
    const world = await makeLedger();
    await deploy(world, { task: 'promote', ...broken(world) });
    await expect(world.ledger.entries('staging', 10)).rejects.toMatchObject({
      code: 'LEDGER_ENTRY_UNREADABLE',
    });
  });

  test('an entry that could not be read back is not written', async () => {
    const world = await makeLedger();
    const bad = newEntry(world.commit, { digest: 'sha256:short' });
    await expect(world.ledger.open(bad)).rejects.toMatchObject({ code: 'LEDGER_ENTRY_INVALID' });
    expect(deploymentsOf(world)).toEqual([]);
  });
});

describe('a run ended at any moment, and trouble on the way', () => {
  test('ended between the deployment and its first status, the entry is taken up again', async () => {
    const world = await makeLedger();
    world.github.faults.next({ match: 'repos/create-deployment-status', answer: 500, times: 3 });
    await expect(world.ledger.open(newEntry(world.commit))).rejects.toMatchObject({
      code: 'GITHUB_UNREACHABLE',
    });
    const [left] = await world.ledger.entries('staging', 10);
    expect(left?.state).toBe('started');
    expect((await world.reopen().open(newEntry(world.commit))).id).toBe(left?.id);
    expect(deploymentsOf(world).map((one) => one.statuses.map(({ state }) => state))).toEqual([
      ['in_progress'],
    ]);
  });

  test.each(['reset', 500] as const)(
    'a create whose answer is lost (%s) is looked for, not repeated',
    async (answer) => {
      const world = await makeLedger();
      world.github.faults.next({ match: 'repos/create-deployment', answer, when: 'after' });
      const opened = await world.ledger.open(newEntry(world.commit));
      expect(world.github.faults.hit).toBe(1);
      expect(deploymentsOf(world)).toHaveLength(1);
      expect((await world.ledger.entries('staging', 10)).map(({ id }) => id)).toEqual([opened.id]);
    },
  );

  test('a create that did not happen is made again', async () => {
    const world = await makeLedger();
    world.github.faults.next({ match: 'repos/create-deployment', answer: 'reset' });
    await world.ledger.open(newEntry(world.commit));
    expect(deploymentsOf(world)).toHaveLength(1);
  });

  test('a status whose answer is lost is set once', async () => {
    const world = await makeLedger();
    const { id } = await world.ledger.open(newEntry(world.commit));
    world.github.faults.next({ match: 'repos/create-deployment-status', answer: 'reset', when: 'after' });
    expect((await world.ledger.advance(id, 'succeeded', { text: 'fine' })).state).toBe('succeeded');
    expect(deploymentsOf(world)[0]?.statuses.map(({ state }) => state)).toEqual(['in_progress', 'success']);
  });

  test('a rate limit is waited out as long as GitHub says, for writes too', async () => {
    const world = await makeLedger();
    world.github.faults.next({ match: 'repos/create-deployment', answer: 429, retryAfter: 7 });
    await world.ledger.open(newEntry(world.commit));
    expect(world.waits).toEqual([7_000]);
    expect(deploymentsOf(world)).toHaveLength(1);
  });

  test('a rate limit that lasts is told as one', async () => {
    const world = await makeLedger();
    world.github.faults.next({ match: 'graphql', answer: 429, retryAfter: 3_600 });
    await expect(world.ledger.entries('staging', 1)).rejects.toMatchObject({ code: 'GITHUB_RATE_LIMITED' });
    expect(world.waits).toEqual([]);
  });

  test('reads are tried again, each time after a longer wait, and then given up', async () => {
    const world = await makeLedger();
    world.github.faults.next({ match: 'graphql', answer: 503 });
    world.github.faults.next({ match: 'graphql', answer: 'broken-query' });
    expect(await world.ledger.entries('staging', 1)).toEqual([]);
    expect(world.waits).toEqual([1_000, 2_000]);
    world.github.faults.next({ match: 'graphql', answer: 'reset', times: 4 });
    await expect(world.ledger.entries('staging', 1)).rejects.toMatchObject({ code: 'GITHUB_UNREACHABLE' });
    expect(world.waits).toEqual([1_000, 2_000, 1_000, 2_000, 4_000]);
  });

  test('an answer that never comes is not waited for without end', async () => {
    const world = await makeLedger();
    world.github.faults.next({ match: 'graphql', answer: 'timeout', times: 4 });
    const ledger = createLedger(world.connect(world.token, { timeoutMs: 40 }));
    await expect(ledger.entries('staging', 1)).rejects.toMatchObject({ code: 'GITHUB_UNREACHABLE' });
  });

  test('a cancel ends a request under way with its own reason', async () => {
    const world = await makeLedger();
    world.github.faults.next({ match: 'graphql', answer: 'timeout' });
    const cancel = new AbortController();
    const reading = createLedger(world.connect(world.token, { signal: cancel.signal })).entries('staging', 1);
    await expect.poll(() => world.github.faults.hit).toBe(1);
    cancel.abort(new Failure('CANCELLED', 'The run was cancelled.', 'Run it again.'));
    await expect(reading).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

describe('what the token may not do is said in words', () => {
  test('reading is not enough to open or to move', async () => {
    const world = await makeLedger();
    const { id } = await world.ledger.open(newEntry(world.commit));
    const reader = createLedger(world.connect(world.jobToken({ deployments: 'read' })));
    expect(await reader.entries('staging', 1)).toHaveLength(1);
    const missing = {
      code: 'GITHUB_PERMISSION_MISSING',
      message: expect.stringContaining('deployments: write'),
      next: expect.stringContaining('deployments: write'),
    };
    await expect(reader.open(newEntry(world.commit, { runId: '2' }))).rejects.toMatchObject(missing);
    await expect(reader.advance(id, 'failed', { text: 'no' })).rejects.toMatchObject(missing);
    expect(deploymentsOf(world)[0]?.statuses).toHaveLength(1);
  });

  test('reading needs a permission too', async () => {
    const world = await makeLedger();
    const blind = createLedger(world.connect(world.jobToken({ contents: 'write' })));
    await expect(blind.entries('staging', 1)).rejects.toMatchObject({
      code: 'GITHUB_PERMISSION_MISSING',
      message: expect.stringContaining('deployments: read'),
    });
  });

  test('a token that ended with its job is told from one that may too little', async () => {
    const world = await makeLedger();
    world.github.revokeToken(world.token);
    const failed = await world.ledger.open(newEntry(world.commit)).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'GITHUB_TOKEN_REJECTED' });
    expect(inspected(failed)).not.toContain(world.token);
  });

  test('another private repository is not there', async () => {
    const world = await makeLedger();
    world.github.addRepository({ owner: 'octo', name: 'secret' });
    for (const repository of ['secret', 'nowhere']) {
      const ledger = createLedger(world.connect(world.token, { repository }));
      await expect(ledger.entries('staging', 1)).rejects.toMatchObject({ code: 'GITHUB_NOT_FOUND' });
      await expect(ledger.open(newEntry(world.commit))).rejects.toMatchObject({ code: 'GITHUB_NOT_FOUND' });
    }
  });

  test('a commit that is not in the repository is refused in GitHub’s words', async () => {
    const world = await makeLedger();
    const elsewhere = newEntry('e'.repeat(40), { digest: digestOf('e') });
    await expect(world.ledger.open(elsewhere)).rejects.toMatchObject({
      code: 'GITHUB_REFUSED',
      message: expect.stringContaining('No ref found'),
    });
  });
});

describe('gates and approvals', () => {
  const keeper = (world: World) => createGatekeeper(world.connect(world.jobToken({ actions: 'read' })));

  test('who must approve is read from the environment', async () => {
    const world = await makeWorld();
    world.repository.protect('production', {
      reviewers: ['mary', 'ada'],
      preventSelfReview: true,
      waitMinutes: 5,
      branches: 'protected',
      adminsMayBypass: false,
    });
    world.repository.protect('staging', {});
    expect(await keeper(world).protection('production')).toEqual({
      kind: 'known',
      reviewers: ['mary', 'ada'],
      preventsSelfReview: true,
      branches: 'protected',
      adminsMayBypass: false,
    });
    expect(await keeper(world).protection('staging')).toMatchObject({ reviewers: [], branches: 'all' });
  });

  test('an environment that is not there, or may not be seen, is a failure and no open gate', async () => {
    const world = await makeWorld();
    await expect(keeper(world).protection('nowhere')).rejects.toMatchObject({ code: 'GITHUB_NOT_FOUND' });
    const blind = createGatekeeper(world.connect(world.jobToken(WRITER)));
    await expect(blind.protection('production')).rejects.toMatchObject({
      code: 'GITHUB_PERMISSION_MISSING',
      message: expect.stringContaining('actions: read'),
    });
  });

  test('who approved is read from the run', async () => {
    const world = await makeWorld();
    world.repository.protect('production', { reviewers: ['mary'] });
    const runId = world.openRun();
    const waiting = world.github.awaitApproval(
      { runId, environment: 'production', job: 'stage' },
      new AbortController().signal,
    );
    expect(await keeper(world).approvals(String(runId))).toEqual([]);
    world.github.review({
      runId,
      environment: 'production',
      verdict: 'approved',
      by: 'mary',
      comment: 'Ship it',
    });
    expect(await waiting).toEqual({ verdict: 'approved', by: 'mary' });
    const approvals = await keeper(world).approvals(String(runId));
    expect(approvals).toEqual([
      { environments: ['production'], verdict: 'approved', by: 'mary', comment: 'Ship it' },
    ]);
    expect(approversOf(approvals, 'production')).toEqual(['mary']);
    expect(approversOf(approvals, 'staging')).toEqual([]);
  });
});

const inspected = (error: unknown): string =>
  error instanceof Error
    ? JSON.stringify([error.message, error.stack, error.cause, Object.entries(error)])
    : '';

const deploy = async (
  { call, token, commit }: World & { token: string },
  body: { task?: string; payload: unknown },
): Promise<void> => {
  const { status } = await call(token, 'POST', '/repos/octo/sophie/deployments', {
    ref: commit,
    environment: 'staging',
    required_contexts: [],
    ...body,
  });
  expect(status).toBe(201);
};
