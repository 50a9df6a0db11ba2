import { beforeAll, describe, expect, test } from 'vitest';
import type { CallerRepository } from '../../rehearsal/world/caller-repository.ts';
import { finish, jobs, ledger, live, makeRelease, scene } from './scene.ts';

const world = scene();
const CALLER = '.github/workflows/deploy.yml';
let caller: CallerRepository;

beforeAll(async () => {
  caller = await world.open({ environments: ['production'] });
  // The same caller for an event that no caller should have.
  const text = await caller.tree.read(CALLER);
  await caller.commit('Listen to strangers', {
    '.github/workflows/target.yml': text.replace('pull_request:', 'pull_request_target:'),
  });
});

const pull = (from: string) => ({
  number: 7,
  pull_request: {
    number: 7,
    head: { ref: 'change', repo: { full_name: from, fork: from !== caller.name } },
    base: { ref: 'main' },
  },
});

describe('what is only built and checked', () => {
  test.each([
    { what: 'a pull request', start: () => ({ event: 'pull_request', payload: pull(caller.name) }) },
    {
      what: 'a pull request of a fork',
      start: () => ({ event: 'pull_request', payload: pull('mallory/harbor') }),
    },
    { what: 'a push to another branch', start: () => ({ event: 'push', ref: 'refs/heads/feature' }) },
  ])('$what', async ({ start }) => {
    const { ref = 'refs/pull/7/merge', ...rest } = { ref: undefined, ...start() };
    const run = await finish(await caller.start({ ...rest, ref }));
    expect(run.conclusion).toBe('success');
    expect(await jobs(run)).toEqual({
      plan: 'success',
      'build-check': 'success',
      'development / stage': 'skipped',
      'staging / stage': 'skipped',
      overview: 'skipped',
      'production / stage': 'skipped',
    });
    expect(ledger(caller, 'production')).toEqual([]);
    expect(await live(caller, 'production')).toBeUndefined();
  });
});

test('pull_request_target is refused before anything of the change runs', async () => {
  const run = await finish(
    await caller.start({
      workflowPath: '.github/workflows/target.yml',
      event: 'pull_request_target',
      payload: pull('mallory/harbor'),
    }),
  );
  expect(run.conclusion).toBe('failure');
  expect(run.text()).toContain('[PULL_REQUEST_TARGET]');
  expect(await jobs(run)).toMatchObject({
    plan: 'failure',
    'build-check': 'skipped',
    'production / stage': 'skipped',
  });
  expect(ledger(caller, 'production')).toEqual([]);
});

test('a tag is released as the version it names', async () => {
  const sha = await makeRelease(caller, '1.0.0');
  const run = await finish(await caller.start({ ref: 'refs/tags/v1.0.0', sha }));
  expect(run.conclusion).toBe('success');
  expect(await live(caller, 'production')).toBe('1.0.0');
});

test('a run by hand enters environments', async () => {
  await makeRelease(caller, '1.1.0');
  const run = await finish(await caller.start({ event: 'workflow_dispatch' }));
  expect(run.conclusion).toBe('success');
  expect(await live(caller, 'production')).toBe('1.1.0');
});
