import { beforeAll, expect, test } from 'vitest';
import type { CallerRepository } from '../../rehearsal/world/caller-repository.ts';
import type { WatchedRun } from '../../rehearsal/world/watched-run.ts';
import { finish, live, makeRelease, scene } from './scene.ts';
import { expectNowhere, written } from './written.ts';

const world = scene();
/** In the middle of every planted secret, so that a part that was cut out of one is found, too. */
const CANARY = 'canary-7f3e91';
let caller: CallerRepository;

beforeAll(async () => {
  caller = await world.open({
    environments: ['production'],
    configure: (document) => document.setIn(['serve', 'variables'], ['DATABASE_URL', 'API_KEY', 'PEM']),
    secrets: { REPOSITORY_SECRET: `repository-${CANARY}-secret` },
    environmentSecrets: {
      production: {
        DATABASE_URL: `postgres://harbor:pass-${CANARY}-word@127.0.0.1:1/harbor`,
        APP_VARIABLES: `API_KEY=key-${CANARY}-value\nPEM="-----BEGIN\nfirst-${CANARY}-line\n-----END"\n`,
      },
    },
  });
});

async function expectNoCanary(run: WatchedRun): Promise<void> {
  const places = await written(caller, world.github, [run]);
  const tokens = Object.entries(places).filter(([, text]) => /gh[ps]_[0-9a-f]{36}/.test(text));
  expect(tokens.map(([place]) => place)).toEqual([]);
  expectNowhere(places, CANARY);
}

test('secrets of a release that goes well stand nowhere', async () => {
  await makeRelease(caller, '1.0.0');
  const run = await finish(await caller.start());
  expect(run.conclusion).toBe('success');
  expect(await live(caller, 'production')).toBe('1.0.0');
  await expectNoCanary(run);
});

test('an app that prints its whole environment as it dies tells nobody its secrets', async () => {
  await makeRelease(caller, '1.1.0', { production: ['tells', 'dies'] });
  const run = await finish(await caller.start());
  expect(run.conclusion).toBe('failure');
  // It was heard, and what it said is shown.
  expect(run.text()).toContain('I am about to die');
  expect(await live(caller, 'production')).toBe('1.0.0');
  await expectNoCanary(run);
});
