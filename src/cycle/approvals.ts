import { distrust } from '../domain/approval/issue.ts';
import { type Answer, type Ask, WORDS } from '../domain/approval/record.ts';
import { type CommentApproval, isNamed } from '../domain/approval/settings.ts';
import { judgeComment, judgePermission } from '../domain/command/author.ts';
import type { Account, Comment } from '../domain/command/comment.ts';
import { parseCommand } from '../domain/command/parse.ts';
import { WROTE } from '../domain/gates/approval.ts';
import type { Comments } from '../ports/comments.ts';
import type { Issues } from '../ports/issues.ts';

/** Those whose change or run it is, by login in lower case, each with what they did. */
export type Interested = ReadonlyMap<string, string>;

export interface Yes {
  readonly by: Account;
  /** Whether it counts; if not, why. */
  readonly refused: string | undefined;
}

/** Whether an account may answer an ask: it can write here, and airlock.yml names it or its team. */
export async function judgeApprover(
  comments: Comments,
  by: Account,
  { approvers }: CommentApproval,
): Promise<string | undefined> {
  const permitted = judgePermission(by, await comments.permission(by.login));
  if (permitted.kind === 'refused') return permitted.why;
  if (isNamed(approvers, by.login)) return undefined;
  for (const one of approvers)
    if (one.kind === 'team' && (await comments.isMember(one, by.login))) return undefined;
  return `${by.login} is not one of those whom airlock.yml lets approve`;
}

/** Whether an account may say yes: an approver, and not to an own change or run. */
export async function judgeYes(
  comments: Comments,
  by: Account,
  rules: {
    readonly settings: CommentApproval;
    readonly selfApproval: boolean;
    readonly interested: Interested;
  },
): Promise<string | undefined> {
  const role = rules.selfApproval ? undefined : rules.interested.get(by.login.toLowerCase());
  if (role !== undefined) return `${by.login} ${role}, and somebody else must approve it`;
  return judgeApprover(comments, by, rules.settings);
}

/** Whether a comment is as young as the ask it answers, and not younger than the ask lasts. */
export const isInTime = ({ createdAt }: Comment, { at, payload }: Ask): boolean =>
  Date.parse(createdAt) >= Date.parse(at) && Date.parse(createdAt) < Date.parse(payload.until);

/**
 * What the recorded yeses to an ask in this issue are worth now: the issue and each comment are read anew, and
 * its author’s standing too. The ledger says where to look and is not believed for what stands there.
 *
 * @throws Failure where any of it cannot be read
 */
export async function weighYeses(
  { comments, issues }: { readonly comments: Comments; readonly issues: Pick<Issues, 'read'> },
  { ask, issue }: { readonly ask: Ask; readonly issue: number | undefined },
  answers: readonly Answer[],
  rules: Parameters<typeof judgeYes>[2],
): Promise<readonly Yes[]> {
  const weighed: Yes[] = [];
  if (answers.length === 0) return weighed;
  const shown = issue === undefined ? undefined : await issues.read(issue);
  const doubt = distrust(shown, ask);
  for (const { payload } of answers) {
    const by = { ...payload.by, type: 'User' };
    const refuse = (why: string) => weighed.push({ by, refused: why });
    const said = await comments.read(payload.comment);
    const told = { id: payload.comment, thread: payload.issue, body: said?.body ?? '', authorId: by.id };
    const speaker = judgeComment(told, said);
    if (payload.issue !== issue) refuse('the comment stands in another issue than the one that asks');
    else if (doubt !== undefined) refuse(doubt);
    else if (speaker.kind === 'refused') refuse(speaker.why);
    else if (said === undefined || !isYes(said)) refuse('the comment says no `/approve`');
    else if (!isInTime(said, ask)) refuse('the comment is older than what was asked, or came too late');
    else weighed.push({ by: speaker.by, refused: await judgeYes(comments, speaker.by, rules) });
  }
  return weighed;
}

const isYes = ({ body }: Comment): boolean => {
  const read = parseCommand(body, WORDS);
  return read.kind === 'command' && read.word === 'approve';
};

/** Who may not be the only one to say yes. Apps start runs again, and approve nothing. */
export const interestedIn = (authors: readonly string[], startedBy: readonly string[]): Interested =>
  new Map([
    ...authors.map((login): [string, string] => [login.toLowerCase(), WROTE]),
    ...startedBy.map((login): [string, string] => [login.toLowerCase(), 'started the run']),
  ]);
