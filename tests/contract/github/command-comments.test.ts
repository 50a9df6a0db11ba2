import { describe, expect, test } from 'vitest';
import { createComments } from '../../../src/github/command-comments.ts';
import { makeWorld } from './world.ts';

const WRITE = { issues: 'write' } as const;
const MAINTAINERS = { organization: 'octo', slug: 'maintainers' };

async function open() {
  const world = await makeWorld();
  const { github, repository, call } = world;
  repository.configure({
    administrators: ['mary'],
    collaborators: { alice: 'write', rita: 'read' },
    teams: { maintainers: ['alice'] },
  });
  const maintainer = github.mintUserToken('mary');
  await call(maintainer, 'POST', '/repos/octo/sophie/issues', { title: 'Approve' });
  const members = world.connect(github.mintUserToken('mary', { members: 'read' }));
  const bot = createComments(world.connect(world.jobToken(WRITE)), { members });
  const texts = () =>
    github.snapshot().repositories[0]?.issues[0]?.comments.map(({ author, body }) => `${author}: ${body}`);
  return { ...world, bot, maintainer, texts, say: repository.say };
}

describe('a comment', () => {
  test('is read with its author, its issue and when it was changed', async () => {
    const { bot, say, call, maintainer } = await open();
    const id = say(1, { by: 'alice', body: '/approve' });
    const said = await bot.read(id);
    expect(said).toMatchObject({
      id,
      thread: 1,
      body: '/approve',
      author: { login: 'alice', type: 'User' },
      isByApp: false,
    });
    expect(said?.updatedAt).toBe(said?.createdAt);
    await call(maintainer, 'DELETE', `/repos/octo/sophie/issues/comments/${id}`);
    expect(await bot.read(id)).toBeUndefined();
  });

  test('tells that a bot or an app wrote it', async () => {
    const { bot, say } = await open();
    const byBot = await bot.read(say(1, { by: 'renovate[bot]', body: '/approve' }));
    expect(byBot?.author?.type).toBe('Bot');
    expect(await bot.read(say(1, { by: 'alice', body: '/approve', app: 'helper' }))).toMatchObject({
      isByApp: true,
    });
  });

  test.each([
    ['reset', 'before'],
    ['reset', 'after'],
    [502, 'after'],
  ] as const)('is answered once, whatever becomes of the answer: %s %s it was done', async (answer, when) => {
    const { bot, say, github, texts } = await open();
    const id = say(1, { by: 'alice', body: '/approve' });
    // Looks like an answer, but is none of ours.
    say(1, { by: 'eve', body: `<!-- airlock-answer: ${id} -->\nRejected` });
    github.faults.next({ match: 'issues/create-comment', answer, when });
    await bot.reply({ id, thread: 1 }, 'Approved');
    await bot.reply({ id, thread: 1 }, 'Approved');
    expect(texts()?.filter((text) => text.startsWith('github-actions[bot]'))).toEqual([
      `github-actions[bot]: <!-- airlock-answer: ${id} -->\nApproved`,
    ]);
  });
});

describe('an account', () => {
  test.each([
    ['mary', 'admin'],
    ['alice', 'write'],
    ['rita', 'read'],
    ['eve', 'none'],
  ])('%s may do what GitHub says: %s', async (login, level) => {
    const { bot, say } = await open();
    const said = await bot.read(say(1, { by: login, body: '/approve' }));
    expect(await bot.permission(login)).toEqual({ accountId: said?.author?.id, level });
  });

  test('belongs to a team only while GitHub says so', async () => {
    const { bot, repository } = await open();
    expect(await bot.isMember(MAINTAINERS, 'alice')).toBe(true);
    expect(await bot.isMember(MAINTAINERS, 'mary')).toBe(false);
    expect(await bot.isMember({ ...MAINTAINERS, slug: 'nobody' }, 'alice')).toBe(false);
    repository.configure({ teams: { maintainers: [] } });
    expect(await bot.isMember(MAINTAINERS, 'alice')).toBe(false);
  });

  test('is of unknown membership to a job’s own token', async () => {
    const { connect, jobToken } = await open();
    const github = connect(jobToken(WRITE));
    for (const comments of [createComments(github), createComments(github, { members: github })])
      await expect(comments.isMember(MAINTAINERS, 'alice')).rejects.toMatchObject({
        code: 'TEAM_UNREADABLE',
      });
  });
});

test('without the permission it tells what is missing', async () => {
  const { connect, jobToken, say } = await open();
  const blind = createComments(connect(jobToken({ deployments: 'write' })));
  const id = say(1, { by: 'alice', body: '/approve' });
  await expect(blind.read(id)).rejects.toMatchObject({ code: 'GITHUB_PERMISSION_MISSING' });
  const deaf = createComments(connect(jobToken({ issues: 'read' })));
  await expect(deaf.reply({ id, thread: 1 }, 'no')).rejects.toMatchObject({
    message: expect.stringContaining('issues: write'),
  });
});
