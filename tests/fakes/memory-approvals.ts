import type {
  AnswerPayload,
  ApprovalEntry,
  ApprovalPayload,
  ApprovalRecord,
  AskPayload,
  IssuePayload,
} from '../../src/domain/approval/record.ts';
import type { Permission } from '../../src/domain/command/author.ts';
import type { Comment } from '../../src/domain/command/comment.ts';
import { Failure } from '../../src/domain/failure.ts';
import type { Approvals } from '../../src/ports/approvals.ts';
import type { Comments, TeamName } from '../../src/ports/comments.ts';

/** Asks and answers, in memory. The clock of the one who writes says when. */
export class MemoryApprovals implements Approvals {
  readonly entries: ApprovalEntry[] = [];
  /** How often it was read. */
  reads = 0;
  readonly now: () => Date;

  constructor(now: () => Date = () => new Date()) {
    this.now = now;
  }

  async record(environment: string, payload: ApprovalPayload): Promise<ApprovalEntry> {
    const known = this.entries.find(({ payload: one }) => sameAs(one, payload));
    if (known) return known;
    const id = `${payload.approval} ${this.entries.length + 1}`;
    const entry = { id, environment, at: this.now().toISOString(), payload: structuredClone(payload) };
    this.entries.unshift(entry);
    return entry;
  }

  async read(environment?: string): Promise<ApprovalRecord> {
    this.reads += 1;
    const all = this.entries.filter((one) => environment === undefined || one.environment === environment);
    return {
      asks: all.filter((one): one is ApprovalEntry<AskPayload> => one.payload.approval === 'ask'),
      issues: all.filter((one): one is ApprovalEntry<IssuePayload> => one.payload.approval === 'issue'),
      answers: all.filter((one): one is ApprovalEntry<AnswerPayload> => one.payload.approval === 'answer'),
    };
  }
}

const sameAs = (one: ApprovalPayload, other: ApprovalPayload): boolean =>
  (one.approval === 'answer' && other.approval === 'answer' && one.comment === other.comment) ||
  (one.approval === 'issue' && other.approval === 'issue' && one.ask === other.ask);

/** Comments and people, in memory. */
export class MemoryComments implements Comments {
  readonly comments = new Map<number, Comment>();
  readonly levels = new Map<string, Permission['level']>();
  readonly accounts = new Map<string, number>();
  /** `@org/team` → logins; absent where the token may not read teams. */
  teams: Readonly<Record<string, readonly string[]>> | undefined;
  readonly replies: { thread: number; to: number; text: string }[] = [];

  /** Somebody with write access, unless said otherwise. */
  account(login: string, level: Permission['level'] = 'write'): { id: number; login: string; type: string } {
    const id = this.accounts.get(login) ?? this.accounts.size + 101;
    this.accounts.set(login, id);
    this.levels.set(login, level);
    return { id, login, type: 'User' };
  }

  say(
    comment: Partial<Comment> & { readonly thread: number; readonly by: string; readonly at: Date },
  ): Comment {
    const { by, at, ...rest } = comment;
    const id = this.comments.size + 9001;
    const author = { id: this.accounts.get(by) ?? 1, login: by, type: 'User' };
    const time = at.toISOString();
    const said = { id, body: '/approve', author, isByApp: false, isEdited: false, createdAt: time, ...rest };
    this.comments.set(said.id, said);
    return said;
  }

  read = async (id: number): Promise<Comment | undefined> => this.comments.get(id);

  unanswered = async (thread: number, since: string): Promise<readonly Comment[]> =>
    [...this.comments.values()].filter(
      (one) =>
        one.thread === thread &&
        Date.parse(one.createdAt) >= Date.parse(since) &&
        !this.replies.some(({ to }) => to === one.id),
    );

  permission = async (login: string): Promise<Permission> => ({
    accountId: this.accounts.get(login),
    level: this.levels.get(login) ?? 'none',
  });

  async isMember({ organization, slug }: TeamName, login: string): Promise<boolean> {
    if (this.teams === undefined)
      throw new Failure('TEAM_UNREADABLE', 'a job’s own token may not', 'Name people.');
    return this.teams[`@${organization}/${slug}`]?.includes(login) ?? false;
  }

  isAnswered = async ({ id }: Pick<Comment, 'id' | 'thread'>): Promise<boolean> =>
    this.replies.some(({ to }) => to === id);

  async reply({ id, thread }: Pick<Comment, 'id' | 'thread'>, text: string): Promise<void> {
    if (!this.replies.some(({ to }) => to === id)) this.replies.push({ thread, to: id, text });
  }
}
