import { describe, expect, it } from 'vitest';
import { judgeComment, judgePermission } from '../../../src/domain/command/author.ts';
import { type Comment, readCommentEvent } from '../../../src/domain/command/comment.ts';
import type { WorkflowEvent } from '../../../src/domain/event.ts';

const ALICE = { id: 7, login: 'alice', type: 'User' };
const SAID: Comment = {
  id: 900,
  thread: 4,
  body: '/approve',
  author: ALICE,
  isByApp: false,
  createdAt: '2026-11-21T09:00:00Z',
  isEdited: false,
};
const TOLD = { id: 900, thread: 4, body: '/approve', authorId: 7 };

describe('a comment', () => {
  it('by a person, as it was told, speaks', () => {
    expect(judgeComment(TOLD, SAID)).toEqual({ kind: 'speaks', by: ALICE });
  });

  it.each([
    ['that was deleted', undefined, 'COMMENT_GONE'],
    ['that was edited', { ...SAID, isEdited: true }, 'COMMENT_CHANGED'],
    ['that reads otherwise than it was told', { ...SAID, body: '/reject' }, 'COMMENT_CHANGED'],
    ['of somebody else than it was told', { ...SAID, author: { ...ALICE, id: 8 } }, 'COMMENT_CHANGED'],
    ['under another issue than it was told', { ...SAID, thread: 5 }, 'COMMENT_CHANGED'],
    ['that is another one', { ...SAID, id: 901 }, 'COMMENT_CHANGED'],
    ['of a bot', { ...SAID, author: { ...ALICE, type: 'Bot' } }, 'COMMENT_NOT_BY_PERSON'],
    [
      'that calls itself a bot',
      { ...SAID, author: { ...ALICE, login: 'alice[bot]' } },
      'COMMENT_NOT_BY_PERSON',
    ],
    ['of an organisation', { ...SAID, author: { ...ALICE, type: 'Organization' } }, 'COMMENT_NOT_BY_PERSON'],
    ['of an account that is gone', { ...SAID, author: undefined }, 'COMMENT_NOT_BY_PERSON'],
    ['that an app wrote', { ...SAID, isByApp: true }, 'COMMENT_NOT_BY_PERSON'],
  ] as const)('%s is refused', (_, now, reason) => {
    expect(judgeComment(TOLD, now)).toMatchObject({ kind: 'refused', reason });
  });
});

describe('an account', () => {
  it.each(['write', 'maintain', 'admin'] as const)('with %s may command', (level) => {
    expect(judgePermission(ALICE, { accountId: 7, level })).toEqual({ kind: 'speaks', by: ALICE });
  });

  it.each(['triage', 'read', 'none'] as const)('with %s may not', (level) => {
    expect(judgePermission(ALICE, { accountId: 7, level })).toMatchObject({
      reason: 'COMMENT_NOT_PERMITTED',
    });
  });

  it('whose login is somebody else’s now may not', () => {
    expect(judgePermission(ALICE, { accountId: 8, level: 'admin' })).toMatchObject({
      reason: 'COMMENT_NOT_PERMITTED',
    });
  });
});

describe('an event', () => {
  const event = (name: string, payload: unknown): WorkflowEvent =>
    ({ name, payload }) as unknown as WorkflowEvent;
  const payload = {
    action: 'created',
    issue: { number: 4 },
    comment: { id: 900, body: '/approve', user: { id: 7 } },
  };

  it('tells of a new comment', () => {
    expect(readCommentEvent(event('issue_comment', payload))).toEqual(TOLD);
  });

  it.each([
    ['an edit', 'issue_comment', { ...payload, action: 'edited' }],
    ['a deletion', 'issue_comment', { ...payload, action: 'deleted' }],
    ['another event', 'issues', payload],
    ['no author', 'issue_comment', { ...payload, comment: { id: 900, body: '/approve', user: null } }],
    ['no number', 'issue_comment', { ...payload, issue: { number: '4' } }],
    ['nothing', 'issue_comment', undefined],
  ])('of %s tells of none', (_, name, told) => {
    expect(readCommentEvent(event(name, told))).toBeUndefined();
  });
});
