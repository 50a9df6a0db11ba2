import { interestedIn, isInTime, judgeApprover, judgeYes } from '../../src/cycle/approvals.ts';
import { authorsFor } from '../../src/cycle/authors.ts';
import { distrust, type IssueState } from '../../src/domain/approval/issue.ts';
import {
  type ApprovalRecord,
  type Ask,
  letsOneselfApprove,
  type Word,
} from '../../src/domain/approval/record.ts';
import { standingOf } from '../../src/domain/approval/standing.ts';
import type { Account, Comment } from '../../src/domain/command/comment.ts';
import { Failure } from '../../src/domain/failure.ts';
import { inert } from '../../src/domain/markdown.ts';
import { missed, type Spoken } from './listen.ts';
import type { ApproveWorld, OpenAsk } from './world.ts';

/** What a comment to an ask came to. */
export type Heard =
  | { readonly comment: number; readonly kind: 'refused'; readonly why: string }
  | {
      readonly comment: number;
      readonly kind: 'counted';
      readonly word: Word;
      readonly by: string;
      readonly ask: Ask;
    };

/** An issue in which people are asked. */
export interface Shown {
  readonly number: number;
  /** How it stands now; undefined where it is gone. */
  readonly state: IssueState | undefined;
}

/**
 * Hears what was said to an ask, in the order in which it was said: the comment that started this run, and those
 * whose own run GitHub dropped, or that died.
 *
 * @param said the comment that started this run, wherever it stands
 * @throws Failure where comments, somebody’s standing or the ledger cannot be read
 */
export async function hearAll(
  world: ApproveWorld,
  before: ApprovalRecord,
  open: OpenAsk,
  issue: Shown,
  said: Spoken | undefined,
): Promise<readonly Heard[]> {
  const now = said?.comment.thread === issue.number ? said : undefined;
  const others = issue.state?.isOpen ? await missed(world, issue.number, open.ask.at) : [];
  const all = [...others.filter(({ comment }) => comment.id !== now?.comment.id), ...(now ? [now] : [])];
  const heard: Heard[] = [];
  let record = before;
  for (const one of all.toSorted((a, b) => a.comment.id - b.comment.id)) {
    const what = await hear(world, record, open, issue.state, one);
    heard.push(what);
    if (what.kind === 'counted') record = await world.approvals.read();
  }
  return heard;
}

/** Writes down what a comment counts for. Heard again, by the same run or another one, it counts for nothing more. */
async function hear(
  world: ApproveWorld,
  record: ApprovalRecord,
  open: OpenAsk,
  shown: IssueState | undefined,
  { comment, by, said }: Spoken,
): Promise<Heard> {
  const refuse = async (why: string): Promise<Heard> => {
    await world.comments.reply(comment, `This did not count: ${inert(why)}.`);
    return { kind: 'refused', why, comment: comment.id };
  };
  if (said.kind === 'malformed') return refuse(said.why);
  const { word, args: reason } = said;
  const known = record.answers.find(({ payload }) => payload.comment === comment.id);
  if (known === undefined) {
    if (word !== 'approve' && reason === '') return refuse(`\`/${word}\` needs a reason behind it`);
    const why =
      distrust(shown, open.ask) ??
      (await standsInTheWay(world, record, open, comment)) ??
      (await mayNot(world, open, by, word));
    if (why !== undefined) return refuse(why);
    await write(world, open, comment, by, word, reason);
  }
  await world.comments.reply(comment, answerTo(word, open));
  return { kind: 'counted', word, by: by.login, ask: open.ask, comment: comment.id };
}

/** Why the ask cannot be answered any more. */
async function standsInTheWay(
  { clock }: ApproveWorld,
  record: ApprovalRecord,
  { ask, settings }: OpenAsk,
  comment: Comment,
): Promise<string | undefined> {
  const standing = standingOf(record, ask, settings.needed, clock.now());
  switch (standing.kind) {
    case 'waits':
    case 'granted':
      return isInTime(comment, ask) ? undefined : 'it is older than what is asked here, or came too late';
    case 'rejected':
      return `${standing.no.payload.by.login} has rejected it already`;
    case 'superseded':
      return `${ask.environment} was asked for anew since then`;
    case 'expired':
      return 'the time to answer is over';
  }
}

/** What makes nobody's yes count until somebody mends it: told to whoever said it. */
const TOLD = ['TEAM_UNREADABLE', 'AUTHORS_UNKNOWN'];

async function mayNot(
  { comments, gatekeeper, ledger }: ApproveWorld,
  { ask, environment, settings }: OpenAsk,
  by: Account,
  word: Word,
): Promise<string | undefined> {
  try {
    if (word !== 'approve') return await judgeApprover(comments, by, settings);
    const { selfApproval } = environment.gates;
    const authors = selfApproval
      ? []
      : await authorsFor(
          { ledger, gatekeeper },
          { app: ask.payload.app, environment: ask.environment },
          ask.payload.commit,
        );
    const interested = interestedIn(authors, ask.payload.startedBy);
    const rules = { settings, selfApproval: letsOneselfApprove(ask, environment.gates), interested };
    return await judgeYes(comments, by, rules);
  } catch (error) {
    if (!(error instanceof Failure) || !TOLD.includes(error.code)) throw error;
    return `${error.message.replace(/\.$/, '')} [${error.code}]`;
  }
}

/** A hold is written first: a run that is cut short leaves what keeps more out. */
async function write(
  { approvals, event, holds, runs }: ApproveWorld,
  { ask }: OpenAsk,
  comment: Comment,
  by: Account,
  word: Word,
  reason: string,
): Promise<void> {
  const { app, commit, digest, plan, run } = ask.payload;
  if (word === 'hold') {
    await holds.record({
      environment: ask.environment,
      payload: {
        schema: 1,
        control: 'hold',
        app,
        commit,
        digest,
        reason,
        lifts: [],
        run: event.run,
        actor: by.login,
        comment: comment.id,
      },
    });
  }
  const { attempt: waited } = await runs.state(run.id);
  await approvals.record(ask.environment, {
    schema: 1,
    approval: 'answer',
    app,
    commit,
    run: event.run,
    word,
    ask: ask.id,
    digest,
    plan: plan.whole,
    issue: comment.thread,
    comment: comment.id,
    by: { id: by.id, login: by.login },
    reason,
    waited,
  });
}

const answerTo = (word: Word, { ask }: OpenAsk): string => {
  const { environment } = ask;
  switch (word) {
    case 'approve':
      return `Heard: a yes to ${inert(environment)}, for exactly what stands above.`;
    case 'reject':
      return `Heard: it does not go into ${inert(environment)}. A new release is asked about anew.`;
    case 'hold':
      return `Heard: it does not go into ${inert(environment)}, and this release is held everywhere until somebody releases it.`;
  }
};
