import { beforeAll, expect } from 'vitest';
import type { CallerRepository } from '../../rehearsal/world/caller-repository.ts';
import { inTurn } from '../turns.ts';
import { finish, ledger, live, release, scene } from './scene.ts';

const test = inTurn('rollback');
const world = scene();
let caller: CallerRepository;

beforeAll(async () => {
  caller = await world.open({ environments: ['production'] });
  for (const version of ['1.0.0', '1.1.0', '1.2.0']) await release(caller, version);
});

const goBack = async (inputs: { to?: string; reason: string }) =>
  finish(
    await caller.start({
      workflowPath: '.github/workflows/rollback.yml',
      event: 'workflow_dispatch',
      inputs: { environment: 'production', ...inputs },
    }),
  );

test('by hand, to the last good release, with the reason in the ledger', async () => {
  const run = await goBack({ reason: 'Guests see empty pages' });
  expect(run.conclusion).toBe('success');
  expect(await live(caller, 'production')).toBe('1.1.0');
  expect(ledger(caller, 'production').slice(-3)).toEqual([
    'deploy 1.2.0: inactive',
    'promote 1.2.0: failure',
    'rollback 1.1.0: success, Guests see empty pages',
  ]);
});

test('by hand, to a version that is named', async () => {
  const run = await goBack({ to: 'v1.0.0', reason: 'The last one before the change' });
  expect(run.conclusion).toBe('success');
  expect(await live(caller, 'production')).toBe('1.0.0');
  expect(ledger(caller, 'production').at(-1)).toBe('rollback 1.0.0: success, The last one before the change');
});

test('by hand, to a version that nobody knows: refused, and nothing happens', async () => {
  const before = ledger(caller, 'production');
  const run = await goBack({ to: '7.7.7', reason: 'A slip of the finger' });
  expect(run.conclusion).toBe('failure');
  expect(run.text()).toContain('[TARGET_UNKNOWN]');
  expect(await live(caller, 'production')).toBe('1.0.0');
  expect(ledger(caller, 'production')).toEqual(before);
});
