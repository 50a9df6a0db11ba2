import { describe, expect, test } from 'vitest';
import { createConversation } from '../../../src/github/comments.ts';
import { makeWorld } from './world.ts';

const WRITE = { 'pull-requests': 'write' } as const;

async function open() {
  const world = await makeWorld();
  const number = world.repository.openPullRequest({ title: 'A change', head: world.commit, author: 'ada' });
  const connect = (token: string) => createConversation(world.connect(token));
  const maintainer = world.github.mintUserToken('mary');
  const comments = () =>
    world.github
      .snapshot()
      .repositories[0]?.issues.flatMap((issue) => issue.comments)
      .map(({ author, body }) => `${author}: ${body}`);
  return { ...world, number, connect, maintainer, comments, bot: connect(world.jobToken(WRITE)) };
}

describe('a conversation on a pull request', () => {
  test('is told, changed and taken back by the identity of the token', async () => {
    const { bot, number, comments } = await open();
    await bot.create(number, 'First');
    await bot.create(number, 'Second');
    const [first, second] = await bot.ownComments(number);
    if (!first || !second) throw new Error('both are there');
    expect([first.body, second.body]).toEqual(['First', 'Second']);
    await bot.update(first.id, 'Changed');
    await bot.remove(second.id);
    await bot.remove(second.id);
    expect(comments()).toEqual(['github-actions[bot]: Changed']);
  });

  test('knows only its own words: those of a person and of another app are not in it', async () => {
    const { bot, number, connect, maintainer, github } = await open();
    const text = '<!-- airlock:preview:sophie -->';
    await connect(maintainer).create(number, text);
    await connect(github.mintUserToken('github-actions')).create(number, text);
    await connect(github.mintUserToken('other[bot]')).create(number, text);
    expect(await bot.ownComments(number)).toEqual([]);
    await bot.create(number, text);
    expect(await bot.ownComments(number)).toHaveLength(1);
    expect(await connect(maintainer).ownComments(number)).toHaveLength(1);
  });

  test('is read whole, however long it is', async () => {
    const { bot, number, connect, maintainer } = await open();
    const mary = connect(maintainer);
    for (let index = 0; index < 101; index += 1) await mary.create(number, `${index}`);
    await bot.create(number, 'Mine');
    expect(await bot.ownComments(number)).toMatchObject([{ body: 'Mine' }]);
  });

  test('says whether the pull request is open, and its newest commit', async () => {
    const { bot, number, repository, commit } = await open();
    expect(await bot.pullRequest(number)).toEqual({ isOpen: true, head: commit });
    const head = repository.commit('Second', 'change');
    repository.changePullRequest(number, { head });
    expect(await bot.pullRequest(number)).toEqual({ isOpen: true, head });
    repository.changePullRequest(number, { state: 'closed' });
    expect(await bot.pullRequest(number)).toEqual({ isOpen: false, head });
  });

  test.each([
    ['reset', 'before'],
    ['reset', 'after'],
    [502, 'before'],
    [502, 'after'],
  ] as const)('is told once, whatever becomes of the answer: %s %s it was done', async (answer, when) => {
    const { bot, number, github, comments } = await open();
    github.faults.next({ match: 'issues/create-comment', answer, when });
    await bot.create(number, 'Told');
    expect(comments()).toEqual(['github-actions[bot]: Told']);
    const [told] = await bot.ownComments(number);
    github.faults.next({ match: 'issues/update-comment', answer, when });
    await bot.update(told?.id ?? 0, 'Changed');
    expect(comments()).toEqual(['github-actions[bot]: Changed']);
    github.faults.next({ match: 'issues/delete-comment', answer, when });
    await bot.remove(told?.id ?? 0);
    expect(comments()).toEqual([]);
  });

  test.each([
    ['no permission', {}],
    ['`issues: write`, which does not reach pull requests', { issues: 'write' }],
    ['the right to read', { 'pull-requests': 'read' }],
  ] as const)('with %s tells what is missing', async (_what, permissions) => {
    const { connect, jobToken, number } = await open();
    await expect(connect(jobToken(permissions)).create(number, 'Told')).rejects.toMatchObject({
      code: 'GITHUB_PERMISSION_MISSING',
      message: expect.stringContaining('pull-requests: write'),
    });
  });
});
