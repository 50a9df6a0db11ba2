import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Course } from '../../../src/ports/target.ts';
import { SteppedClock } from '../../unit/cycle/world.ts';
import { NEVER, type VercelOptions } from './vercel-environment.ts';
import { answering, codeOf, VercelRuns } from './vercel-runs.ts';

const ROLLBACK: Course = { intent: 'rollback', steps: [100], pauseMs: 0 };
const PROMOTE_REQUEST = /^POST .*\/promote\//;
const ROLLBACK_REQUEST = /^POST .*\/rollback\//;

let runs: VercelRuns;
const open = async (options: VercelOptions = {}) => {
  await runs?.close();
  runs = await VercelRuns.open(options);
};
beforeEach(() => open());
afterEach(async () => {
  expect(runs.vercel.fake.problems).toEqual([]);
  await runs.close();
});

const whatOf = ({ method, url }: Request): string => `${method} ${new URL(url).pathname}`;

/** Cuts the work at the first request after one of that kind. */
async function cutAfter(kind: RegExp, work: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
  const end = new AbortController();
  let isAsked = false;
  runs.vercel.fake.faults.next({
    match: (request) => {
      if (isAsked) end.abort();
      isAsked ||= kind.test(whatOf(request));
      return false;
    },
    answer: 500,
  });
  expect(await codeOf(work(end.signal))).toBe('CANCELLED');
}

/** Cuts a promote when its entry is written, before Vercel is asked for anything. */
async function cutAtEntry(run: string, version: string, id: string): Promise<void> {
  const end = new AbortController();
  const { ledger } = runs;
  const record = ledger.open.bind(ledger);
  ledger.open = async (entry) => {
    const opened = await record(entry);
    end.abort();
    return opened;
  };
  expect(await codeOf(runs.promote(run, version, id, { signal: end.signal }))).toBe('CANCELLED');
  ledger.open = record;
}

/** What is live once Vercel has ended all that it was asked for. */
function liveAtLast(): string | undefined {
  const { fake, project } = runs.vercel;
  fake.pace.alias = 2;
  fake.settle();
  return project.live();
}

const alias = (id: string, nth: number) =>
  runs.vercel.byHand('POST', `/v2/deployments/${id}/aliases`, {
    alias: new URL(runs.vercel.project.domains[nth] ?? '').host,
  });

const backTo = (version: string) => ({ kind: 'done', outputs: { 'rolled-back': 'true', version } });

describe('what somebody takes back at the dashboard between two steps', () => {
  test.each([[[10, 50, 100]], [[10, 100]]])('stays taken back: %o', async (steps) => {
    const { vercel } = runs;
    const first = await runs.live('1', '1.0.0');
    const clock = new SteppedClock();
    const sleep = clock.sleep.bind(clock);
    clock.sleep = async (ms, signal) => {
      clock.sleep = sleep;
      await vercel.byHand('POST', `/v9/projects/web/rollback/${first}`);
      vercel.fake.settle();
      return sleep(ms, signal);
    };
    const environment = { strategy: { kind: 'canary', steps, pauseMs: 1 } } as const;
    expect(await codeOf(runs.live('2', '2.0.0', { clock, environment }))).toBe('TAKEN_BACK');
    expect(await runs.backBySelf('2', '2.0.0')).toMatchObject({ outputs: { 'rolled-back': 'false' } });
    expect(liveAtLast()).toBe(first);
    expect((await runs.states())[0]).toBe('promote 2.0.0 cancelled');
  });

  test.each([0, 1, 6])(
    'is not what Vercel itself has taken to its end: domains lag by %i looks',
    async (lag) => {
      const { vercel } = runs;
      await runs.live('1', '1.0.0');
      const second = await vercel.stage('2.0.0');
      const clock = new SteppedClock();
      const sleep = clock.sleep.bind(clock);
      clock.sleep = async (ms, signal) => {
        clock.sleep = sleep;
        vercel.fake.faults.lagBehindRelease(lag);
        const body = { canaryDeploymentId: second };
        await vercel.byHand('POST', `/v1/projects/${vercel.project.id}/rolling-release/complete`, body);
        return sleep(ms, signal);
      };
      const environment = { strategy: { kind: 'canary', steps: [10, 100], pauseMs: 1 } } as const;
      const given = { clock, environment };
      expect(await runs.promote('2', '2.0.0', second, given)).toMatchObject({ kind: 'done' });
      expect(liveAtLast()).toBe(second);
    },
  );
});

describe('a rollback that was accepted and then lost sight of', () => {
  let good: string;
  /** Hits what is asked while the first rollback is the only one. */
  const behindFirst = (pattern: RegExp) => {
    let asked = 0;
    return (request: Request) => {
      if (ROLLBACK_REQUEST.test(whatOf(request))) asked += 1;
      return asked === 1 && pattern.test(whatOf(request));
    };
  };
  beforeEach(async () => {
    await runs.live('1', '0.9.0');
    good = await runs.live('2', '1.0.0');
    await runs.live('3', '2.0.0', { prober: answering(500) });
  });

  test.each([
    ['one 429 with a long retry-after', { pattern: /^GET/, answer: 429, retryAfter: 600 }],
    ['a read that answers 503 for a while', { pattern: /^GET \/v4\/aliases/, answer: 503, times: 5 }],
  ] as const)('goes to the last good release all the same: %s', async (_what, { pattern, ...fault }) => {
    runs.vercel.fake.faults.next({ match: behindFirst(pattern), ...fault });
    expect(await runs.backBySelf('3', '2.0.0')).toMatchObject(backTo('1.0.0'));
    expect(liveAtLast()).toBe(good);
    expect((await runs.states()).slice(0, 2)).toEqual(['rollback 1.0.0 succeeded', 'promote 2.0.0 failed']);
  });

  test('goes to the last good release all the same: a job of more than two minutes', async () => {
    runs.vercel.fake.pace.alias = 60;
    runs.vercel.before('requestRollback', (nth) => {
      if (nth === 2) runs.vercel.fake.pace.alias = 4;
    });
    expect(await runs.backBySelf('3', '2.0.0')).toMatchObject(backTo('1.0.0'));
    expect(liveAtLast()).toBe(good);
  });
});

describe('a good one that Vercel cannot bring back', () => {
  test('is passed over for the one before it', async () => {
    await runs.live('1', '0.9.0');
    const good = await runs.live('2', '1.0.0');
    await runs.live('3', '2.0.0', { prober: answering(500) });
    const { faults } = runs.vercel.fake;
    faults.next({
      match: (request) => {
        if (whatOf(request).endsWith(`/rollback/${good}`)) faults.alias({ outcome: 'failed' });
        return false;
      },
      answer: 500,
    });
    expect(await runs.backBySelf('3', '2.0.0')).toMatchObject(backTo('0.9.0'));
  });
});

describe('what is not wholly there', () => {
  test('does not make a person who names what is live condemn it', async () => {
    await runs.live('1', '0.9.0');
    await runs.live('2', '1.0.0');
    const foreign = await runs.vercel.deployByHand('9.9.9');
    runs.vercel.fake.pace.alias = 100_000;
    await runs.vercel.byHand('POST', `/v10/projects/web/promote/${foreign}`);
    runs.vercel.before('requestRollback', () => {
      runs.vercel.fake.pace.alias = 2;
    });
    expect(await runs.backByPerson('3', '1.0.0')).toMatchObject(backTo('1.0.0'));
    const [entry] = await runs.ledger.entries('production', 1);
    expect(entry?.payload).not.toHaveProperty('previous');
    await runs.live('4', '2.0.0');
    expect(await runs.backByPerson('5')).toMatchObject(backTo('1.0.0'));
  });

  test('is seen of a rollback that hangs, too', async () => {
    await runs.live('1', '0.9.0');
    const good = await runs.live('2', '1.0.0');
    runs.vercel.fake.pace.alias = 100_000;
    expect(await codeOf(runs.backByPerson('3'))).toBe('VERCEL_NOT_CONFIRMED');
    await runs.settle();
    runs.vercel.before('requestRollback', () => {
      runs.vercel.fake.pace.alias = 2;
    });
    expect(await runs.backByPerson('4', '1.0.0')).toMatchObject(backTo('1.0.0'));
    expect(liveAtLast()).toBe(good);
  });

  test('is not what was gone back from, with a domain that somebody pointed at it since', async () => {
    await open({ project: { domains: 2 } });
    await runs.live('1', '0.9.0');
    await runs.live('2', '1.0.0');
    const bad = await runs.live('3', '2.0.0', { prober: answering(500) });
    await runs.backBySelf('3', '2.0.0');
    await alias(bad, 1);
    expect(await runs.backByPerson('4')).toMatchObject(backTo('0.9.0'));
  });

  test('is not a staged one that somebody points a domain at on purpose', async () => {
    await open({ project: { domains: 2 } });
    await runs.live('1', '1.0.0');
    const second = await runs.vercel.stage('2.0.0');
    await alias(second, 1);
    await cutAtEntry('2', '2.0.0', second);
    expect(await runs.backBySelf('2', '2.0.0')).toMatchObject({ outputs: { 'rolled-back': 'false' } });
    expect((await runs.states())[0]).toBe('promote 2.0.0 cancelled');
  });
});

test('what a person promotes by hand, while its run fails before that, stays', async () => {
  await runs.live('1', '1.0.0');
  const second = await runs.deploy('2', '2.0.0');
  await runs.vercel.byHand('POST', `/v10/projects/web/promote/${second}`);
  runs.vercel.fake.settle();
  expect(await runs.backBySelf('2', '2.0.0')).toMatchObject({ outputs: { 'rolled-back': 'false' } });
  expect((await runs.promote('2', '2.0.0', second)).summary).toContain('drift');
});

describe('several domains, one of which is left where the others are not', () => {
  let good: string;
  let bad: string;
  const shown = () =>
    Promise.all(
      runs.vercel.project.domains.map(async (domain) => (await runs.vercel.versionAt(`${domain}/`))?.version),
    );
  beforeEach(async () => {
    await open({ project: { domains: 2 } });
    await runs.live('1', '0.9.0');
    good = await runs.live('2', '1.0.0');
    bad = await runs.vercel.stage('2.0.0');
  });
  /** Somebody promotes the next one, and Vercel's job fails half way. */
  const halfWay = async (...moves: readonly number[]) => {
    runs.vercel.fake.faults.alias({ outcome: 'failed', moves });
    expect(await codeOf(runs.promote('3', '2.0.0', bad))).toBe('VERCEL_ACTIVATION_FAILED');
    expect(new Set(await shown())).toEqual(new Set(['1.0.0', '2.0.0']));
  };

  test.each([0, 1])(
    'are brought together by the way back, where the job had moved domain %i',
    async (nth) => {
      await halfWay(nth);
      expect(await runs.backBySelf('3', '2.0.0')).toMatchObject(backTo('1.0.0'));
      expect(await shown()).toEqual(['1.0.0', '1.0.0']);
    },
  );

  test.each(['', '1.0.0'])('are brought together by a person who goes back to "%s"', async (to) => {
    await halfWay(1);
    expect(await runs.backByPerson('4', to)).toMatchObject(backTo('1.0.0'));
    expect(await shown()).toEqual(['1.0.0', '1.0.0']);
  });

  test('are brought together by a promote of the good one', async () => {
    await halfWay(1);
    expect(await runs.promote('5', '1.0.0', good)).toMatchObject({ kind: 'done' });
    expect(await shown()).toEqual(['1.0.0', '1.0.0']);
  });
});

test('the second of two deployments of one release does not stand in the way back', async () => {
  const { vercel } = runs;
  // Two runs stage it at the same time, and the tidying up of the second is lost.
  vercel.fake.faults.next({ match: 'deleteDeployment', answer: 503, times: 9 });
  await Promise.allSettled([vercel.stage('1.0.0'), vercel.stage('1.0.0')]);
  expect(vercel.project.deployments()).toHaveLength(2);
  const first = await runs.live('1', '1.0.0');
  await runs.live('2', '2.0.0');
  expect(await runs.backByPerson('3')).toMatchObject(backTo('1.0.0'));
  expect(vercel.project.live()).toBe(first);
});

test('of two deployments of one release, the one that was recorded and never live is not asked for', async () => {
  const { vercel } = runs;
  vercel.fake.faults.next({ match: 'deleteDeployment', answer: 503, times: 9 });
  await Promise.allSettled([vercel.stage('1.0.0'), vercel.stage('1.0.0')]);
  const [one = '', other = ''] = vercel.project.deployments().map(({ id }) => id);
  await runs.live('0', '0.9.0');
  await cutAtEntry('1', '1.0.0', one);
  await runs.promote('1', '1.0.0', other);
  await runs.live('2', '2.0.0');
  expect(await runs.backByPerson('3')).toMatchObject(backTo('1.0.0'));
});

test('where staging is going live, what somebody else had live there is gone back to', async () => {
  await open({ project: { customEnvironments: [{ slug: 'staging', domains: 1 }] } });
  const given = { environment: { name: 'staging' } };
  const place = { customEnvironmentSlugOrId: 'staging', autoAssignCustomDomains: true };
  await runs.vercel.deployByHand('9.9.9', place);
  await runs.deploy('1', '1.0.0', given);
  expect(await runs.backBySelf('1', '1.0.0', given)).toMatchObject({ outputs: { 'rolled-back': 'true' } });
});

test('where staging is going live, a deploy whose smoke test says no is undone, and called no drift', async () => {
  await open({ project: { customEnvironments: [{ slug: 'staging', domains: 1 }] } });
  const given = { environment: { name: 'staging' } };
  const { environmentDomains } = runs.vercel.project;
  const shown = async () => (await runs.vercel.versionAt(`${environmentDomains.staging?.[0]}/`))?.version;
  await runs.promote('1', '1.0.0', await runs.deploy('1', '1.0.0', given), given);
  await runs.deploy('2', '2.0.0', given);
  expect(await shown()).toBe('2.0.0');
  const outcome = await runs.backBySelf('2', '2.0.0', given);
  expect(outcome).toMatchObject(backTo('1.0.0'));
  expect(outcome.summary).not.toContain('drift');
  expect(await shown()).toBe('1.0.0');
});

test.each([{ stale: 3 }, { stale: 2, lag: 6 }])(
  'a second attempt looks once more too, though the first was on its way back: shown %o',
  async (trouble) => {
    const { vercel } = runs;
    const first = await runs.live('1', '1.0.0');
    const second = await vercel.stage('2.0.0');
    const promote = (signal: AbortSignal) => runs.promote('2', '2.0.0', second, { signal });
    await cutAfter(PROMOTE_REQUEST, promote);
    await cutAfter(ROLLBACK_REQUEST, (signal) => runs.backBySelf('2', '2.0.0', { signal }));
    expect(liveAtLast()).toBe(first);
    await runs.settle();
    vercel.fake.faults.alias(trouble);
    await cutAfter(PROMOTE_REQUEST, promote);
    expect(await runs.backBySelf('2', '2.0.0')).toMatchObject(backTo('1.0.0'));
    expect(liveAtLast()).toBe(first);
  },
);

describe('a promote that hangs at Vercel', () => {
  let good: string;
  beforeEach(async () => {
    await runs.live('1', '0.9.0');
    good = await runs.live('2', '1.0.0');
    const { fake } = runs.vercel;
    fake.pace.alias = 100_000;
    expect(await codeOf(runs.live('3', '2.0.0'))).toBe('VERCEL_NOT_CONFIRMED');
    runs.vercel.before('requestRollback', () => {
      fake.pace.alias = 2;
    });
  });

  test.each([
    ['by its own run', () => runs.backBySelf('3', '2.0.0')],
    ['by a person', () => runs.backByPerson('4')],
    ['by a person, by name', () => runs.backByPerson('4', '1.0.0')],
  ])('is overtaken %s', async (_how, back) => {
    expect(await back()).toMatchObject(backTo('1.0.0'));
    expect(liveAtLast()).toBe(good);
    expect((await runs.states()).slice(0, 2)).toEqual(['rollback 1.0.0 succeeded', 'promote 2.0.0 failed']);
  });

  test('is not taken for gone when the rollback beside it got lost', async () => {
    runs.vercel.fake.faults.next({ match: 'requestRollback', answer: 'reset', when: 'before' });
    await (await runs.vercel.connect()).activate(good, 100, NEVER, ROLLBACK);
    expect(liveAtLast()).toBe(good);
  });

  test('is undone when it has ended, where Vercel says of the good one that it is current still', async () => {
    const { fake } = runs.vercel;
    fake.faults.next({ match: 'requestRollback', answer: 409 });
    runs.vercel.before('requestRollback', () => {
      fake.pace.alias = 4;
    });
    expect(await runs.backBySelf('3', '2.0.0')).toMatchObject(backTo('1.0.0'));
    expect((await (await runs.vercel.connect()).observe()).live?.version).toBe('1.0.0');
    expect((await runs.vercel.versionAt(runs.vercel.liveUrl))?.version).toBe('1.0.0');
  });
});

describe('domains that lag behind a promote', () => {
  test.each([6, 8])('are waited for where it was seen under way: %i looks', async (lag) => {
    const { vercel } = runs;
    await runs.live('1', '1.0.0');
    const second = await vercel.stage('2.0.0');
    vercel.fake.faults.alias({ lag });
    await vercel.byHand('POST', `/v10/projects/web/promote/${second}`);
    expect((await (await vercel.connect()).observe()).live?.id).toBe(second);
  });

  test('are waited for before another is called live', async () => {
    await open({ looks: 12 });
    const { vercel } = runs;
    const first = await vercel.goLive('1.0.0');
    const second = await vercel.stage('2.0.0');
    vercel.fake.faults.alias({ lag: 6 });
    await vercel.byHand('POST', `/v10/projects/web/promote/${second}`);
    await (await vercel.connect()).activate(first, 100, NEVER, ROLLBACK);
    expect(liveAtLast()).toBe(first);
  });

  test('are waited for by a person who takes back what a killed run began', async () => {
    const { vercel } = runs;
    await runs.live('1', '0.9.0');
    const good = await runs.live('2', '1.0.0');
    vercel.fake.pace.alias = 10;
    vercel.fake.faults.alias({ lag: 6 });
    await cutAfter(PROMOTE_REQUEST, (signal) => runs.live('3', '2.0.0', { signal }));
    expect(await runs.backByPerson('4')).toMatchObject(backTo('1.0.0'));
    expect(liveAtLast()).toBe(good);
  });

  test('are waited for though one of them was pointed there by hand', async () => {
    await open({ project: { domains: 2 } });
    const first = await runs.live('1', '1.0.0');
    const second = await runs.vercel.stage('2.0.0');
    await alias(second, 1);
    runs.vercel.fake.faults.alias({ stale: 5 });
    await cutAfter(PROMOTE_REQUEST, (signal) => runs.promote('2', '2.0.0', second, { signal }));
    expect(await runs.backBySelf('2', '2.0.0')).toMatchObject(backTo('1.0.0'));
    expect(liveAtLast()).toBe(first);
  });
});

test('a promote that shows half a minute late is taken back', async () => {
  const first = await runs.live('1', '1.0.0');
  runs.vercel.fake.faults.alias({ stale: 12 });
  await cutAfter(PROMOTE_REQUEST, (signal) => runs.live('2', '2.0.0', { signal }));
  expect(await runs.backBySelf('2', '2.0.0')).toMatchObject(backTo('1.0.0'));
  expect(liveAtLast()).toBe(first);
});

test.each([{ stale: 3 }, { stale: 12 }])(
  'a person waits for a promote that shows late: %o',
  async (trouble) => {
    await runs.live('1', '0.9.0');
    const good = await runs.live('2', '1.0.0');
    runs.vercel.fake.faults.alias(trouble);
    await cutAfter(PROMOTE_REQUEST, (signal) => runs.live('3', '2.0.0', { signal }));
    expect(await runs.backByPerson('4')).toMatchObject(backTo('1.0.0'));
    expect(liveAtLast()).toBe(good);
  },
);

test('a promote of long ago is not taken for one on its way', async () => {
  const first = await runs.live('1', '1.0.0');
  const second = await runs.live('2', '2.0.0');
  await alias(first, 0);
  await cutAtEntry('3', '2.0.0', second);
  expect(await runs.backBySelf('3', '2.0.0')).toMatchObject({ outputs: { 'rolled-back': 'false' } });
});

test('a promote that Vercel queued behind a Rolling Release is not called undone', async () => {
  const { vercel } = runs;
  await runs.live('1', '1.0.0');
  const second = await vercel.stage('2.0.0');
  const foreign = await vercel.deployByHand('9.9.9');
  let started: Promise<void> | undefined;
  vercel.before('requestPromote', () => {
    started ??= vercel.rollByHand(foreign, [{ targetPercentage: 20 }, { targetPercentage: 100 }]);
  });
  vercel.fake.faults.next({ match: 'requestPromote', answer: 'slow', delay: 150 });
  expect(await codeOf(runs.promote('2', '2.0.0', second))).toBe('VERCEL_BEHIND_ROLLING_RELEASE');
  await started;
  // Nobody but its owner may end that release: so the way back says that it is shut, and what to do.
  expect(await codeOf(runs.backBySelf('2', '2.0.0'))).toBe('VERCEL_BEHIND_ROLLING_RELEASE');
});

describe('production without a domain', () => {
  beforeEach(() => open({ project: { domains: 0 } }));
  const seen = async () => (await (await runs.vercel.connect()).observe()).live?.id;

  test('is what the project calls so, and not what was staged last', async () => {
    const { vercel } = runs;
    await runs.live('1', '1.0.0');
    const second = await vercel.stage('2.0.0');
    const operations = await vercel.operationsOf(() => runs.promote('2', '2.0.0', second));
    expect(operations).toContain('requestPromote');
    expect(await seen()).toBe(second);
  });

  test('is waited for, where the very first promote was cut and shows late', async () => {
    runs.vercel.fake.faults.alias({ stale: 10 });
    await cutAfter(PROMOTE_REQUEST, (signal) => runs.live('1', '1.0.0', { signal }));
    // It is live and there is nothing to go back to: that is said, and not that nothing was made live.
    expect(await runs.backBySelf('1', '1.0.0')).toMatchObject({ kind: 'refused', reason: 'NO_LAST_GOOD' });
  });

  test('goes back', async () => {
    const first = await runs.live('1', '1.0.0');
    await runs.live('2', '2.0.0');
    expect(await runs.backByPerson('3')).toMatchObject(backTo('1.0.0'));
    expect(await seen()).toBe(first);
  });
});

test('an own canary is taken back, though Vercel does not tell its stage', async () => {
  const { vercel } = runs;
  const first = await runs.live('1', '1.0.0');
  const environment = { strategy: { kind: 'canary', steps: [10, 100], pauseMs: 1 } } as const;
  await cutAfter(/rolling-release\/start/, (signal) => runs.live('2', '2.0.0', { signal, environment }));
  vercel.fake.faults.hideActiveStage(10_000);
  expect(await runs.backBySelf('2', '2.0.0')).toMatchObject(backTo('1.0.0'));
  expect(vercel.project.rollingRelease()?.state).not.toBe('ACTIVE');
  expect(liveAtLast()).toBe(first);
});
