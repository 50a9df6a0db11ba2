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
    expect(said?.isEdited).toBe(false);
    await call(maintainer, 'PATCH', `/repos/octo/sophie/issues/comments/${id}`, { body: '/approve' });
    expect((await bot.read(id))?.isEdited).toBe(true);
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

  test('that nobody answered yet is found by its thread, as it stands now', async () => {
    const { bot, say, call, maintainer } = await open();
    const since = new Date(Math.floor(Date.now() / 1000) * 1000).toISOString();
    const [first, answered, edited] = ['one', 'two', 'three'].map((body) => say(1, { by: 'alice', body }));
    say(1, { by: 'eve', body: `<!-- airlock-answer: ${first} -->` });
    await bot.reply({ id: answered ?? 0, thread: 1 }, 'Heard');
    await call(maintainer, 'PATCH', `/repos/octo/sophie/issues/comments/${edited}`, { body: 'three' });
    const found = await bot.unanswered(1, since);
    expect(found.map(({ body, isEdited }) => [body, isEdited])).toEqual([
      ['one', false],
      ['three', true],
      [`<!-- airlock-answer: ${first} -->`, false],
    ]);
    expect(await bot.unanswered(1, new Date(Date.now() + 60_000).toISOString())).toEqual([]);
  });

  test('in a locked thread is answered, and the thread is locked again', async () => {
    const { bot, say, call, maintainer, github, connect, jobToken, texts } = await open();
    await call(maintainer, 'PUT', '/repos/octo/sophie/issues/1/lock');
    expect(() => say(1, { by: 'eve', body: '/approve' })).toThrow('locked');
    const id = say(1, { by: 'alice', body: '/approve' });
    // GitHub lets an app lock and unlock, and say nothing.
    expect(
      await call(jobToken(WRITE), 'POST', '/repos/octo/sophie/issues/1/comments', { body: 'Heard' }),
    ).toMatchObject({ status: 403 });
    github.faults.next({ match: 'issues/create-comment', answer: 502, when: 'after' });
    await bot.reply({ id, thread: 1 }, 'Heard');
    expect(texts()?.at(-1)).toContain('Heard');
    expect(texts()).toHaveLength(2);
    expect(github.snapshot().repositories[0]?.issues[0]?.isLocked).toBe(true);
    const reader = createComments(connect(jobToken({ issues: 'read' })));
    await expect(reader.reply({ id: 1, thread: 1 }, 'no')).rejects.toMatchObject({
      code: 'GITHUB_PERMISSION_MISSING',
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
