import { describe, expect, test } from 'vitest';
import { askHolds, standingHolds } from '../../../src/cycle/holds.ts';
import type { ControlPayload, Hold } from '../../../src/domain/holds.ts';
import { isProven, lastGood, lastPassed } from '../../../src/domain/ledger.ts';
import { createApprovals } from '../../../src/github/approvals.ts';
import { createHoldLedger } from '../../../src/github/holds.ts';
import { createLaneTickets } from '../../../src/github/lane.ts';
import { createLedger } from '../../../src/github/ledger.ts';
import { writeLane } from '../../../src/github/payload.ts';
import { digestOf, newEntry } from './ledger-contract.ts';
import { makeWorld } from './world.ts';

/**
 * Whoever has `deployments: write` can write what looks like Airlock's: a person's token, an app, a person who
 * is called what GraphQL calls an app.
 */
const OTHERS = ['eve', 'ci[bot]', 'github-actions'] as const;

const open = async () => {
  const world = await makeWorld();
  const token = world.jobToken({ deployments: 'write', actions: 'read' });
  const github = world.connect(token);
  const deploy = async (by: string, task: string, payload: unknown, environment = 'staging') => {
    const answer = await world.call(by, 'POST', '/repos/octo/sophie/deployments', {
      ref: world.commit,
      task,
      environment,
      payload,
      auto_merge: false,
      required_contexts: [],
    });
    expect(answer.status).toBe(201);
    return (answer.body as { id: number }).id;
  };
  const say = async (by: string, number: number, status: Record<string, unknown>) => {
    const path = `/repos/octo/sophie/deployments/${number}/statuses`;
    expect((await world.call(by, 'POST', path, { auto_inactive: false, ...status })).status).toBe(201);
  };
  const numbers = () => world.github.snapshot().repositories[0]?.deployments.map(({ id }) => id) ?? [];
  return {
    ...world,
    token,
    github: world.github,
    deploy,
    say,
    numbers,
    ledger: createLedger(github),
    holds: createHoldLedger(github, { main: 'main' }),
    connection: github,
  };
};

describe.each(OTHERS)('what %s writes', (login) => {
  test('proves nothing, goes nowhere and stops nobody', async () => {
    const { github, deploy, say, ledger, commit } = await open();
    const other = github.mintUserToken(login);
    for (const environment of ['staging', 'production']) {
      const { payload } = newEntry(commit, { environment });
      await say(other, await deploy(other, 'promote', { airlock: payload }, environment), {
        state: 'success',
      });
      const entries = await ledger.entries(environment, 100);
      expect([isProven(entries, digestOf('a')), lastGood(entries, undefined), lastPassed(entries)]).toEqual([
        false,
        undefined,
        undefined,
      ]);
    }
  });

  test('and cannot be read stops nobody, of any task', async () => {
    const { github, deploy, ledger, holds, commit, connection } = await open();
    const other = github.mintUserToken(login);
    for (const task of ['promote', 'rollback', 'control', 'lane', 'approval', 'dance'])
      for (const environment of ['staging', 'production'])
        await deploy(other, task, { airlock: 1 }, environment);
    const own = await ledger.open(newEntry(commit));
    expect((await ledger.entries('staging', 10)).map(({ id }) => id)).toEqual([own.id]);
    expect(await holds.read()).toEqual({ controls: [], waysBack: [] });
    expect(await createApprovals(connection).read()).toEqual({ asks: [], issues: [], answers: [] });
    const place = { app: 'sophie', environment: 'staging' };
    expect(await createLaneTickets(connection).read(place)).toEqual([]);
  });

  test('on an entry does not count: where it stands is what Airlock said last', async () => {
    const { github, say, numbers, ledger, commit } = await open();
    const other = github.mintUserToken(login);
    const failed = await ledger.open(newEntry(commit));
    await ledger.advance(failed.id, 'failed', { text: 'its checks say no' });
    const live = await ledger.open(newEntry(commit, { runId: '2', digest: digestOf('b') }));
    await ledger.advance(live.id, 'succeeded', { text: 'live' });
    const begun = await ledger.open(newEntry(commit, { runId: '3', digest: digestOf('c') }));
    const [one = 0, two = 0, three = 0] = numbers();
    await say(other, one, { state: 'success' });
    await say(other, two, { state: 'failure' });
    await say(other, three, { state: 'success' });
    const states = async () => (await ledger.entries('staging', 10)).map(({ state }) => state);
    expect(await states()).toEqual(['started', 'succeeded', 'failed']);
    await expect(ledger.advance(failed.id, 'succeeded', { text: 'no' })).rejects.toMatchObject({
      code: 'LEDGER_MOVE_REFUSED',
    });
    await ledger.advance(begun.id, 'succeeded', { text: 'live' });
    await ledger.advance(live.id, 'superseded', { text: 'over' });
    expect(await states()).toEqual(['succeeded', 'superseded', 'failed']);
  });

  test('carries no entry into another environment', async () => {
    const { github, say, numbers, ledger, commit } = await open();
    const entry = await ledger.open(newEntry(commit));
    await ledger.advance(entry.id, 'succeeded', { text: 'live' });
    const [number = 0] = numbers();
    await say(github.mintUserToken(login), number, { state: 'success', environment: 'production' });
    expect(await ledger.entries('production', 10)).toEqual([]);
  });

  test('locks nothing, unlocks nothing, and takes back no way back', async () => {
    const { github, deploy, say, numbers, ledger, holds, commit } = await open();
    const other = github.mintUserToken(login);
    const previous = { deploymentId: 'x', digest: digestOf('b'), version: '1.5.0', commit };
    const back = await ledger.open(newEntry(commit, { task: 'rollback', previous, condemns: true }));
    await ledger.advance(back.id, 'succeeded', { text: 'back' });
    const lock = await holds.record({ environment: 'staging', payload: word(commit) });
    await deploy(other, 'control', { airlock: word(commit) });
    await deploy(other, 'control', {
      airlock: word(commit, { control: 'unlock', lifts: [lock.id, back.id] }),
    });
    const [number = 0] = numbers();
    await say(other, number, { state: 'error' });
    const everything = { app: 'sophie', concerns: (all: readonly Hold[]) => all };
    const standing = await standingHolds(holds, await holds.read(), everything, new Date());
    expect(standing.map(({ id }) => id).sort()).toEqual([back.id, lock.id].sort());
  });

  test('closes no ticket of the lane, and holds it against nobody', async () => {
    const { github, deploy, say, numbers, connection, commit } = await open();
    const other = github.mintUserToken(login);
    const place = { app: 'sophie', environment: 'staging' };
    const owner = { run: { id: '1', attempt: 1, url: 'https://github.test/runs/1' }, job: 'a' };
    const tickets = createLaneTickets(connection);
    const own = await tickets.open(place, owner, commit);
    const [number = 0] = numbers();
    await say(other, number, { state: 'inactive' });
    await deploy(other, 'lane', writeLane({ schema: 1, lane: { app: 'sophie', owner } }));
    expect((await tickets.read(place)).map(({ id, state }) => [id, state])).toEqual([[own.id, 'open']]);
    await tickets.close(own, 'released', 'over');
    expect((await tickets.read(place)).map(({ state }) => state)).toEqual(['released']);
  });
});

const word = (commit: string, about: Partial<ControlPayload> = {}): ControlPayload => ({
  schema: 1,
  control: 'lock',
  app: 'sophie',
  commit,
  reason: 'the till is down',
  lifts: [],
  run: { id: '7', attempt: 1, url: 'https://github.test/runs/7' },
  actor: 'mary',
  ...about,
});

describe('a token of one’s own', () => {
  test('is believed beside the jobs of the repository, and by itself alone', async () => {
    const { github, connect, holds, ledger, commit } = await open();
    const own = connect(github.mintUserToken('airlock-for-octo[bot]'));
    await holds.record({ environment: 'staging', payload: word(commit) });
    await createHoldLedger(own).record({ environment: 'staging', payload: word(commit, { reason: 'two' }) });
    await createLedger(own).open(newEntry(commit));
    expect((await createHoldLedger(own).read()).controls).toHaveLength(2);
    expect(await createLedger(own).entries('staging', 10)).toHaveLength(1);
    // What it wrote is somebody else's to a job whose token is its own.
    expect((await holds.read()).controls).toHaveLength(1);
    expect(await ledger.entries('staging', 10)).toEqual([]);
  });
});

describe('what opens a gate, written as the jobs of the repository write', () => {
  const question = { app: 'sophie', environment: 'production', digest: digestOf('a') };

  /** A locked production, and somebody's run. */
  async function locked(
    run: Partial<Parameters<Awaited<ReturnType<typeof open>>['github']['openRun']>[0]> = {},
  ) {
    const world = await open();
    const { github, repository, commit, holds } = world;
    repository.configure({ collaborators: { mary: 'write', ada: 'write', rita: 'read' } });
    await holds.record({ environment: 'production', payload: word(commit) });
    const { id, attempt } = github.openRun({
      repository: 'octo/sophie',
      workflowPath: '.github/workflows/control.yml',
      workflowName: 'Control',
      event: 'workflow_dispatch',
      ref: 'refs/heads/main',
      sha: commit,
      actor: 'mary',
      ...run,
    });
    const origin = { id: String(id), attempt, url: `https://github.test/runs/${id}` };
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const override = (about: Partial<ControlPayload> = {}) =>
      holds.record({
        environment: 'production',
        payload: word(commit, { control: 'override', gate: 'hold', until, run: origin, ...about }),
      });
    const opened = async () => {
      const { holds: left, override: by } = await askHolds(holds, question, new Date());
      return left.length === 0 || by !== undefined;
    };
    return { ...world, origin, override, opened };
  }

  test('opens it where that person started that run by hand, on the default branch', async () => {
    const { override, opened } = await locked();
    expect(await opened()).toBe(false);
    await override();
    expect(await opened()).toBe(true);
  });

  test.each([
    ['in the name of somebody who did not start the run', {}, { actor: 'ada' }],
    ['by somebody without write access', { actor: 'rita' }, { actor: 'rita' }],
    ['with a second one without write access', {}, { second: 'rita' }],
    ['of a run that does not exist', {}, { run: { id: '1', attempt: 1, url: 'https://github.test/1' } }],
    [
      'of a run with another name than a number',
      {},
      { run: { id: '../1', attempt: 1, url: 'https://g.test' } },
    ],
    ['of a run on another branch', { ref: 'refs/heads/evil' }, {}],
    ['of a run that nobody started by hand', { event: 'push' }, {}],
    ['by a comment, of a run that no comment started', {}, { comment: 77 }],
    ['for another app', {}, { app: 'harbor' }],
  ] as const)('does not %s', async (_, run, about) => {
    const { override, opened } = await locked(run);
    await override(about);
    expect(await opened()).toBe(false);
  });

  test.each([
    ['that person', {}, true],
    ['somebody else', { actor: 'eve' }, false],
  ])('lifts a lock where the run is of %s', async (_, about, lifts) => {
    const { holds, opened, commit, origin } = await locked();
    const [lock] = (await holds.read()).controls;
    await holds.record({
      environment: 'production',
      payload: word(commit, { control: 'unlock', lifts: [lock?.id ?? ''], run: origin, ...about }),
    });
    expect(await opened()).toBe(lifts);
  });
});
