import type { Account, Comment, ToldComment } from './comment.ts';

/** What an account may do in the repository, as GitHub says now. */
export interface Permission {
  /** Whose it is: a login can change hands between two questions. Absent where nobody has it. */
  readonly accountId: number | undefined;
  readonly level: 'admin' | 'maintain' | 'write' | 'triage' | 'read' | 'none';
}

export type CommentRefusal =
  | 'COMMENT_GONE'
  | 'COMMENT_CHANGED'
  | 'COMMENT_NOT_BY_PERSON'
  | 'COMMENT_NOT_PERMITTED';

/** Whether somebody who may command here really wrote this comment, and as it stands now. */
export type Speaker =
  | { readonly kind: 'speaks'; readonly by: Account }
  | { readonly kind: 'refused'; readonly reason: CommentRefusal; readonly why: string };

/** Whether somebody may change things here. */
export const mayCommand = ({ level }: Permission): boolean =>
  level === 'admin' || level === 'maintain' || level === 'write';

/** What can be told without asking who its author is in the repository: spares a question for most comments. */
export function judgeComment(told: ToldComment, now: Comment | undefined): Speaker {
  if (now === undefined) return refused('COMMENT_GONE', 'the comment is not there any more');
  if (now.isEdited)
    return refused('COMMENT_CHANGED', 'the comment was edited: only what stands as it was written counts');
  const { author } = now;
  if (author === undefined || author.type !== 'User' || author.login.endsWith('[bot]'))
    return refused('COMMENT_NOT_BY_PERSON', 'only a person’s own account gives commands');
  if (now.isByApp) return refused('COMMENT_NOT_BY_PERSON', 'an app wrote the comment in a person’s name');
  const isSame =
    told.id === now.id && told.thread === now.thread && told.body === now.body && told.authorId === author.id;
  return isSame
    ? { kind: 'speaks', by: author }
    : refused('COMMENT_CHANGED', 'the comment is another one now than it was when it was read first');
}

/** Whether the account may command in the repository, by what GitHub says of it now. */
export function judgePermission(by: Account, permission: Permission): Speaker {
  if (!mayCommand(permission))
    return refused('COMMENT_NOT_PERMITTED', `${by.login} has no write access to this repository`);
  return permission.accountId === by.id
    ? { kind: 'speaks', by }
    : refused('COMMENT_NOT_PERMITTED', `another account is called ${by.login} now`);
}

const refused = (reason: CommentRefusal, why: string): Speaker => ({ kind: 'refused', reason, why });
