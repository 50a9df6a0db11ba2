import { beforeAll, describe, expect, test } from 'vitest';
import type { CallerRepository } from '../../rehearsal/world/caller-repository.ts';
import { inTurn } from '../turns.ts';
import { finish, jobs, ledger, live, makeRelease, scene } from './scene.ts';

const world = scene();
const CALLER = '.github/workflows/deploy.yml';
let caller: CallerRepository;

beforeAll(async () => {
  caller = await world.open({
    environments: ['staging', 'production'],
    // As it is where nobody writes anything.
    configure: (document) => document.delete('routes'),
  });
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

inTurn('tag')('main goes as far as staging, and its tag to production as the version it names', async () => {
  const sha = await makeRelease(caller, '1.0.0');
  const pushed = await finish(await caller.start({ sha }));
  expect(pushed.conclusion).toBe('success');
  expect(await jobs(pushed)).toMatchObject({ 'staging / stage': 'success', 'production / stage': 'skipped' });
  expect(await live(caller, 'staging')).toBe('1.0.0');
  expect(await live(caller, 'production')).toBeUndefined();

  const tagged = await finish(await caller.start({ ref: 'refs/tags/v1.0.0', sha }));
  expect(tagged.conclusion).toBe('success');
  expect(await live(caller, 'production')).toBe('1.0.0');
});

test('a tag on what nobody merged goes nowhere', async () => {
  await caller.git('switch', '--quiet', '-c', 'topic');
  const sha = await makeRelease(caller, '9.0.0');
  const run = await finish(await caller.start({ ref: 'refs/tags/v9.0.0', sha }));
  expect(run.conclusion).toBe('failure');
  expect(run.text()).toContain('[TAG_NOT_MERGED]');
  expect(await jobs(run)).toMatchObject({ plan: 'failure', 'build-check': 'skipped' });
});
