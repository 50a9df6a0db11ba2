import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stageOnVercel } from '../../../../src/targets/vercel/stage.ts';
import { NEVER } from './staging-host.ts';
import { failureOf, type Opening, openScene, type Scene } from './staging-scene.ts';

const QUICK = { roundMs: 100 };

let scene: Scene;
beforeEach(async () => {
  scene = await openScene();
});
afterEach(async () => {
  delete process.env.VERCEL_TEAM_ID;
  expect(scene.fake.problems).toEqual([]);
  await scene.close();
});

const stage = async (opening: Opening) =>
  stageOnVercel(scene.open(opening), await scene.release('1.0.0'), NEVER, QUICK);

/** What the queries of all requests say of the team. */
const teams = () =>
  new Set(
    scene.fake.requests.map(({ path }) => {
      const { searchParams } = new URL(path, scene.fake.url);
      return [...searchParams.getAll('teamId'), ...searchParams.getAll('slug')].join('+');
    }),
  );

describe('who asks', () => {
  it.each(['project', 'team', 'full'] as const)(
    'may be a token for one %s, and nothing of a person or a team is asked for',
    async (scope) => {
      const token =
        scope === 'project'
          ? scene.token
          : scene.fake.addToken(scope === 'team' ? { scope, team: scene.team.id } : { scope });
      await stage({ variables: { VERCEL_TOKEN: token } });
      const paths = scene.fake.requests.map(({ path }) => path.replace(/\?.*/, ''));
      expect(paths.filter((path) => /user|teams/.test(path))).toEqual([]);
      expect(scene.project.deployments()).toHaveLength(1);
    },
  );

  it('names the team by slug, by id, and to Vercel’s client by the id of the project’s owner', async () => {
    await stage({ settings: { team: 'acme' } });
    expect(teams()).toEqual(new Set(['acme', scene.team.id]));
    scene.fake.requests.length = 0;
    const request = await scene.release('1.1.0');
    await stageOnVercel(scene.open({ settings: { team: scene.team.id } }), request, NEVER, QUICK);
    expect(teams()).toEqual(new Set([scene.team.id]));
  });

  it('is a person, where no team is named', async () => {
    const own = await scene.fake.addProject({ name: 'blog' });
    const variables = { VERCEL_TOKEN: scene.fake.addToken() };
    await stage({ settings: { project: 'blog', team: undefined }, variables });
    expect(own.deployments()).toHaveLength(1);
    expect(teams()).toEqual(new Set(['']));
  });

  it('is not led astray by a team in the environment, which Vercel’s client adds to every address', async () => {
    process.env.VERCEL_TEAM_ID = 'team_stray';
    await stage({});
    expect([...teams()].join()).not.toContain('team_stray');
  });

  it('takes an address of the API with a slash at its end', async () => {
    await stage({ variables: { VERCEL_API_URL: `${scene.fake.url}/` } });
    expect(scene.fake.requests.every(({ path }) => !path.startsWith('//'))).toBe(true);
  });
});

describe('who may not', () => {
  it.each([
    [
      'no token',
      () => ({ variables: { VERCEL_TOKEN: ' ' } }),
      'VERCEL_TOKEN_MISSING',
      /environment variable VERCEL_TOKEN is empty/,
    ],
    [
      'a token that is none',
      () => ({ variables: { VERCEL_TOKEN: 'wrong' } }),
      'VERCEL_TOKEN_REJECTED',
      /wrong, revoked or expired/,
    ],
    [
      'a revoked token',
      () => {
        scene.fake.revokeToken(scene.token);
        return {};
      },
      'VERCEL_TOKEN_REJECTED',
      /wrong, revoked or expired/,
    ],
    [
      'a project that is not there',
      () => ({ settings: { project: 'nope' } }),
      'VERCEL_NOT_FOUND',
      /In the team acme there is no such thing/,
    ],
    [
      'a team that is not there',
      () => ({ settings: { team: 'nope' }, variables: { VERCEL_TOKEN: scene.fake.addToken() } }),
      'VERCEL_NOT_FOUND',
      /In the team nope there is no such thing/,
    ],
    [
      'a person’s token without the team',
      () => ({ settings: { team: undefined }, variables: { VERCEL_TOKEN: scene.fake.addToken() } }),
      'VERCEL_NOT_FOUND',
      /In the personal account there is no such thing/,
    ],
  ] as const)('with %s is told so', async (_what, opening, code, words) => {
    const failure = await failureOf(stage(opening() as Opening));
    expect(failure.code).toBe(code);
    expect(failure.message).toMatch(words);
    expect(failure.next).not.toBe('');
    expect(`${failure.message} ${failure.next}`).not.toContain(scene.token);
    expect(scene.project.deployments()).toEqual([]);
  });

  it('with a token of another project or team is told so', async () => {
    const other = await scene.fake.addProject({ name: 'other', team: scene.team.id });
    const globex = scene.fake.addTeam({ slug: 'globex' });
    const tokens = [
      scene.fake.addToken({ scope: 'project', project: other.id }),
      scene.fake.addToken({ scope: 'team', team: globex.id }),
    ];
    for (const VERCEL_TOKEN of tokens) {
      const failure = await failureOf(stage({ variables: { VERCEL_TOKEN } }));
      expect(failure.code).toBe('VERCEL_FORBIDDEN');
      expect(failure.message).toContain('not for this in the team acme');
      expect(failure.next).toContain('`team:`');
    }
  });
});
