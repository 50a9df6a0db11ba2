import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../../src/domain/failure.ts';
import type { Course, Target } from '../../../src/ports/target.ts';
import { lottery } from '../../sample.ts';
import { NEVER, type VercelOptions, VercelUnderTest } from './vercel-environment.ts';

const it = lottery(0.5);

const PROMOTE: Course = { intent: 'promote', steps: [100], pauseMs: 0 };
const ROLLBACK: Course = { intent: 'rollback', steps: [100], pauseMs: 0, reason: 'checkout is broken' };
const MINUTE = 60_000;

let vercel: VercelUnderTest;
let target: Target;

const open = async (options?: VercelOptions) => {
  await vercel?.close();
  vercel = await VercelUnderTest.open(options);
  target = await vercel.connect();
};
beforeEach(() => open());
afterEach(async () => {
  expect(vercel.fake.problems).toEqual([]);
  await vercel.close();
});

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no failure',
    (error: unknown) => (error instanceof Failure ? error.code : String(error)),
  );
const isWrite = (operation: string) => !operation.startsWith('get');

describe('promote and rollback', () => {
  it('asks for each by its own endpoint, once, with the reason', async () => {
    const first = await vercel.goLive('1.0.0');
    const second = await vercel.stage('2.0.0');
    const promote = await vercel.operationsOf(() => target.activate(second, 100, NEVER, PROMOTE));
    expect(promote.filter(isWrite)).toEqual(['requestPromote']);
    const rollback = await vercel.operationsOf(() => target.activate(first, 100, NEVER, ROLLBACK));
    expect(rollback.filter(isWrite)).toEqual(['requestRollback']);
    const sent = vercel.fake.requests.find(({ operation }) => operation === 'requestRollback');
    expect(new URL(sent?.path ?? '', vercel.fake.url).searchParams.get('description')).toBe(
      'checkout is broken',
    );
    expect(vercel.project.live()).toBe(first);
  });

  it('promotes what was live before where that is what was asked for', async () => {
    const first = await vercel.goLive('1.0.0');
    await vercel.goLive('2.0.0');
    const operations = await vercel.operationsOf(() => target.activate(first, 100, NEVER, PROMOTE));
    expect(operations.filter(isWrite)).toEqual(['requestPromote']);
  });

  it('sends nothing when the deployment is live, and says so', async () => {
    const id = await vercel.goLive('1.0.0');
    const operations = await vercel.operationsOf(() => target.activate(id, 100, NEVER, PROMOTE));
    expect(operations.filter(isWrite)).toEqual([]);
    expect(vercel.infos.join()).toContain('has 100 % of production already');
  });

  it('takes a 409 for a success that is still to be seen', async () => {
    await vercel.goLive('1.0.0');
    const second = await vercel.stage('2.0.0');
    vercel.before('requestPromote', (nth) => {
      if (nth === 1) vercel.fake.promoteByHand(second);
    });
    expect((await target.activate(second, 100, NEVER, PROMOTE)).live?.id).toBe(second);
    expect(vercel.infos.join()).toContain('current production deployment already');
  });

  it('says loudly that a rollback turns off auto-assignment, and that the next promote turns it on', async () => {
    const first = await vercel.goLive('1.0.0');
    const second = await vercel.goLive('2.0.0');
    expect(vercel.warnings).toEqual([]);
    await target.activate(first, 100, NEVER, ROLLBACK);
    expect(vercel.project.autoAssigns()).toBe(false);
    expect(vercel.warnings.join()).toContain('until the next promote');
    await target.activate(second, 100, NEVER, PROMOTE);
    expect(vercel.project.autoAssigns()).toBe(true);
    expect(vercel.infos.at(-1)).toContain('by themselves again');
  });

  it('does not claim that auto-assignment is on where the project has it off', async () => {
    await open({ project: { autoAssignCustomDomains: false } });
    const first = await vercel.goLive('1.0.0');
    const second = await vercel.goLive('2.0.0');
    await target.activate(first, 100, NEVER, ROLLBACK);
    await target.activate(second, 100, NEVER, PROMOTE);
    expect(vercel.infos.at(-1)).toContain('the project’s settings say so');
  });

  it('moves every domain of production', async () => {
    await open({ project: { domains: 3 } });
    await vercel.goLive('1.0.0');
    await vercel.goLive('2.0.0');
    for (const domain of vercel.project.domains)
      expect((await vercel.versionAt(`${domain}/`))?.version).toBe('2.0.0');
  });

  it('never promotes a preview, which Vercel would build anew', async () => {
    const preview = await vercel.connect({ environment: 'preview' });
    const staged = await vercel.stage('1.0.0', preview);
    const operations = await vercel.operationsOf(async () => {
      expect(await codeOf(target.activate(staged, 100, NEVER, PROMOTE))).toBe('VERCEL_WOULD_REBUILD');
    });
    expect(operations.filter(isWrite)).toEqual([]);
  });

  it('promotes nothing that failed', async () => {
    await vercel.goLive('1.0.0');
    vercel.fake.faults.build({ state: 'ERROR' });
    const broken = await vercel.deployByHand('2.0.0');
    expect(await codeOf(target.activate(broken, 100, NEVER, PROMOTE))).toBe('VERCEL_NOT_READY');
  });

  it('tells what Vercel will not go back to', async () => {
    await vercel.goLive('1.0.0');
    const staged = await vercel.stage('2.0.0');
    expect(await codeOf(target.activate(staged, 100, NEVER, ROLLBACK))).toBe('VERCEL_NOT_ACTIVATABLE');
  });

  it('tells on Hobby that only the one before can be gone back to', async () => {
    await open({ plan: 'hobby' });
    const first = await vercel.goLive('1.0.0');
    await vercel.goLive('2.0.0');
    const third = await vercel.goLive('3.0.0');
    expect(await codeOf(target.activate(first, 100, NEVER, ROLLBACK))).toBe('VERCEL_ROLLBACK_PLAN');
    expect(vercel.project.live()).toBe(third);
  });
});

describe('what Vercel tells of its last request', () => {
  test.each([
    { stale: 3 },
    { skew: -10 * MINUTE },
    { skew: 10 * MINUTE },
    { lag: 4 },
    { stale: 2, lag: 3, skew: -MINUTE },
  ])('is not taken for ours before it is: %o', async (trouble) => {
    const first = await vercel.goLive('1.0.0');
    const second = await vercel.stage('2.0.0');
    vercel.fake.faults.alias(trouble);
    const promoted = await target.activate(second, 100, NEVER, PROMOTE);
    expect(promoted.live).toMatchObject({ id: second, weight: 100 });
    expect(vercel.project.live()).toBe(second);
    vercel.fake.faults.alias(trouble);
    const back = await target.activate(first, 100, NEVER, ROLLBACK);
    expect(back.live).toMatchObject({ id: first, weight: 100 });
    expect(vercel.project.live()).toBe(first);
  });

  it('is not believed when it is an older request for the same deployment', async () => {
    const first = await vercel.goLive('1.0.0');
    const second = await vercel.goLive('2.0.0');
    await target.activate(first, 100, NEVER, ROLLBACK);
    // Rolled forward without a request of its own: the last one told is still the rollback to the first.
    await vercel.rollByHand(second, [{ targetPercentage: 10 }, { targetPercentage: 100 }]);
    await vercel.byHand('POST', `/v1/projects/${vercel.project.id}/rolling-release/complete`, {
      canaryDeploymentId: second,
    });
    vercel.fake.faults.alias({ stale: 2, outcome: 'failed' });
    expect(await codeOf(target.activate(first, 100, NEVER, ROLLBACK))).toBe('VERCEL_ACTIVATION_FAILED');
    expect(vercel.project.live()).toBe(second);
  });

  test.each(['failed', 'skipped'] as const)('fails the step when the job ends as %s', async (outcome) => {
    const first = await vercel.goLive('1.0.0');
    const second = await vercel.stage('2.0.0');
    vercel.fake.faults.alias({ outcome });
    expect(await codeOf(target.activate(second, 100, NEVER, PROMOTE))).toBe('VERCEL_ACTIVATION_FAILED');
    expect(vercel.project.live()).toBe(first);
  });

  it('fails nothing when it tells of an earlier failure: of the same deployment, or of another', async () => {
    await vercel.goLive('1.0.0');
    const second = await vercel.stage('2.0.0');
    const third = await vercel.stage('3.0.0');
    for (const id of [second, third]) {
      vercel.fake.faults.alias({ outcome: 'failed' });
      expect(await codeOf(target.activate(second, 100, NEVER, PROMOTE))).toBe('VERCEL_ACTIVATION_FAILED');
      vercel.fake.faults.alias({ stale: 3 });
      expect((await target.activate(id, 100, NEVER, PROMOTE)).live?.id).toBe(id);
      await vercel.goLive('1.0.0');
    }
  });

  it('is given up after a while, with words, when it never comes to an end', async () => {
    await vercel.goLive('1.0.0');
    const second = await vercel.stage('2.0.0');
    vercel.fake.faults.alias({ stale: 100_000 });
    const operations = await vercel.operationsOf(async () => {
      expect(await codeOf(target.activate(second, 100, NEVER, PROMOTE))).toBe('VERCEL_NOT_CONFIRMED');
    });
    // With growing pauses: two minutes are no more than this.
    expect(operations.filter((operation) => operation === 'getProject').length).toBeLessThan(40);
  });

  it('does not hide that somebody else was faster', async () => {
    await vercel.goLive('1.0.0');
    const second = await vercel.stage('2.0.0');
    const third = await vercel.deployByHand('3.0.0');
    let promoted = false;
    vercel.before('requestPromote', () => {
      promoted = true;
    });
    vercel.before('getProject', () => {
      if (promoted) vercel.fake.promoteByHand(third);
    });
    expect(await codeOf(target.activate(second, 100, NEVER, PROMOTE))).toBe('VERCEL_NOT_CONFIRMED');
    expect(vercel.project.live()).toBe(third);
  });
});

describe('a run that was stopped', () => {
  it('in the middle of a promote is finished by the next one', async () => {
    await vercel.goLive('1.0.0');
    const second = await vercel.stage('2.0.0');
    const cancel = new AbortController();
    let promoted = false;
    vercel.before('requestPromote', () => {
      promoted = true;
    });
    vercel.before('getProject', () => {
      if (promoted) cancel.abort();
    });
    expect(await codeOf(target.activate(second, 100, cancel.signal, PROMOTE))).toBe('CANCELLED');
    const again = await vercel.connect();
    expect((await again.activate(second, 100, NEVER, PROMOTE)).live?.id).toBe(second);
  });

  test.each([
    { when: 'before', sent: 2 },
    { when: 'after', sent: 1 },
  ] as const)('is looked for before it is sent again: its answer was lost $when', async ({ when, sent }) => {
    await vercel.goLive('1.0.0');
    const second = await vercel.stage('2.0.0');
    vercel.fake.faults.next({ match: 'requestPromote', answer: 'reset', when });
    const operations = await vercel.operationsOf(() => target.activate(second, 100, NEVER, PROMOTE));
    expect(operations.filter(isWrite)).toEqual(Array.from({ length: sent }, () => 'requestPromote'));
  });

  it('has its promote waited for before anybody says that another one is live', async () => {
    // Slow enough to be under way still when it is looked at.
    await open({ looks: 12 });
    const first = await vercel.goLive('1.0.0');
    const second = await vercel.stage('2.0.0');
    await vercel.byHand('POST', `/v10/projects/${vercel.project.id}/promote/${second}`).catch(() => {});
    const observed = await (await vercel.connect()).activate(first, 100, NEVER, ROLLBACK);
    expect(observed.live?.id).toBe(first);
    vercel.fake.settle();
    expect(vercel.project.live()).toBe(first);
  });

  it('overtakes a promote of another that does not come to an end', async () => {
    const first = await vercel.goLive('1.0.0');
    const second = await vercel.stage('2.0.0');
    vercel.fake.pace.alias = 100_000;
    await vercel.byHand('POST', `/v10/projects/${vercel.project.id}/promote/${second}`);
    vercel.before('requestRollback', () => {
      vercel.fake.pace.alias = 2;
    });
    expect((await target.activate(first, 100, NEVER, ROLLBACK)).live?.id).toBe(first);
    vercel.fake.settle();
    expect(vercel.project.live()).toBe(first);
  });
});

describe('retire', () => {
  it('deletes what nobody meets, and takes what is gone for done', async () => {
    await vercel.goLive('1.0.0');
    const second = await vercel.stage('2.0.0');
    await target.retire(second, NEVER);
    await target.retire(second, NEVER);
    expect(vercel.project.deployments().map(({ id }) => id)).not.toContain(second);
  });

  it('keeps the live one, those of a Rolling Release, and those of other environments', async () => {
    const first = await vercel.goLive('1.0.0');
    const second = await vercel.stage('2.0.0');
    await target.activate(second, 10, NEVER);
    expect(await codeOf(target.retire(first, NEVER))).toBe('VERCEL_RETIRE_LIVE');
    expect(await codeOf(target.retire(second, NEVER))).toBe('VERCEL_RETIRE_LIVE');
    const preview = await vercel.connect({ environment: 'preview' });
    const other = await vercel.stage('3.0.0', preview);
    expect(await codeOf(target.retire(other, NEVER))).toBe('VERCEL_UNKNOWN_DEPLOYMENT');
    expect(vercel.project.deployments()).toHaveLength(3);
  });

  it('looks whether a delete whose answer was lost has happened', async () => {
    await vercel.goLive('1.0.0');
    const second = await vercel.stage('2.0.0');
    vercel.fake.faults.next({ match: 'deleteDeployment', answer: 'reset', when: 'after' });
    const operations = await vercel.operationsOf(() => target.retire(second, NEVER));
    expect(operations.filter((operation) => operation === 'deleteDeployment')).toHaveLength(1);
  });
});
