import type { Permission } from '../domain/command/author.ts';
import type { Comment } from '../domain/command/comment.ts';

/** A team by its organisation and slug. */
export interface TeamName {
  readonly organization: string;
  readonly slug: string;
}

/**
 * What people say under issues and pull requests, who they are here, and answers to them. Throws `Failure`;
 * what could not be read is an error, never no comment or no member.
 */
export interface Comments {
  /** A comment as it stands now; undefined when it is gone. */
  read(id: number): Promise<Comment | undefined>;
  /**
   * What people said in a thread since then and this very identity has not answered, as it stands now, the
   * oldest first.
   */
  unanswered(thread: number, since: string): Promise<readonly Comment[]>;
  /** What the account that has this login now may do in the repository. */
  permission(login: string): Promise<Permission>;
  /** Whether the login is an active member now. A job’s own token may not ask: `TEAM_UNREADABLE`. */
  isMember(team: TeamName, login: string): Promise<boolean>;
  /** Whether this very identity answered the comment already. */
  isAnswered(comment: Pick<Comment, 'id' | 'thread'>): Promise<boolean>;
  /**
   * Answers a comment in its thread, once however often it is called. A locked thread is locked again behind it.
   *
   * @param text finished Markdown
   */
  reply(to: Pick<Comment, 'id' | 'thread'>, text: string): Promise<void>;
}
