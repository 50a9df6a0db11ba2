import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AliasTrouble } from '../../../rehearsal/vercel/trouble.ts';
import type { StrategySettings } from '../../../src/domain/configuration.ts';
import { sampled } from '../../sample.ts';
import { codeOf, VercelRuns } from './vercel-runs.ts';

/** How Vercel shows what it was asked for. */
const SHOWN: readonly AliasTrouble[] = [{}, { stale: 3 }, { lag: 3 }, { stale: 2, lag: 2, skew: -60_000 }];
const AT_ONCE: StrategySettings = { kind: 'blue-green' };
const IN_STEPS: StrategySettings = { kind: 'canary', steps: [10, 50, 100], pauseMs: 1 };
const CASES = (['before', 'after'] as const).flatMap((when) => [
  ...SHOWN.map((shown) => ({ when, shown, strategy: AT_ONCE })),
  { when, shown: {}, strategy: IN_STEPS },
]);

let runs: VercelRuns;
beforeEach(async () => {
  runs = await VercelRuns.open({ looks: 6 });
});
afterEach(async () => {
  expect(runs.vercel.fake.problems).toEqual([]);
  await runs.close();
});

/**
 * Works until a request, which is the last: it never comes to Vercel, or its answer to nobody.
 *
 * @returns whether there was such a request
 */
async function cutAt(
  nth: number,
  when: 'before' | 'after',
  work: (signal: AbortSignal) => Promise<unknown>,
): Promise<boolean> {
  const end = new AbortController();
  let seen = -1;
  runs.vercel.fake.faults.next({
    match: () => {
      seen += 1;
      if (seen === nth) end.abort();
      return seen === nth && when === 'before';
    },
    answer: 'reset',
    when: 'before',
  });
  const code = await codeOf(work(end.signal));
  if (seen >= nth) expect(code).toBe('CANCELLED');
  return code !== 'no failure';
}

test.each(sampled(CASES, 1))(
  'a promote that is cut $when any request is taken back for good: $strategy.kind, shown $shown',
  async ({ when, shown, strategy }) => {
    const { vercel } = runs;
    const first = await runs.live('1', '1.0.0');
    for (let nth = 0; ; nth += 1) {
      const version = `2.${nth}.0`;
      const run = String(nth + 2);
      const id = await vercel.stage(version);
      vercel.fake.faults.alias(shown);
      const isCut = await cutAt(nth, when, (signal) =>
        runs.promote(run, version, id, { signal, environment: { strategy } }),
      );
      if (!isCut) {
        expect(nth).toBeGreaterThan(10);
        return;
      }
      const { outputs } = await runs.backBySelf(run, version);
      expect(outputs.version, `said after request ${nth}`).toBe('1.0.0');
      vercel.fake.settle();
      expect(vercel.project.live(), `live after request ${nth}`).toBe(first);
      expect(vercel.project.rollingRelease()?.state).not.toBe('ACTIVE');
    }
  },
);
