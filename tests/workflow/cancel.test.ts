import { beforeAll, describe, expect, test } from 'vitest';
import type { CallerRepository } from '../../rehearsal/world/caller-repository.ts';
import type { WatchedRun } from '../../rehearsal/world/watched-run.ts';
import { drawn, sampled } from '../sample.ts';
import { type Behaviour, finish, ledger, live, makeRelease, release, scene } from './scene.ts';

const world = scene();
const STAGE = 'airlock / production / stage';

let caller: CallerRepository;

beforeAll(async () => {
  caller = await world.open({ environments: ['production'] });
  await release(caller, '1.0.0');
});

/** Starts a release and cancels it once a step says this. */
async function cancelled(version: string, step: string, line: string, behaviour: Behaviour = {}) {
  const sha = await makeRelease(caller, version, behaviour);
  const run = await caller.start({ sha });
  await run.event('log', (event) => event.step?.id === step && event.line.includes(line));
  run.cancel();
  return { run: await finish(run), sha };
}

const entriesOf = (run: WatchedRun) =>
  caller.ledger('production').filter(({ payload }) => payload.run.id === String(run.id));

// In the middle of a migration: database.test.ts, with a migration that takes its time.
const MOMENTS = [
  { version: '1.3.0', step: 'release.deploy', line: 'beside it' },
  { version: '1.4.0', step: 'release.smoke-test', line: 'Waiting up to' },
  { version: '1.5.0', step: 'release.promote', line: 'Making 1.5.0 live' },
];

const today = drawn(['way forward', 'way back'], 1);

describe.runIf(today('way forward')).each(sampled(MOMENTS, 1))(
  'cancelled in $step $line',
  ({ version, step, line }) => {
    test('the old release is live, the ledger says so, and the rerun goes through', async () => {
      const before = await live(caller, 'production');
      const { run, sha } = await cancelled(version, step, line);
      expect(run.conclusion).toBe('cancelled');
      expect(await live(caller, 'production')).toBe(before);
      expect(run.steps()).toMatchObject({ [`${STAGE}: release.rollback`]: 'success' });
      for (const { task, states } of entriesOf(run)) {
        if (task === 'rollback') expect(states.at(-1)).toBe('success');
        else expect(['failure', 'error']).toContain(states.at(-1));
      }

      const again = await finish(await caller.start({ sha, rerunOf: run.id }));
      expect(again.conclusion).toBe('success');
      expect(await live(caller, 'production')).toBe(version);
      expect(ledger(caller, 'production').slice(-2)).toEqual([
        `deploy ${version}: inactive`,
        `promote ${version}: success`,
      ]);
    });
  },
);

test.runIf(today('way back'))('cancelled in the way back, it is gone to its end', async () => {
  const before = await live(caller, 'production');
  const { run } = await cancelled('2.0.0', 'release.rollback', 'goes back from', {
    production: ['fails-live'],
  });
  expect(run.conclusion).not.toBe('success');
  expect(run.steps()).toMatchObject({ [`${STAGE}: release.rollback`]: 'success' });
  expect(await live(caller, 'production')).toBe(before);
  expect(ledger(caller, 'production').slice(-3)).toEqual([
    'deploy 2.0.0: failure',
    'promote 2.0.0: failure',
    `rollback ${before}: success, promote: LIVE_CHECKS_FAILED`,
  ]);
});

test('cancelled before its turn, nothing has happened', async () => {
  const before = ledger(caller, 'production');
  const sha = await makeRelease(caller, '3.0.0');
  const run = await caller.start({ sha });
  await run.process('airlock / build-check', 'build-check');
  run.cancel();
  expect((await run.done).conclusion).toBe('cancelled');
  expect(ledger(caller, 'production')).toEqual(before);
});
