import type { WorkflowEvent } from '../event.ts';
import { isRecord } from '../json-path.ts';

/** A comment under an issue or a pull request, as GitHub tells it. */
export interface Comment {
  readonly id: number;
  /** Number of the issue or pull request under which it stands. */
  readonly thread: number;
  readonly body: string;
  /** Absent when the account is gone. */
  readonly author: Account | undefined;
  /** Whether an app said it in a person's name. */
  readonly isByApp: boolean;
  /** ISO 8601 in UTC, to the second. */
  readonly createdAt: string;
  /** Whether anybody ever changed it, be it within the second in which it was written. */
  readonly isEdited: boolean;
}

export interface Account {
  /** What stays when the login is changed or given to somebody else. */
  readonly id: number;
  readonly login: string;
  /** GitHub's word: `User`, `Bot`, `Organization`, `Mannequin`. */
  readonly type: string;
}

/** What an event claims that was said: to be held against what GitHub says itself. */
export type ToldComment = Pick<Comment, 'id' | 'thread' | 'body'> & { readonly authorId: number };

/** The new comment that an event tells of; undefined for any other event, an edit or a deletion too. */
export function readCommentEvent({ name, payload }: WorkflowEvent): ToldComment | undefined {
  if (name !== 'issue_comment' || !isRecord(payload) || payload.action !== 'created') return undefined;
  const { comment, issue } = payload;
  if (!isRecord(comment) || !isRecord(issue) || !isRecord(comment.user)) return undefined;
  const { id, body } = comment;
  const authorId = comment.user.id;
  const thread = issue.number;
  return isId(id) && isId(thread) && isId(authorId) && typeof body === 'string'
    ? { id, thread, body, authorId }
    : undefined;
}

const isId = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
