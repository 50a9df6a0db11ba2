import { beforeAll, expect, test, vi } from 'vitest';
import type { CallerRepository } from '../../rehearsal/world/caller-repository.ts';
import { finish, ledger, live, makeRelease, release, scene } from './scene.ts';
import { changesFromNow, deploymentsOf, openSite, unanswered } from './vercel-scene.ts';

const world = scene();
const STAGE = 'airlock / production / stage';
let caller: CallerRepository;

beforeAll(async () => {
  caller = await openSite(world);
  await release(caller, '1.0.0');
});

// Each request in turn: tests/contract/targets/vercel/stage-faults.test.ts and vercel-faults.test.ts.
test.each([
  { when: 'in the middle of the upload', version: '1.1.0', operation: 'uploadFile', left: 0 },
  // The first one is answered with the files that Vercel has not.
  { when: 'after the create', version: '1.2.0', operation: 'createDeployment', left: 1 },
])('killed $when, its rerun ends with one deployment of it, live', async ({ version, operation, left }) => {
  const before = await live(caller, 'production');
  const sha = await makeRelease(caller, version);
  const asked = unanswered(caller, operation, 1);
  const run = await caller.start({ sha });
  const pid = await run.process(STAGE, 'release.deploy');
  await asked;
  await vi.waitFor(() => expect(deploymentsOf(caller, version)).toHaveLength(left), { interval: 10 });
  process.kill(pid, 'SIGKILL');
  expect((await run.done).conclusion).toBe('failure');
  expect(await live(caller, 'production')).toBe(before);

  const again = await finish(await caller.start({ sha, rerunOf: run.id }));
  expect(again.conclusion).toBe('success');
  expect(await live(caller, 'production')).toBe(version);
  expect(deploymentsOf(caller, version)).toHaveLength(1);
  expect(ledger(caller, 'production').at(-1)).toBe(`promote ${version}: success`);
});

test('cancelled while Vercel promotes, the old one is live again, and the rerun goes through', async () => {
  const before = await live(caller, 'production');
  const sha = await makeRelease(caller, '1.3.0');
  const changes = changesFromNow(caller);
  const asked = unanswered(caller, 'requestPromote');
  const run = await caller.start({ sha });
  await asked;
  run.cancel();
  expect((await run.done).conclusion).toBe('cancelled');
  expect(run.steps()).toMatchObject({ [`${STAGE}: release.rollback`]: 'success' });
  expect(changes().at(-1)).toBe('requestRollback');
  expect(await live(caller, 'production')).toBe(before);

  const again = await finish(await caller.start({ sha, rerunOf: run.id }));
  expect(again.conclusion).toBe('success');
  expect(await live(caller, 'production')).toBe('1.3.0');
  expect(deploymentsOf(caller, '1.3.0')).toHaveLength(1);
});
