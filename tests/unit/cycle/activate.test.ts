import { expect, test } from 'vitest';
import { type Activation, activateAndVerify } from '../../../src/cycle/activate.ts';
import type { SmokeCheckSettings } from '../../../src/domain/configuration.ts';
import type { ProbeRequest } from '../../../src/ports/prober.ts';
import type { Access, Course } from '../../../src/ports/target.ts';
import { MemoryTarget } from '../../fakes/memory-target.ts';
import { release as releaseOf, silentLog } from './world.ts';

const release = releaseOf('1.0.0');

const check: SmokeCheckSettings = {
  name: 'home',
  path: '/home?lang=en',
  method: 'GET',
  status: 200,
  timeoutMs: 1_000,
  headers: {},
  security: [],
  body: [],
  json: {},
  version: false,
  health: false,
  latency: undefined,
};

const NEVER = new AbortController().signal;

class GuardedTarget extends MemoryTarget {
  readonly courses: (Course | undefined)[] = [];
  /** The share that it has come to by itself, whatever is asked. */
  atLeast = 0;
  readonly #access: Access;
  constructor(access: Access) {
    super();
    this.#access = access;
  }
  async access(): Promise<Access> {
    return this.#access;
  }
  override async activate(id: string, weight: number, signal: AbortSignal, course?: Course) {
    this.courses.push(course);
    return super.activate(id, Math.max(weight, this.atLeast), signal);
  }
}

async function activated(access: Access, given: Partial<Activation> = {}, share = 0, atLeast = 0) {
  const target = new GuardedTarget(access);
  const staged = await target.stage({ release, directory: '/' });
  if (share > 0) await target.activate(staged.id, share, NEVER);
  const { deployments } = await target.observe();
  const deployment = deployments.find(({ id }) => id === staged.id) ?? staged;
  target.courses.length = 0;
  target.atLeast = atLeast;
  const asked: ProbeRequest[] = [];
  const world = {
    target,
    prober: {
      async probe(request: ProbeRequest) {
        asked.push(request);
        return {
          kind: 'answered',
          status: 200,
          headers: {},
          body: '',
          bodyCut: false,
          durationMs: 1,
        } as const;
      },
    },
    clock: { now: () => new Date(0), sleep: async () => {} },
    log: silentLog,
  };
  const activation: Activation = {
    deployment,
    release,
    weights: [10, 100],
    pauseMs: 5,
    smoke: { warmUpMs: 0, checks: [check] },
    url: 'https://shop.test',
    intent: 'promote',
    ...given,
  };
  await activateAndVerify(activation, world, NEVER);
  return { target, urls: [...new Set(asked.map(({ url }) => url))], asked };
}

test('a canary is looked for at the public address where the target can force it there', async () => {
  const { urls } = await activated({ headers: {}, canaryQuery: { force: 'canary' } });
  expect(urls).toEqual(['https://shop.test/home?lang=en&force=canary', 'https://shop.test/home?lang=en']);
});

test('and else at its own address', async () => {
  const { urls } = await activated({ headers: {} });
  expect(urls[0]).toMatch(/^http:\/\/staged\.test\/.*\/home\?lang=en$/);
  expect(urls[1]).toBe('https://shop.test/home?lang=en');
});

test('every check has what lets it in', async () => {
  const { asked } = await activated({ headers: { 'x-way-in': 'secret' } });
  expect(asked.map(({ headers }) => headers['x-way-in'])).toEqual(asked.map(() => 'secret'));
});

test('a run that is run again goes on from the share that the release has', async () => {
  const { target, urls } = await activated({ headers: {} }, { weights: [10, 50, 100] }, 50);
  expect(target.changes).toEqual(['stage 1.0.0', 'activate 1.0.0 50', 'activate 1.0.0 100']);
  expect(urls).toHaveLength(2);
});

test('a target that goes on by itself is ahead of what was asked, and is taken at that', async () => {
  const { target } = await activated({ headers: {} }, { weights: [10, 50, 100] }, 0, 50);
  expect(target.changes).toEqual(['stage 1.0.0', 'activate 1.0.0 50', 'activate 1.0.0 100']);
});

test('the target knows from the first step where the way goes and why', async () => {
  const { target } = await activated({ headers: {} }, { intent: 'rollback', reason: 'errors' });
  const course = { intent: 'rollback', steps: [10, 100], pauseMs: 5, reason: 'errors' };
  expect(target.courses).toEqual([course, course]);
});
