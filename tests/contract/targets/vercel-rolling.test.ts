import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../../src/domain/failure.ts';
import type { Course, Target } from '../../../src/ports/target.ts';
import { lottery } from '../../sample.ts';
import { NEVER, type VercelOptions, VercelUnderTest } from './vercel-environment.ts';

const it = lottery(0.5);

const COURSE: Course = { intent: 'promote', steps: [10, 50, 100], pauseMs: 90_000 };
const ROLLBACK: Course = { intent: 'rollback', steps: [100], pauseMs: 0 };
const AT_ONCE: Course = { intent: 'promote', steps: [100], pauseMs: 0 };
const FOREIGN = [{ targetPercentage: 20, duration: 5 }, { targetPercentage: 100 }];

let vercel: VercelUnderTest;
let target: Target;
let first: string;
let second: string;

const open = async (options?: VercelOptions) => {
  await vercel?.close();
  vercel = await VercelUnderTest.open(options);
  target = await vercel.connect();
  first = await vercel.goLive('1.0.0');
  second = await vercel.stage('2.0.0');
};
beforeEach(() => open());
afterEach(async () => {
  expect(vercel.fake.problems).toEqual([]);
  await vercel.close();
});

const failureOf = (work: Promise<unknown>): Promise<Failure | undefined> =>
  work.then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof Failure) return error;
      throw error;
    },
  );
const codeOf = async (work: Promise<unknown>) => (await failureOf(work))?.code;
const writesOf = async (work: () => Promise<unknown>) =>
  (await vercel.operationsOf(work)).filter((operation) => !operation.startsWith('get'));
const shares = async () =>
  (await target.observe()).deployments
    .filter(({ weight }) => weight > 0)
    .map(({ id, weight }) => ({ id, weight }));

describe('a Rolling Release step by step', () => {
  it('is planned, started, approved and completed, and each step once', async () => {
    const step = (weight: number) => writesOf(() => target.activate(second, weight, NEVER, COURSE));
    expect(await step(10)).toEqual(['updateRollingReleaseConfig', 'startRollingRelease']);
    expect(await shares()).toEqual([
      { id: second, weight: 10 },
      { id: first, weight: 90 },
    ]);
    expect(await step(10)).toEqual([]);
    expect(await step(50)).toEqual(['approveRollingReleaseStage']);
    expect(await step(50)).toEqual([]);
    expect(await shares()).toEqual([
      { id: second, weight: 50 },
      { id: first, weight: 50 },
    ]);
    expect(await step(100)).toContain('completeRollingRelease');
    expect(await step(100)).toEqual([]);
    expect(await shares()).toEqual([{ id: second, weight: 100 }]);
    expect(vercel.project.live()).toBe(second);
    expect(vercel.infos.join()).toContain('now go 10 → 50 → 100 %');
  });

  it('plans once: the next release finds its steps in the settings', async () => {
    await target.activate(second, 10, NEVER, COURSE);
    await target.activate(second, 100, NEVER, COURSE);
    const third = await vercel.stage('3.0.0');
    expect(await writesOf(() => target.activate(third, 10, NEVER, COURSE))).toEqual(['startRollingRelease']);
  });

  test.each([
    { answer: 'reset', when: 'before' },
    { answer: 500, when: 'after' },
    { answer: 'truncated' },
  ] as const)('is planned all the same where the answer was lost: %o', async (fault) => {
    vercel.fake.faults.next({ ...fault, match: 'updateRollingReleaseConfig' });
    await target.activate(second, 10, NEVER, COURSE);
    expect(vercel.project.rollingRelease()?.config.stages.map((one) => one.targetPercentage)).toEqual(
      COURSE.steps,
    );
  });

  it('skips stages that were not asked for', async () => {
    await target.activate(second, 10, NEVER, { ...COURSE, steps: [10, 20, 50, 100] });
    await (await vercel.connect()).activate(second, 50, NEVER, COURSE);
    expect(await shares()).toContainEqual({ id: second, weight: 50 });
  });

  it('goes on where a stopped run has left it, and never back', async () => {
    await target.activate(second, 10, NEVER, COURSE);
    await target.activate(second, 50, NEVER, COURSE);
    const rerun = await vercel.connect();
    const observed = await rerun.activate(second, 10, NEVER, COURSE);
    expect(observed.deployments[0]).toMatchObject({ id: second, weight: 50 });
    expect((await rerun.activate(second, 100, NEVER, COURSE)).live?.id).toBe(second);
  });

  it('refuses a share that is none of the steps of the release under way', async () => {
    await target.activate(second, 10, NEVER, COURSE);
    expect(await codeOf(target.activate(second, 30, NEVER, COURSE))).toBe('VERCEL_STEP_UNPLANNED');
    expect(await shares()).toContainEqual({ id: second, weight: 10 });
  });

  it('ends with a rollback to the deployment before, at every step', async () => {
    for (const weight of [10, 50]) {
      await target.activate(second, weight, NEVER, COURSE);
      expect(await writesOf(() => target.activate(first, 100, NEVER, ROLLBACK))).toEqual(['requestRollback']);
      expect(await shares()).toEqual([{ id: first, weight: 100 }]);
      expect(vercel.project.rollingRelease()?.state).toBe('ABORTED');
    }
  });

  it('is completed at once where a promote is to be one step only', async () => {
    await target.activate(second, 10, NEVER, COURSE);
    await target.activate(second, 100, NEVER, COURSE);
    const third = await vercel.stage('3.0.0');
    expect((await target.activate(third, 100, NEVER, AT_ONCE)).live).toMatchObject({
      id: third,
      weight: 100,
    });
    expect(vercel.project.rollingRelease()?.state).toBe('COMPLETE');
  });

  it('takes nothing back from what has everything', async () => {
    expect(await writesOf(() => target.activate(first, 50, NEVER, COURSE))).toEqual([]);
    expect(await shares()).toEqual([{ id: first, weight: 100 }]);
  });
});

describe('a Rolling Release that advances by itself', () => {
  beforeEach(async () => {
    target = await vercel.connect({ advance: 'automatic' });
  });

  it('is planned in whole minutes, and waited for instead of approved', async () => {
    expect(await writesOf(() => target.activate(second, 10, NEVER, COURSE))).toEqual([
      'updateRollingReleaseConfig',
      'startRollingRelease',
    ]);
    // 90 s are two minutes: Vercel must not be faster than airlock.yml.
    expect(vercel.project.rollingRelease()?.config).toMatchObject({
      advancementType: 'automatic',
      stages: [{ duration: 2 }, { duration: 2 }, { targetPercentage: 100 }],
    });
    const before = vercel.fake.clock.now();
    const steps = await writesOf(async () => {
      await target.activate(second, 50, NEVER, COURSE);
      expect(await shares()).toContainEqual({ id: second, weight: 50 });
      await target.activate(second, 100, NEVER, COURSE);
    });
    expect(steps).toEqual([]);
    expect(vercel.fake.clock.now() - before).toBeGreaterThanOrEqual(4 * 60_000 - 5_000);
    expect(await shares()).toEqual([{ id: second, weight: 100 }]);
  });

  it('stops waiting when the run is cancelled', async () => {
    await target.activate(second, 10, NEVER, COURSE);
    const cancel = new AbortController();
    vercel.before('getProject', () => cancel.abort());
    expect(await codeOf(target.activate(second, 50, cancel.signal, COURSE))).toBe('CANCELLED');
    expect(vercel.project.rollingRelease()?.state).toBe('ACTIVE');
  });
});

describe('a plan without Rolling Releases', () => {
  it('is told apart, with what to do instead, and changes nothing', async () => {
    await open({ plan: 'hobby' });
    const failure = await failureOf(target.activate(second, 10, NEVER, COURSE));
    expect(failure).toMatchObject({ code: 'VERCEL_ROLLING_RELEASE_UNAVAILABLE' });
    expect(failure?.next).toContain('strategy: blue-green');
    expect(await shares()).toEqual([{ id: first, weight: 100 }]);
  });

  it('is told apart from a token that may not, by what may still be read', async () => {
    const gate = createServer(async (request, response) => {
      if (request.url?.includes('/rolling-release')) {
        const error = { code: 'forbidden', message: 'Rolling Releases are not enabled for this team' };
        return response.writeHead(403).end(JSON.stringify({ error }));
      }
      const { authorization = '' } = request.headers;
      const answer = await fetch(`${vercel.fake.url}${request.url}`, {
        method: request.method ?? 'GET',
        headers: { authorization },
      });
      return response.writeHead(answer.status).end(await answer.text());
    }).listen(0, '127.0.0.1');
    await once(gate, 'listening');
    const { port } = gate.address() as AddressInfo;
    const forbidden = await vercel.connect({}, { apiUrl: `http://127.0.0.1:${port}` });
    const failure = await failureOf(forbidden.activate(second, 10, NEVER, COURSE));
    expect(failure).toMatchObject({ code: 'VERCEL_ROLLING_RELEASE_UNAVAILABLE' });
    expect(failure?.message).toContain('not enabled for this team');
    expect((await forbidden.activate(second, 100, NEVER, AT_ONCE)).live?.id).toBe(second);
    gate.closeAllConnections();
    gate.close();
  });

  it('still promotes the first release of all, which has nothing to share with', async () => {
    await vercel.close();
    vercel = await VercelUnderTest.open({ plan: 'hobby' });
    target = await vercel.connect();
    const id = await vercel.stage('1.0.0');
    expect((await target.activate(id, 10, NEVER, COURSE)).live).toMatchObject({ id, weight: 100 });
  });
});

describe('answers that leave out what counts', () => {
  it('has no Rolling Release where Vercel says null', async () => {
    expect((await target.observe()).live).toMatchObject({ id: first, weight: 100 });
  });

  it('asks again, after a pause, when the stage is not told', async () => {
    await target.activate(second, 10, NEVER, COURSE);
    const before = vercel.fake.clock.now();
    vercel.fake.faults.hideActiveStage(3);
    expect(await shares()).toContainEqual({ id: second, weight: 10 });
    expect(vercel.fake.clock.now() - before).toBeGreaterThanOrEqual(250 + 500 + 1_000);
    vercel.fake.faults.hideActiveStage(2);
    await target.activate(second, 50, NEVER, COURSE);
    expect(await shares()).toContainEqual({ id: second, weight: 50 });
  });

  it('knows the canary when the stage is never told, and takes it no further', async () => {
    await target.activate(second, 10, NEVER, COURSE);
    vercel.fake.faults.hideActiveStage(10_000);
    const operations = await vercel.operationsOf(async () => {
      expect((await shares()).map(({ id }) => id)).toContain(second);
    });
    expect(await codeOf(target.activate(second, 50, NEVER, COURSE))).toBe('VERCEL_ANSWER_UNREADABLE');
    expect(operations.filter((operation) => operation === 'getRollingRelease').length).toBeLessThan(12);
  });
});

describe("somebody else's Rolling Release", () => {
  let foreign: string;
  beforeEach(async () => {
    foreign = await vercel.deployByHand('9.9.9');
  });

  test.each([AT_ONCE, COURSE, ROLLBACK])('makes us refuse before anything is queued: %o', async (course) => {
    const zeroth = first;
    await vercel.goLive('1.5.0');
    await vercel.rollByHand(foreign, FOREIGN);
    const id = course === ROLLBACK ? zeroth : second;
    const writes = await writesOf(async () => {
      expect(await codeOf(target.activate(id, course.steps[0] ?? 0, NEVER, course))).toBe(
        'VERCEL_BEHIND_ROLLING_RELEASE',
      );
    });
    expect(writes).toEqual([]);
    expect(vercel.project.rollingRelease()).toMatchObject({
      state: 'ACTIVE',
      canary: foreign,
      queued: undefined,
    });
  });

  it('is waited for where the settings say so', async () => {
    await vercel.rollByHand(foreign, FOREIGN, 'automatic');
    const patient = await vercel.connect({ 'behind-rolling-release': 'wait' });
    expect((await patient.activate(second, 100, NEVER, AT_ONCE)).live?.id).toBe(second);
    expect(vercel.project.live()).toBe(second);
  });

  it('is not waited for longer than an hour', async () => {
    await vercel.rollByHand(foreign, FOREIGN);
    const patient = await vercel.connect({ 'behind-rolling-release': 'wait' });
    expect(await codeOf(patient.activate(second, 100, NEVER, AT_ONCE))).toBe('VERCEL_BEHIND_ROLLING_RELEASE');
    expect(vercel.project.rollingRelease()).toMatchObject({
      state: 'ACTIVE',
      canary: foreign,
      queued: undefined,
    });
  });

  test.each(['refuse', 'wait'] as const)(
    'that starts in the very moment of a promote: %s',
    async (setting) => {
      const patient = await vercel.connect({ 'behind-rolling-release': setting });
      let started: Promise<void> | undefined;
      vercel.before('requestPromote', () => {
        started ??= vercel.rollByHand(foreign, FOREIGN, 'automatic');
      });
      // Long enough for the other to come first.
      vercel.fake.faults.next({ match: 'requestPromote', answer: 'slow', delay: 150 });
      const code = await codeOf(patient.activate(second, 100, NEVER, AT_ONCE));
      await started;
      expect(code).toBe(setting === 'refuse' ? 'VERCEL_BEHIND_ROLLING_RELEASE' : undefined);
      expect(vercel.project.live()).toBe(setting === 'refuse' ? first : second);
    },
  );
});
