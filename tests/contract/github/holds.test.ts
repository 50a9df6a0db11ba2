import { describe, expect, test } from 'vitest';
import { askHolds, standingHolds } from '../../../src/cycle/holds.ts';
import { leaveLane, takeLane } from '../../../src/cycle/lane.ts';
import type { ControlPayload, Hold } from '../../../src/domain/holds.ts';
import type { LaneOwner } from '../../../src/domain/lane.ts';
import { createHoldLedger } from '../../../src/github/holds.ts';
import { createLaneTickets, createRunStates } from '../../../src/github/lane.ts';
import { createLedger } from '../../../src/github/ledger.ts';
import { SteppedClock, silentLog } from '../../unit/cycle/world.ts';
import { digestOf, newEntry } from './ledger-contract.ts';
import { makeWorld } from './world.ts';

const WRITER = { deployments: 'write', actions: 'read' } as const;
/** Small, so that a few refused ones fill it. */
const PAGE = 4;

const word = (commit: string, about: Partial<ControlPayload> = {}): ControlPayload => ({
  schema: 1,
  control: 'lock',
  app: 'sophie',
  commit,
  reason: 'a "quoted" reason – ünïcode <b> $(id)',
  lifts: [],
  run: { id: '7', attempt: 1, url: 'https://github.example/runs/7' },
  actor: 'mary',
  ...about,
});

const open = async () => {
  const world = await makeWorld();
  const token = world.jobToken(WRITER);
  return {
    ...world,
    token,
    holds: createHoldLedger(world.connect(token)),
    ledger: createLedger(world.connect(token)),
  };
};

describe('what people said, on GitHub', () => {
  test('is read back whole, once, and by no reader of releases', async () => {
    const { holds, ledger, commit, github } = await open();
    const full = word(commit, {
      control: 'override',
      digest: digestOf('b'),
      version: '1.2.3',
      gate: 'order',
      until: '2026-03-01T12:00:00.000Z',
      lifts: ['one', 'two'],
      second: 'ada',
    });
    const first = await holds.record({ environment: 'production', payload: full });
    // Said by a run that is run again; its end counts from when it was first said.
    const again = { ...full, until: '2026-03-02T12:00:00.000Z', run: { ...full.run, attempt: 2 } };
    expect((await holds.record({ environment: 'production', payload: again })).id).toBe(first.id);
    const lock = await holds.record({ environment: 'staging', payload: word(commit) });
    const read = await holds.read();
    expect(read.controls).toEqual([lock, first]);
    expect(read.controls[1]?.payload).toEqual(full);
    expect(await ledger.entries('production', 10)).toEqual([]);
    const [record] = github.snapshot().repositories[0]?.deployments ?? [];
    expect(record).toMatchObject({ task: 'control', production: false });
    expect(record?.statuses.map(({ state }) => state)).toEqual(['inactive']);
  });

  test('stands among rollbacks that hold what they left, once they were gone to their end', async () => {
    const { holds, ledger, commit } = await open();
    const previous = { deploymentId: 'x', digest: digestOf('b'), version: '1.5.0', commit };
    const about = { task: 'rollback', previous, condemns: true, environment: 'production' } as const;
    const { id } = await ledger.open(newEntry(commit, about));
    await ledger.open(newEntry(commit, { task: 'rollback', previous }));
    const concerns = (all: readonly Hold[]) => all;
    const held = async () => {
      const standing = standingHolds(holds, await holds.read(), { app: 'sophie', concerns }, new Date());
      return (await standing).map((hold) => hold.id);
    };
    // What is cut short here leaves the bad release live, and the job must get through to go back.
    expect(await held()).toEqual([]);
    await ledger.advance(id, 'succeeded', { text: 'back' });
    expect(await held()).toEqual([id]);
    await ledger.advance(id, 'superseded', { text: 'later' });
    expect(await held()).toEqual([id]);
    const unverified = await ledger.open(newEntry(commit, { ...about, runId: '2' }));
    await ledger.advance(unverified.id, 'failed', { text: 'that one does not pass either' });
    expect(await held()).toHaveLength(2);
    const cut = await ledger.open(newEntry(commit, { ...about, runId: '3' }));
    await ledger.advance(cut.id, 'cancelled', { text: 'killed' });
    expect(await held()).toHaveLength(2);
  });

  test('asks how ways back ended for those alone that would hold what somebody asks about', async () => {
    const { holds, ledger, commit, github } = await open();
    const left = (of: string) => ({
      task: 'rollback' as const,
      condemns: true as const,
      environment: 'production',
      previous: { deploymentId: 'x', digest: digestOf(of), version: '1.5.0', commit },
    });
    const bad = await ledger.open(newEntry(commit, left('b')));
    await ledger.advance(bad.id, 'succeeded', { text: 'back' });
    await ledger.open(newEntry(commit, { ...left('c'), runId: '2' }));
    let queries = 0;
    github.faults.next({
      answer: 500,
      match: (request) => {
        queries += Number(request.url.endsWith('/graphql'));
        return false;
      },
    });
    const ask = (of: string) =>
      askHolds(holds, { app: 'sophie', environment: 'production', digest: digestOf(of) }, new Date());
    expect((await ask('a')).holds).toEqual([]);
    expect(queries).toBe(0);
    expect((await ask('b')).holds.map(({ id }) => id)).toEqual([bad.id]);
    expect((await ask('c')).holds).toEqual([]);
    expect(queries).toBe(2);
    github.faults.next({ match: 'graphql', answer: 503, times: 4 });
    await expect(ask('b')).rejects.toMatchObject({ code: 'GITHUB_UNREACHABLE' });
  });

  test('an answer that is lost is looked for, and what is said stands once', async () => {
    const { holds, github, commit } = await open();
    github.faults.next({ match: 'repos/create-deployment', answer: 502, when: 'after' });
    await holds.record({ environment: 'production', payload: word(commit) });
    expect((await holds.read()).controls).toHaveLength(1);
  });

  test('one that cannot be understood is an error: nobody decides on half of it', async () => {
    const world = await open();
    await world.call(world.token, 'POST', '/repos/octo/sophie/deployments', {
      ref: world.commit,
      task: 'control',
      environment: 'production',
      payload: { airlock: { ...word(world.commit), control: 'explode' } },
      required_contexts: [],
    });
    await expect(world.holds.read()).rejects.toMatchObject({ code: 'LEDGER_ENTRY_UNREADABLE' });
    await expect(world.ledger.entries('production', 10)).rejects.toMatchObject({
      code: 'LEDGER_ENTRY_UNREADABLE',
    });
  });

  test('a token that may not write says which permission is missing', async () => {
    const { jobToken, connect, commit } = await open();
    const reader = createHoldLedger(connect(jobToken({ deployments: 'read' })));
    await expect(reader.record({ environment: 'production', payload: word(commit) })).rejects.toMatchObject({
      code: 'GITHUB_PERMISSION_MISSING',
    });
    expect((await reader.read()).controls).toEqual([]);
  });
});

describe('the lane on GitHub', () => {
  const place = { app: 'sophie', environment: 'production' };
  const lanes = async (permissions: Parameters<Awaited<ReturnType<typeof open>>['jobToken']>[0] = WRITER) => {
    const world = await makeWorld();
    const github = world.connect(world.jobToken(permissions));
    const clock = new SteppedClock();
    const ports = () => ({
      tickets: createLaneTickets(github, PAGE),
      runs: createRunStates(github),
      clock,
      log: silentLog,
    });
    const owner = (run: number, job = 'a', attempt = 1): LaneOwner => ({
      run: { id: String(run), attempt, url: `https://github.example/runs/${run}` },
      job,
    });
    const take = (by: LaneOwner) =>
      takeLane({ place, owner: by, commit: world.commit }, ports(), new AbortController().signal);
    const leave = (by: LaneOwner, held = true) => leaveLane({ place, owner: by }, ports(), held);
    return { ...world, take, leave, owner };
  };

  test('is held by one, refused to the next while that run goes on, and free once it was given back', async () => {
    const { take, leave, owner, openRun } = await lanes();
    const [one, two] = [owner(openRun()), owner(openRun())];
    expect(await take(one)).toEqual({ kind: 'held' });
    expect(await take(two)).toMatchObject({ kind: 'taken', by: { owner: one }, doubt: undefined });
    // Whoever holds nothing gives nothing back.
    expect(await leave(two)).toBe(false);
    expect(await take(two)).toMatchObject({ kind: 'taken' });
    expect(await leave(one)).toBe(true);
    expect(await take(two)).toEqual({ kind: 'held' });
  });

  test('of a run that is over is free, and its ticket is closed', async () => {
    const { take, owner, openRun, github } = await lanes();
    const run = openRun();
    await take(owner(run));
    github.setRunStatus(run, 'completed', 'failure');
    expect(await take(owner(openRun()))).toEqual({ kind: 'held' });
    const [first] = github.snapshot().repositories[0]?.deployments ?? [];
    expect(first?.statuses.at(-1)).toMatchObject({ state: 'error', description: `Run ${run} is over` });
  });

  test('goes on being held by a later step of the job, not by another job of the run, and by no later attempt', async () => {
    const { take, owner, openRun, github, commit } = await lanes();
    const run = openRun();
    await take(owner(run));
    expect(await take(owner(run))).toEqual({ kind: 'held' });
    expect(await take(owner(run, 'b'))).toMatchObject({ kind: 'taken' });
    github.openRun({
      repository: 'octo/sophie',
      workflowPath: '.github/workflows/release.yml',
      workflowName: 'Release',
      event: 'push',
      ref: 'refs/heads/main',
      sha: commit,
      actor: 'sophie',
      rerunOf: run,
    });
    expect(await take(owner(run, 'c', 2))).toEqual({ kind: 'held' });
    expect(github.snapshot().repositories[0]?.deployments[0]?.statuses.at(-1)?.state).toBe('error');
  });

  test('of a run that nobody can ask after is not free', async () => {
    const { take, owner, openRun } = await lanes({ deployments: 'write' });
    await take(owner(openRun()));
    expect(await take(owner(openRun()))).toMatchObject({
      kind: 'taken',
      doubt: expect.stringContaining('actions: read'),
    });
  });

  test('is found behind a page of tickets of those who were refused', async () => {
    const { take, owner, openRun, leave } = await lanes();
    await take(owner(openRun()));
    const holder = owner(openRun());
    expect((await take(holder)).kind).toBe('taken');
    for (let contender = 0; contender < 3; contender += 1)
      expect((await take(owner(openRun()))).kind).toBe('taken');
    await leave(holder);
    expect((await take(owner(openRun()))).kind).toBe('taken');
  });

  test('another app of the same environment has a lane of its own', async () => {
    const { take, owner, openRun, connect, jobToken, commit } = await lanes();
    await take(owner(openRun()));
    const github = connect(jobToken(WRITER));
    const ports = {
      tickets: createLaneTickets(github, PAGE),
      runs: createRunStates(github),
      clock: new SteppedClock(),
      log: silentLog,
    };
    const request = { place: { ...place, app: 'harbor' }, owner: owner(openRun()), commit };
    expect(await takeLane(request, ports, new AbortController().signal)).toEqual({ kind: 'held' });
  });
});
