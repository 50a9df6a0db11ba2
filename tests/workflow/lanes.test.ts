import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect } from 'vitest';
import type { CallerRepository } from '../../rehearsal/world/caller-repository.ts';
import type { WatchedRun } from '../../rehearsal/world/watched-run.ts';
import { inTurn } from '../turns.ts';
import { finish, ledger, live, makeRelease, REVIEWER, release, scene } from './scene.ts';

const world = scene();
const STAGE = 'airlock / production / stage';
let caller: CallerRepository;

beforeAll(async () => {
  caller = await world.open({ environments: ['production'] });
  await release(caller, '1.0.0');
});

/** Everything that the target remembers of itself. */
const targetState = () => readFileSync(join(caller.state, 'harbor/production/state.json'), 'utf8');

inTurn('lane again')('a finished run, run again, changes nothing on the target', async () => {
  const run = await release(caller, '1.1.0');
  const before = targetState();
  const again = await finish(await caller.start({ rerunOf: run.id }));
  expect(again.conclusion).toBe('success');
  expect(again.attempt).toBe(2);
  expect(targetState()).toBe(before);
  expect(await live(caller, 'production')).toBe('1.1.0');
  const succeeded = ledger(caller, 'production').filter((entry) => entry.endsWith('success'));
  expect(succeeded).toEqual(['promote 1.1.0: success']);
});

inTurn('lane order')(
  'runs that come to the lane while it is taken enter in order, and none is dropped',
  async () => {
    const already = ledger(caller, 'production').length;
    // The first one holds the lane until it is let in.
    caller.protect('production', [REVIEWER]);
    const waiting = (run: WatchedRun, status: string) =>
      run.event('job-changed', (event) => event.job === STAGE && event.status === status);
    const shas = [];
    for (const version of ['1.2.0', '1.3.0', '1.4.0']) shas.push(await makeRelease(caller, version));
    const runs: WatchedRun[] = [];
    for (const sha of shas) {
      const run = await caller.start({ sha });
      await waiting(run, runs.length === 0 ? 'waiting' : 'blocked');
      runs.push(run);
    }
    for (const run of runs) {
      await run.event('approval-wanted');
      world.github.review({ runId: run.id, environment: 'production', verdict: 'approved', by: REVIEWER });
    }
    expect((await Promise.all(runs.map((run) => run.done))).map(({ conclusion }) => conclusion)).toEqual([
      'success',
      'success',
      'success',
    ]);
    caller.protect('production', []);
    expect(await live(caller, 'production')).toBe('1.4.0');
    expect(ledger(caller, 'production').slice(already)).toEqual([
      'deploy 1.2.0: inactive',
      'promote 1.2.0: inactive',
      'deploy 1.3.0: inactive',
      'promote 1.3.0: inactive',
      'deploy 1.4.0: inactive',
      'promote 1.4.0: success',
    ]);
  },
);

inTurn('lane order')('a run that reaches the lane after a newer one went live is refused', async () => {
  const before = { ledger: ledger(caller, 'production'), target: targetState() };
  const sha = await caller.git('rev-parse', 'v1.3.0');
  const run = await finish(await caller.start({ sha }));
  expect(run.conclusion).toBe('failure');
  expect(run.text()).toMatch(/1\.4\.0 .*contains this commit and more.*\[NOT_NEWEST\]/);
  expect(run.steps()).toMatchObject({ [`${STAGE}: plan`]: 'failure', [`${STAGE}: release`]: 'skipped' });
  expect({ ledger: ledger(caller, 'production'), target: targetState() }).toEqual(before);
});
