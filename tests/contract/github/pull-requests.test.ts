import { describe, expect, test } from 'vitest';
import { createPullRequests } from '../../../src/github/pull-requests.ts';
import { makeWorld } from './world.ts';

const WRITE = { 'pull-requests': 'write' } as const;
const WAY = { from: 'hotfix/cart', into: 'main' };
const WORDS = { title: 'Back-merge hotfix 1.2.4', body: 'Because' };

async function open({ allowed = true } = {}) {
  const world = await makeWorld();
  const fix = world.repository.commit('Fix', WAY.from);
  world.repository.configure({ workflowToken: { access: 'read', mayApprove: allowed } });
  const bot = createPullRequests(world.connect(world.jobToken(WRITE)));
  const all = () =>
    world.github.snapshot().repositories[0]?.issues.map(({ title, author }) => `${author}: ${title}`);
  return { ...world, fix, bot, all };
}

describe('a pull request between two branches', () => {
  test('is opened, and found again', async () => {
    const { bot, fix } = await open();
    expect(await bot.newest(WAY)).toBeUndefined();
    const opened = await bot.open({ ...WAY, ...WORDS });
    expect(opened).toMatchObject({ number: 1, state: 'open', head: fix });
    expect(await bot.newest(WAY)).toEqual(opened);
    expect(await bot.newest({ ...WAY, from: 'hotfix/other' })).toBeUndefined();
  });

  test('is nothing where the branch has nothing new', async () => {
    const { bot } = await open();
    expect(await bot.open({ from: 'main', into: 'main', ...WORDS })).toBeUndefined();
  });

  test('says what became of it, and the newest speaks', async () => {
    const { bot, repository } = await open();
    await bot.open({ ...WAY, ...WORDS });
    repository.changePullRequest(1, { state: 'closed' });
    expect(await bot.newest(WAY)).toMatchObject({ number: 1, state: 'closed' });
    await bot.open({ ...WAY, ...WORDS });
    expect(await bot.newest(WAY)).toMatchObject({ number: 2, state: 'open' });
  });

  test.each([
    ['reset', 'before'],
    ['reset', 'after'],
    [502, 'before'],
    [502, 'after'],
  ] as const)('is opened once, whatever becomes of the answer: %s %s it was done', async (answer, when) => {
    const { bot, github, all } = await open();
    github.faults.next({ match: 'pulls/create', answer, when });
    expect(await bot.open({ ...WAY, ...WORDS })).toMatchObject({ number: 1, state: 'open' });
    expect(all()).toEqual(['github-actions[bot]: Back-merge hotfix 1.2.4']);
  });

  test('says which setting forbids it', async () => {
    const { bot } = await open({ allowed: false });
    await expect(bot.open({ ...WAY, ...WORDS })).rejects.toMatchObject({
      code: 'PULL_REQUESTS_NOT_ALLOWED',
      next: expect.stringContaining('from hotfix/cart into main'),
    });
  });

  test('names the permission that the token lacks', async () => {
    const { connect, jobToken } = await open();
    const poor = createPullRequests(connect(jobToken({ contents: 'read' })));
    await expect(poor.open({ ...WAY, ...WORDS })).rejects.toMatchObject({
      code: 'GITHUB_PERMISSION_MISSING',
      message: expect.stringContaining('pull-requests: write'),
    });
  });
});
