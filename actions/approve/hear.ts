import { interestedIn, isInTime, judgeApprover, judgeYes } from '../../src/cycle/approvals.ts';
import { authorsFor } from '../../src/cycle/authors.ts';
import {
  type ApprovalRecord,
  type Ask,
  issueOf,
  WORDS,
  type Word,
} from '../../src/domain/approval/record.ts';
import { standingOf } from '../../src/domain/approval/standing.ts';
import { judgeComment, judgePermission } from '../../src/domain/command/author.ts';
import { type Account, type Comment, readCommentEvent } from '../../src/domain/command/comment.ts';
import { parseCommand } from '../../src/domain/command/parse.ts';
import { Failure } from '../../src/domain/failure.ts';
import { inert } from '../../src/domain/markdown.ts';
import { type ApproveWorld, type OpenAsk, openAsk } from './world.ts';

/** What the comment that started the run came to. */
export type Heard =
  /** The event tells of no comment, or of one that says nothing to Airlock. */
  | { readonly kind: 'nothing'; readonly why: string }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'counted'; readonly word: Word; readonly by: string; readonly ask: Ask };

/**
 * Judges the comment that started this run, by what GitHub says of it now, and writes down what it counts for.
 * Heard again, by the same run or another one, it counts for nothing more.
 *
 * @throws Failure where the comment, its author’s standing or the ledger cannot be read
 */
export async function hear(world: ApproveWorld, record: ApprovalRecord): Promise<Heard> {
  const told = readCommentEvent(world.event);
  if (told === undefined) return nothing('no new comment started this run');
  const asked = record.asks.find((ask) => issueOf(record, ask) === told.thread);
  const open = asked && openAsk(world, asked);
  if (open === undefined)
    return nothing('the comment stands in no issue in which Airlock asks for an approval');
  if (parseCommand(told.body, WORDS).kind === 'none') return nothing('the comment says nothing to Airlock');

  const comment = await world.comments.read(told.id);
  const speaker = judgeComment(told, comment);
  if (speaker.kind === 'refused' || comment === undefined)
    return { kind: 'refused', why: speaker.kind === 'refused' ? speaker.why : 'the comment is gone' };
  const { by } = speaker;
  // Nobody is answered who has no say here: a stranger could have Airlock write as much as they like.
  const permitted = judgePermission(by, await world.comments.permission(by.login));
  if (permitted.kind === 'refused') return { kind: 'refused', why: permitted.why };

  const refuse = async (why: string): Promise<Heard> => {
    await world.comments.reply(comment, `This did not count: ${inert(why)}.`);
    return { kind: 'refused', why };
  };
  const said = parseCommand(comment.body, WORDS);
  if (said.kind === 'none') return nothing('the comment says nothing to Airlock');
  if (said.kind === 'malformed') return refuse(said.why);
  const { word, args: reason } = said;
  const known = record.answers.find(({ payload }) => payload.comment === comment.id);
  if (known === undefined) {
    if (word !== 'approve' && reason === '') return refuse(`\`/${word}\` needs a reason behind it`);
    const why = (await standsInTheWay(world, record, open, comment)) ?? (await mayNot(world, open, by, word));
    if (why !== undefined) return refuse(why);
    await write(world, open, comment, by, word, reason);
  }
  await world.comments.reply(comment, answerTo(word, open));
  return { kind: 'counted', word, by: by.login, ask: open.ask };
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
    return await judgeYes(comments, by, { settings, selfApproval, interested });
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

const nothing = (why: string): Heard => ({ kind: 'nothing', why });

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
