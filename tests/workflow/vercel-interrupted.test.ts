import { beforeAll, expect } from 'vitest';
import type { CallerRepository } from '../../rehearsal/world/caller-repository.ts';
import { inTurn } from '../turns.ts';
import { finish, ledger, live, makeRelease, release, scene } from './scene.ts';
import { changesFromNow, deploymentsOf, openSite, unanswered } from './vercel-scene.ts';

const world = scene();
const STAGE = 'airlock / production / stage';
let caller: CallerRepository;

beforeAll(async () => {
  caller = await openSite(world);
  await release(caller, '1.0.0');
});

// After each request in turn: tests/contract/targets/vercel/stage-faults.test.ts and vercel-faults.test.ts.
inTurn('killed on Vercel')(
  'killed in the middle of the upload, and again after the create, it ends with one deployment, live',
  async () => {
    const sha = await makeRelease(caller, '1.1.0');
    /** Kills the deploy once Vercel did what it was asked for, before it says so. Gives the run. */
    const killed = async (
      operation: string,
      skip: number,
      left: number,
      rerun: { rerunOf?: number } = {},
    ) => {
      const asked = unanswered(caller, operation, skip);
      const run = await caller.start({ sha, ...rerun });
      const pid = await run.process(STAGE, 'release.deploy');
      await asked;
      expect(deploymentsOf(caller, '1.1.0')).toHaveLength(left);
      process.kill(pid, 'SIGKILL');
      expect((await run.done).conclusion).toBe('failure');
      // The same job took away what nobody would have made live.
      expect(deploymentsOf(caller, '1.1.0')).toEqual([]);
      expect(await live(caller, 'production')).toBe('1.0.0');
      return run.id;
    };
    // Three files are new: Vercel has all of them, and nobody heard of the last one.
    const rerunOf = await killed('uploadFile', 2, 0);
    await killed('createDeployment', 0, 1, { rerunOf });

    const again = await finish(await caller.start({ sha, rerunOf }));
    expect(again.conclusion).toBe('success');
    expect(await live(caller, 'production')).toBe('1.1.0');
    expect(deploymentsOf(caller, '1.1.0')).toHaveLength(1);
    expect(ledger(caller, 'production').at(-1)).toBe('promote 1.1.0: success');
  },
);

inTurn('cancelled on Vercel')('cancelled while Vercel promotes, the old one is live again', async () => {
  const before = await live(caller, 'production');
  const sha = await makeRelease(caller, '1.2.0');
  const changes = changesFromNow(caller);
  const asked = unanswered(caller, 'requestPromote');
  const run = await caller.start({ sha });
  await asked;
  run.cancel();
  expect((await run.done).conclusion).toBe('cancelled');
  expect(run.steps()).toMatchObject({ [`${STAGE}: release.rollback`]: 'success' });
  expect(changes().at(-1)).toBe('requestRollback');
  expect(await live(caller, 'production')).toBe(before);
  expect(ledger(caller, 'production').at(-1)).toContain(`rollback ${before}: success`);
});
