import { afterEach, beforeEach, expect, test } from 'vitest';
import { promote } from '../../../actions/promote/run.ts';
import { rollback } from '../../../actions/rollback/run.ts';
import type { AliasTrouble } from '../../../rehearsal/vercel/trouble.ts';
import type { StrategySettings } from '../../../src/domain/configuration.ts';
import { Failure } from '../../../src/domain/failure.ts';
import type { Prober } from '../../../src/ports/prober.ts';
import { MemoryHolds } from '../../fakes/memory-holds.ts';
import { MemoryLedger } from '../../fakes/memory-ledger.ts';
import { sampled } from '../../sample.ts';
import { eventOfRun, FREE_LANE, SteppedClock, settings, silentLog } from '../../unit/cycle/world.ts';
import { NEVER, VercelUnderTest } from './vercel-environment.ts';

/** How Vercel shows what it was asked for. */
const SHOWN: readonly AliasTrouble[] = [{}, { stale: 3 }, { lag: 3 }, { stale: 2, lag: 2, skew: -60_000 }];
const AT_ONCE: StrategySettings = { kind: 'blue-green' };
const IN_STEPS: StrategySettings = { kind: 'canary', steps: [10, 50, 100], pauseMs: 1 };
const CASES = (['before', 'after'] as const).flatMap((when) => [
  ...SHOWN.map((shown) => ({ when, shown, how: AT_ONCE })),
  { when, shown: {}, how: IN_STEPS },
]);

let vercel: VercelUnderTest;
let ledger: MemoryLedger;
beforeEach(async () => {
  vercel = await VercelUnderTest.open({ plan: 'enterprise', looks: 6 });
  ledger = new MemoryLedger();
});
afterEach(async () => {
  expect(vercel.fake.problems).toEqual([]);
  await vercel.close();
});

const check = { name: 'home', path: '/', method: 'GET', status: 200, timeoutMs: 1_000 } as const;
const well = { headers: {}, security: [], body: [], json: {}, version: false, health: false } as const;
const smoke = { warmUpMs: 0, checks: [{ ...check, ...well, latency: undefined }] };
/** Nothing is wrong with any release: what is gone back from was cut short, and no more. */
const prober: Prober = {
  probe: async () => ({
    kind: 'answered',
    status: 200,
    headers: {},
    body: '',
    bodyCut: false,
    durationMs: 1,
  }),
};

const NOTHING = {
  config: '',
  environment: '',
  release: '',
  token: '',
  'database-url': '',
  'app-variables': '',
};

/** A step has a process of its own, and with it a target that knows nothing yet. */
const worldOf = async (run: string, strategy: StrategySettings = AT_ONCE) => ({
  app: 'shop',
  environment: settings({ smoke, strategy }),
  target: await vercel.connect(),
  ledger,
  holds: new MemoryHolds(),
  lane: FREE_LANE,
  prober,
  event: eventOfRun(run),
  approvers: [],
  clock: new SteppedClock(),
  log: silentLog,
  keepEntry() {},
});

async function promoteIn(
  run: string,
  { version, id, how }: { version: string; id: string; how: StrategySettings },
  signal: AbortSignal,
): Promise<void> {
  const { release } = await vercel.release(version);
  const about = { 'deployment-id': id, digest: release.digest, migrations: [], verdict: 'pass' };
  await promote(
    { ...NOTHING, ...about, hotfix: null, overridden: [] },
    { ...(await worldOf(run, how)), release },
    signal,
  );
}

async function goBackIn(run: string, version: string) {
  const { release } = await vercel.release(version);
  const about = { reason: 'the run was cancelled', to: '', digest: release.digest, automatic: true };
  const outcome = await rollback(
    { ...NOTHING, ...about, migrations: [] },
    { ...(await worldOf(run)), revertSafely: async () => [] },
    NEVER,
  );
  return outcome.outputs;
}

/**
 * Promotes until a request, which is the last: it never comes to Vercel, or its answer to nobody.
 *
 * @returns whether there was such a request
 */
async function cutAt(nth: number, when: 'before' | 'after', cut: (signal: AbortSignal) => Promise<void>) {
  const end = new AbortController();
  let seen = -1;
  vercel.fake.faults.next({
    match: () => {
      seen += 1;
      if (seen === nth) end.abort();
      return seen === nth && when === 'before';
    },
    answer: 'reset',
    when: 'before',
  });
  const error = await cut(end.signal).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error === undefined) return false;
  expect(error).toBeInstanceOf(Failure);
  expect((error as Failure).code).toBe('CANCELLED');
  return true;
}

test.each(sampled(CASES, 3))(
  'a promote that is cut $when any request is taken back for good: $how.kind, shown $shown',
  async ({ when, shown, how }) => {
    const first = await vercel.stage('1.0.0');
    await promoteIn('1', { version: '1.0.0', id: first, how: AT_ONCE }, NEVER);
    for (let nth = 0; ; nth += 1) {
      const version = `2.${nth}.0`;
      const run = String(nth + 2);
      const id = await vercel.stage(version);
      vercel.fake.faults.alias(shown);
      const isCut = await cutAt(nth, when, (signal) => promoteIn(run, { version, id, how }, signal));
      if (!isCut) {
        expect(nth).toBeGreaterThan(10);
        return;
      }
      const { version: live } = await goBackIn(run, version);
      expect(live, `said after request ${nth}`).toBe('1.0.0');
      vercel.fake.settle();
      expect(vercel.project.live(), `live after request ${nth}`).toBe(first);
      expect(vercel.project.rollingRelease()?.state).not.toBe('ACTIVE');
    }
  },
);
