import { beforeEach, describe, expect, it } from 'vitest';
import { interestedIn, weighYeses } from '../../../src/cycle/approvals.ts';
import type { Comment } from '../../../src/domain/command/comment.ts';
import { MemoryComments } from '../../fakes/memory-approvals.ts';
import { MemoryIssues } from '../../fakes/memory-issues.ts';
import { answer, ask, at, SETTINGS } from './scene.ts';

let comments: MemoryComments;
let issues: MemoryIssues;
beforeEach(async () => {
  comments = new MemoryComments();
  issues = new MemoryIssues();
  await issues.open({ mark: 'ask ask 1', title: 'Approve', body: '', label: '' });
});

/** Somebody's recorded yes, with the comment as it stands now. */
async function weigh(
  by = 'alice',
  now: Partial<Comment> | 'deleted' = {},
  rules: { selfApproval?: boolean; authors?: readonly string[]; settings?: typeof SETTINGS } = {},
) {
  const account = comments.accounts.has(by)
    ? { id: comments.accounts.get(by) ?? 0, login: by }
    : comments.account(by);
  const said = comments.say({ thread: 4, by, at: at(10), ...(now === 'deleted' ? {} : now) });
  if (now === 'deleted') comments.comments.delete(said.id);
  const { selfApproval = false, authors = [], settings = SETTINGS } = rules;
  const [weighed] = await weighYeses(
    { comments, issues },
    { ask: ask(), issue: 4 },
    [answer('approve', account, { comment: said.id })],
    {
      settings,
      selfApproval,
      interested: interestedIn(authors, ['ada']),
    },
  );
  return weighed?.refused;
}

describe('a recorded yes', () => {
  it('does not count from another issue than the one that asks, whatever the ledger says', async () => {
    const by = comments.account('alice');
    const said = comments.say({ thread: 5, by: 'alice', at: at(10) });
    const recorded = answer('approve', by, { comment: said.id, issue: 5 });
    const rules = { settings: SETTINGS, selfApproval: true, interested: interestedIn([], []) };
    for (const issue of [4, undefined])
      expect(await weighYeses({ comments, issues }, { ask: ask(), issue }, [recorded], rules)).toMatchObject([
        { refused: expect.stringContaining('another issue') },
      ]);
  });

  it('counts while its comment stands and its author may', async () => {
    expect(await weigh()).toBeUndefined();
    expect(await weigh('Alice')).toBeUndefined();
  });

  it.each<[string, Partial<Comment> | 'deleted', RegExp]>([
    ['was deleted', 'deleted', /not there any more/],
    ['was edited', { isEdited: true }, /edited/],
    ['says something else', { body: 'never mind' }, /no `\/approve`/],
    ['says no', { body: '/reject' }, /no `\/approve`/],
    ['quotes', { body: '> /approve' }, /no `\/approve`/],
    ['is somebody else’s', { author: { id: 999, login: 'alice', type: 'User' } }, /another one/],
    ['is a bot’s', { author: { id: 101, login: 'alice', type: 'Bot' } }, /person/],
    ['is an app’s', { isByApp: true }, /app/],
    ['stands under another issue', { thread: 5 }, /another one/],
    ['is older than the ask', { createdAt: at(-1).toISOString() }, /older/],
    ['came when it had expired', { createdAt: at(60).toISOString() }, /too late/],
  ])('does not when its comment %s', async (_, now, why) => {
    expect(await weigh('alice', now)).toMatch(why);
  });

  it.each([
    ['was changed', { isEdited: true }, /somebody changed the issue/],
    ['is somebody else’s', { isOwn: false }, /did not open that issue/],
    ['is for another ask', { mark: 'ask 2' }, /did not open that issue/],
    ['is gone', { number: 77 }, /gone/],
  ])('does not when its issue %s', async (_, now, why) => {
    issues.issues.map((issue) => Object.assign(issue, now));
    expect(await weigh()).toMatch(why);
  });

  it('does not when its author lost write access, or the login is another account’s', async () => {
    comments.account('alice', 'read');
    expect(await weigh()).toMatch(/no write access/);
    comments.account('alice');
    comments.permission = async () => ({ accountId: 999, level: 'write' });
    expect(await weigh()).toMatch(/another account/);
  });

  it('does not when airlock.yml names neither its author nor a team of theirs', async () => {
    comments.teams = { '@octo/core': ['carol'] };
    expect(await weigh('eve')).toMatch(/not one of those/);
    expect(await weigh('аlice')).toMatch(/not one of those/);
    expect(await weigh('alice-')).toMatch(/not one of those/);
    expect(await weigh('carol')).toBeUndefined();
  });

  it('cannot be told when a team cannot be read', async () => {
    await expect(weigh('carol')).rejects.toMatchObject({ code: 'TEAM_UNREADABLE' });
    expect(await weigh('alice')).toBeUndefined();
  });

  it('does not come from who started the run or wrote the commit, unless that is allowed', async () => {
    const settings = {
      ...SETTINGS,
      approvers: [{ kind: 'person' as const, login: 'ada' }, ...SETTINGS.approvers],
    };
    expect(await weigh('ada', {}, { settings })).toMatch(/ada started the run/);
    expect(await weigh('ADA', {}, { settings })).toMatch(/started the run/);
    expect(await weigh('bob', {}, { authors: ['Bob'] })).toMatch(/bob wrote a part of it/);
    expect(await weigh('ada', {}, { settings, selfApproval: true })).toBeUndefined();
  });
});
