import { beforeAll, describe, expect, test } from 'vitest';
import type { CallerRepository } from '../../rehearsal/world/caller-repository.ts';
import { drawn } from '../sample.ts';
import { answer, finish, jobs, ledger, live, makeRelease, REVIEWER, release, scene } from './scene.ts';

const world = scene();
const today = drawn(['beside', 'starting', 'live', 'first', 'canary'], 1);

describe('a release on its way to production', () => {
  let caller: CallerRepository;

  beforeAll(async () => {
    caller = await world.open({
      environments: ['staging', 'production'],
      configure: (document) =>
        document.setIn(['environments', 'production', 'gates'], { approval: 'required' }),
      reviewers: { production: [REVIEWER] },
    });
    await makeRelease(caller, '1.0.0');
    const run = await caller.start();
    await answer(world.github, run, 'production', 'approved');
    await run.done;
  });

  test('approved, it is live everywhere, and the ledger names who said yes', async () => {
    for (const environment of ['staging', 'production']) {
      expect(await live(caller, environment)).toBe('1.0.0');
      expect(ledger(caller, environment)).toEqual(['deploy 1.0.0: inactive', 'promote 1.0.0: success']);
    }
    const [promoted] = caller.ledger('production');
    expect(promoted?.payload.approvers).toEqual([REVIEWER]);
    const digests = ['staging', 'production'].map(
      (environment) => caller.ledger(environment)[0]?.payload.release.digest,
    );
    expect(new Set(digests).size).toBe(1);
  });

  test('rejected, production is not touched', async () => {
    const before = ledger(caller, 'production');
    await makeRelease(caller, '1.1.0');
    const run = await caller.start();
    await answer(world.github, run, 'production', 'rejected');
    expect((await run.done).conclusion).toBe('failure');
    expect(await live(caller, 'staging')).toBe('1.1.0');
    expect(await live(caller, 'production')).toBe('1.0.0');
    expect(ledger(caller, 'production')).toEqual(before);
  });

  test('failing in staging, it never comes to production', async () => {
    const before = ledger(caller, 'production');
    const run = await release(caller, '1.2.0', { staging: ['wrong-version'] });
    expect(run.conclusion).toBe('failure');
    expect(await jobs(run)).toMatchObject({ 'staging / stage': 'failure', 'production / stage': 'skipped' });
    expect(run.events.some(({ type }) => type === 'approval-wanted')).toBe(false);
    expect(await live(caller, 'staging')).toBe('1.1.0');
    expect(await live(caller, 'production')).toBe('1.0.0');
    expect(ledger(caller, 'production')).toEqual(before);
  });
});

describe('a release that fails in production', () => {
  let caller: CallerRepository;
  const since = (before: readonly string[]) => ledger(caller, 'production').slice(before.length);

  beforeAll(async () => {
    caller = await world.open({ environments: ['production'] });
    await release(caller, '1.0.0');
  });

  test.runIf(today('beside'))('beside the live one, it is never made live', async () => {
    const before = ledger(caller, 'production');
    const run = await release(caller, '1.1.0', { production: ['wrong-version'] });
    expect(run.conclusion).toBe('failure');
    expect(await live(caller, 'production')).toBe('1.0.0');
    expect(run.steps()).toMatchObject({
      'airlock / production / stage: release.smoke-test': 'failure',
      'airlock / production / stage: release.promote': 'skipped',
      'airlock / production / stage: release.rollback': 'success',
    });
    expect(since(before)).toEqual(['deploy 1.1.0: failure']);
    expect(run.text()).toContain('Nothing to roll back in production');
  });

  test.runIf(today('starting'))('not starting, it is never made live', async () => {
    const before = ledger(caller, 'production');
    const run = await release(caller, '1.2.0', { production: ['dies'] });
    expect(run.conclusion).toBe('failure');
    expect(await live(caller, 'production')).toBe('1.0.0');
    expect(since(before)).toEqual(['deploy 1.2.0: failure']);
  });

  test.runIf(today('live'))(
    'once it is live, the same job goes back, stays red, and the ledger says why',
    async () => {
      const before = ledger(caller, 'production');
      const run = await release(caller, '1.3.0', { production: ['fails-live'] });
      expect(run.conclusion).toBe('failure');
      expect(await live(caller, 'production')).toBe('1.0.0');
      expect(run.steps()).toMatchObject({
        'airlock / production / stage: release.promote': 'failure',
        'airlock / production / stage: release.rollback': 'success',
        'airlock / production / stage: release': 'failure',
      });
      expect(since(before)).toEqual([
        'deploy 1.3.0: failure',
        'promote 1.3.0: failure',
        'rollback 1.0.0: success, promote: LIVE_CHECKS_FAILED',
      ]);
    },
  );
});

test.runIf(today('first'))(
  'the first release ever, failing once it is live, has nothing to go back to and says so aloud',
  async () => {
    const caller = await world.open({ environments: ['production'] });
    const run = await release(caller, '1.0.0', { production: ['fails-live'] });
    expect(run.conclusion).toBe('failure');
    expect(run.steps()).toMatchObject({ 'airlock / production / stage: release.rollback': 'failure' });
    expect(run.text()).toMatch(/error: There is nothing to go back to from 1\.0\.0.*\[NO_LAST_GOOD\]/);
    expect(ledger(caller, 'production')).toEqual(['deploy 1.0.0: failure', 'promote 1.0.0: failure']);
  },
);

test.runIf(today('canary'))(
  'a canary that breaks under its first visitors loses them to the old release',
  async () => {
    const caller = await world.open({
      environments: ['production'],
      configure: (document) =>
        document.setIn(['environments', 'production', 'strategy'], {
          canary: { steps: [50, 100], pause: '1s' },
        }),
    });
    await release(caller, '1.0.0');
    await makeRelease(caller, '1.1.0', { production: ['breaks'] });
    const run = await caller.start();
    await run.event('log', ({ line }) => line.includes('Giving 1.1.0 50 %'));
    // Visitors without a cookie are given out by weight: some of them soon meet the new release.
    for (let met = false; !met; ) met = (await caller.serves('production'))?.status === 404;
    expect((await finish(run)).conclusion).toBe('failure');
    expect(run.text()).toContain('[CANARY_CHECKS_FAILED]');
    expect(await live(caller, 'production')).toBe('1.0.0');
    expect(ledger(caller, 'production').slice(2)).toEqual([
      'deploy 1.1.0: failure',
      'promote 1.1.0: failure',
      'rollback 1.0.0: success, promote: CANARY_CHECKS_FAILED',
    ]);
  },
);
