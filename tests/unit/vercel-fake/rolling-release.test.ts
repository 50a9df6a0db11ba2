import { describe, expect, test } from 'vitest';
import { bucketOf, choose, showBucket } from '../../../rehearsal/vercel/edge/routing.ts';
import { type AliasJob, lookAtJob, phaseAt } from '../../../rehearsal/vercel/progress.ts';
import {
  canaryShare,
  catchUp,
  enterStage,
  faultOfConfig,
  isActive,
  type RollingConfig,
  startRelease,
} from '../../../rehearsal/vercel/rolling-release.ts';

const MINUTE = 60_000;
const manual: RollingConfig = {
  advancementType: 'manual-approval',
  stages: [{ targetPercentage: 10 }, { targetPercentage: 50 }, { targetPercentage: 100 }],
};
const automatic: RollingConfig = {
  advancementType: 'automatic',
  stages: [
    { targetPercentage: 10, duration: 5 },
    { targetPercentage: 50, duration: 10 },
    { targetPercentage: 100 },
  ],
};
const start = (config: RollingConfig) => startRelease('base', 'canary', config, 0);
const noQuery = new URLSearchParams();

describe('work that takes several looks', () => {
  test('shows each phase, and ends', () => {
    expect([0, 1, 2, 3].map((looks) => phaseAt(looks, 2))).toEqual(['waiting', 'working', 'done', 'done']);
    expect(phaseAt(0, 0)).toBe('done');
  });

  test.each(['succeeded', 'failed', 'skipped'] as const)(
    'a job that ends %s says once that it succeeded',
    (outcome) => {
      const job: AliasJob = {
        type: 'promote',
        from: null,
        to: 'b',
        requestedAt: 0,
        outcome,
        status: 'pending',
        looks: 0,
      };
      const seen = [0, 1, 2, 3].map(() => [lookAtJob(job, 2), job.status]);
      expect(seen.map(([, status]) => status)).toEqual(['pending', 'in-progress', outcome, outcome]);
      expect(seen.map(([moves]) => moves)).toEqual([false, false, outcome === 'succeeded', false]);
    },
  );
});

describe('a rolling release', () => {
  test('waits for approval, stage by stage, and the last stage completes it', () => {
    const release = start(manual);
    catchUp(release, 1_000 * MINUTE);
    expect(canaryShare(release, 0)).toBe(0.1);
    enterStage(release, 1, 0);
    expect([canaryShare(release, 0), isActive(release)]).toEqual([0.5, true]);
    enterStage(release, 2, 0);
    expect([canaryShare(release, 0), release.state]).toEqual([1, 'COMPLETE']);
  });

  test('advances by time, through every stage that was missed', () => {
    const release = start(automatic);
    catchUp(release, 5 * MINUTE - 1);
    expect(release.stage).toBe(0);
    catchUp(release, 5 * MINUTE);
    expect(release.stage).toBe(1);
    catchUp(release, 60 * MINUTE);
    expect([release.state, release.updatedAt]).toEqual(['COMPLETE', 15 * MINUTE]);
  });

  test('shifts evenly where that is asked for', () => {
    const [first, ...rest] = automatic.stages;
    if (first === undefined) throw new Error('no stage');
    const release = start({ ...automatic, stages: [{ ...first, linearShift: true }, ...rest] });
    expect(canaryShare(release, 2.5 * MINUTE)).toBeCloseTo(0.3);
  });

  test.each([
    ['one stage', [{ targetPercentage: 100 }], /at least 2/],
    ['no full stage', [{ targetPercentage: 10 }, { targetPercentage: 50 }], /100/],
    [
      'a stage that falls',
      [{ targetPercentage: 50 }, { targetPercentage: 10 }, { targetPercentage: 100 }],
      /greater/,
    ],
  ])('refuses a plan with %s', (_, stages, words) => {
    expect(faultOfConfig({ advancementType: 'manual-approval', stages })).toMatch(words);
  });
  test('refuses an automatic plan without durations', () => {
    expect(faultOfConfig({ ...manual, advancementType: 'automatic' })).toMatch(/duration/);
    expect(faultOfConfig(automatic)).toBeUndefined();
  });
});

describe("a visitor's bucket", () => {
  test('is drawn once and kept', () => {
    const release = start(manual);
    const drawn = bucketOf(release, noQuery, undefined, () => 0.05);
    expect(choose(release, drawn, 0)).toBe('canary');
    const kept = bucketOf(release, noQuery, showBucket(drawn), () => 0.99);
    expect(kept).toEqual(drawn);
  });

  test('a force wins over the cookie and lasts for this rollout alone', () => {
    const release = start({ ...manual, stages: [{ targetPercentage: 0 }, { targetPercentage: 100 }] });
    const forced = bucketOf(release, new URLSearchParams('vcrrForceCanary=true'), undefined, () => 0.5);
    expect(choose(release, forced, 0)).toBe('canary');
    expect(
      choose(
        release,
        bucketOf(release, noQuery, undefined, () => 0),
        0,
      ),
    ).toBe('base');
    const next = startRelease('canary', 'third', manual, 0);
    expect(bucketOf(next, noQuery, showBucket(forced), () => 0.9)).toMatchObject({ forced: false, at: 0.9 });
    const stable = bucketOf(
      release,
      new URLSearchParams('vcrrForceStable=true'),
      showBucket(forced),
      () => 0,
    );
    expect(choose(release, stable, 0)).toBe('base');
  });
});
