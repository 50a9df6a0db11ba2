import { describe, expect, it } from 'vitest';
import type { WorkflowEvent } from '../../../src/domain/event.ts';
import { reachOf } from '../../../src/domain/routes/reach.ts';
import { type RouteSettings, standardRoutes } from '../../../src/domain/routes/settings.ts';

const THREE = ['development', 'staging', 'production'];
const PAYLOAD = { repository: { full_name: 'sophie/shop', default_branch: 'main' } };

const event = (name: string, ref: string, payload: unknown = PAYLOAD): WorkflowEvent => ({
  name,
  repository: { owner: 'sophie', name: 'shop' },
  ref,
  refType: ref.startsWith('refs/tags/') ? 'tag' : 'branch',
  sha: 'c'.repeat(40),
  actor: 'ada',
  triggeringActor: 'ada',
  run: { id: '1', attempt: 1, url: '' },
  payload,
});

const MAIN = 'refs/heads/main';
const everything: readonly [what: string, WorkflowEvent][] = [
  ['main', event('push', MAIN)],
  ['develop', event('push', 'refs/heads/develop')],
  ['feature', event('push', 'refs/heads/feature/cart')],
  ['v1.2.3', event('push', 'refs/tags/v1.2.3')],
  ['v1.2.3-rc.1', event('push', 'refs/tags/v1.2.3-rc.1')],
  ['nightly', event('push', 'refs/tags/nightly')],
  ['release', event('release', 'refs/tags/v1.2.3')],
  ['by hand', event('workflow_dispatch', MAIN)],
  ['by hand on a branch', event('workflow_dispatch', 'refs/heads/feature/cart')],
  ['by hand on a tag', event('workflow_dispatch', 'refs/tags/nightly')],
  ['by a program', event('repository_dispatch', MAIN)],
  ['schedule', event('schedule', MAIN)],
  ['after a run', event('workflow_run', MAIN)],
];

const mapping = (routes: RouteSettings) =>
  Object.fromEntries(everything.map(([what, given]) => [what, reachOf(routes, given).to]));

const rules = (all: Record<string, string | undefined>) =>
  Object.entries(all).map(([pattern, to]) => ({ pattern, to }));

describe('how far a run goes', () => {
  it('by itself: main to staging, development branches to development, version tags to production', () => {
    expect(mapping(standardRoutes(THREE))).toEqual({
      main: 'staging',
      develop: 'development',
      feature: undefined,
      'v1.2.3': 'production',
      'v1.2.3-rc.1': 'staging',
      nightly: undefined,
      release: 'production',
      'by hand': 'production',
      'by hand on a branch': 'production',
      'by hand on a tag': 'production',
      'by a program': 'production',
      schedule: 'staging',
      'after a run': 'staging',
    });
  });

  it.each<[readonly string[], string, string, string | undefined]>([
    [['production'], 'production', 'production', undefined],
    [['staging', 'production'], 'staging', 'production', undefined],
    [['development', 'production'], 'development', 'production', 'development'],
    [['test', 'acceptance', 'live'], 'acceptance', 'live', undefined],
    [['staging', 'canary', 'production'], 'staging', 'production', undefined],
    [['development', 'staging'], 'staging', 'staging', 'development'],
  ])('through %j where nothing is written: main to %s, v1.2.3 to %s, develop to %s', (names, ...expected) => {
    const { main, 'v1.2.3': tag, develop } = mapping(standardRoutes(names));
    expect([main, tag, develop]).toEqual(expected);
  });

  it('as airlock.yml says, each trigger by its own line', () => {
    const routes: RouteSettings = {
      defaultBranch: 'production',
      branches: rules({ '**': 'development', 'feature/**': undefined }),
      tags: rules({ nightly: 'development' }),
      manual: 'staging',
      comment: [],
    };
    expect(mapping(routes)).toEqual({
      main: 'production',
      develop: 'development',
      feature: undefined,
      'v1.2.3': undefined,
      'v1.2.3-rc.1': undefined,
      nightly: 'development',
      release: undefined,
      'by hand': 'staging',
      'by hand on a branch': 'staging',
      'by hand on a tag': 'staging',
      'by a program': 'staging',
      schedule: 'production',
      'after a run': 'production',
    });
  });

  it('by the narrowest pattern, whatever their order', () => {
    const all = {
      '**': 'development',
      'release/**': 'staging',
      'release/*': 'production',
      'release/1': undefined,
    };
    for (const order of [rules(all), rules(all).reverse()]) {
      const routes = { ...standardRoutes(THREE), branches: order };
      const to = (branch: string) => reachOf(routes, event('push', `refs/heads/${branch}`)).to;
      expect(['x', 'release/1/a', 'release/2', 'release/1'].map(to)).toEqual([
        'development',
        'staging',
        'production',
        undefined,
      ]);
    }
  });

  it('takes the default branch by its name, then by `default-branch`, and by no star', () => {
    const routes = standardRoutes(THREE);
    const to = (branches: Record<string, string>) =>
      reachOf({ ...routes, branches: rules(branches) }, event('push', MAIN)).to;
    expect(to({ main: 'production', '**': 'development' })).toBe('production');
    expect(to({ '**': 'development' })).toBe('staging');
  });

  it('takes no branch for the default one that the event does not name so', () => {
    for (const payload of [{}, null, { repository: { default_branch: '' } }])
      expect(reachOf(standardRoutes(THREE), event('push', MAIN, payload)).to).toBeUndefined();
    expect(reachOf(standardRoutes(THREE), event('push', 'refs/heads/x/main')).to).toBeUndefined();
  });

  it.each([
    [event('push', MAIN), 'main, the default branch, goes to staging (`default-branch` in `routes:`)'],
    [event('push', 'refs/tags/v1.2.3'), 'tag v1.2.3 goes to production (`v*.*.*` in `routes:`)'],
    [event('push', 'refs/heads/x'), 'x is none of the branches that `routes:` names'],
    [
      event('schedule', MAIN),
      '`schedule` runs the default branch, which goes to staging (`default-branch` in `routes:`)',
    ],
  ])('and says by which line: %#', (given, why) => {
    expect(reachOf(standardRoutes(THREE), given).why).toBe(why);
  });
});
