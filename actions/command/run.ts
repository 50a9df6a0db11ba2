import { control } from '../../src/cycle/control.ts';
import { judgeComment, judgePermission, type Speaker } from '../../src/domain/command/author.ts';
import { type Comment, readCommentEvent, type ToldComment } from '../../src/domain/command/comment.ts';
import { readRequest } from '../../src/domain/command/request.ts';
import { Failure } from '../../src/domain/failure.ts';
import { failureAnswer, outcomeAnswer } from './answer.ts';
import { deploy, isCutShort } from './deploy.ts';
import type { CommandInputs, CommandOutcome, CommandRefusal, CommandWorld, Said } from './world.ts';

/**
 * Does what a comment asks for, once. Whoever may not command here gets no answer: nobody can make Airlock
 * write what they could not write themselves. The run says why.
 */
export async function command(inputs: CommandInputs, world: CommandWorld): Promise<CommandOutcome> {
  const told = readCommentEvent(world.event);
  if (told === undefined) {
    return refuse(
      'NOT_A_NEW_COMMENT',
      'This run was not started by a new comment',
      'Call command.yml on `issue_comment` with `types: [created]`, and on nothing else.',
    );
  }
  const reading = readRequest(told.body);
  if (reading.kind === 'none') return nothing('The comment gives no command');
  const heard = await hear(told, world);
  if (heard.kind === 'refused') {
    const why = `The comment does nothing: ${heard.why}`;
    return refuse(heard.reason, why, 'Somebody with write access writes it anew.');
  }
  const { comment, by } = heard;
  if (await isForApproval(reading, comment, world)) {
    return nothing('The comment stands where an approval is asked for, and is an answer to that');
  }
  if (await world.comments.isAnswered(comment)) return nothing('The comment was answered already');
  if (reading.kind === 'malformed') {
    const outcome = refuse(
      'COMMAND_MALFORMED',
      `This does nothing: ${reading.why}`,
      'Write it as a new comment.',
    );
    await world.comments.reply(comment, outcomeAnswer(outcome, world.event.run.url));
    return outcome;
  }
  return answered({ request: reading.request, comment, by }, inputs, world);
}

/** The comment as it stands now, and who wrote it, where that is somebody who may command. */
async function hear(
  told: ToldComment,
  { comments }: CommandWorld,
): Promise<
  | { readonly kind: 'heard'; readonly comment: Comment; readonly by: string }
  | Extract<Speaker, { kind: 'refused' }>
> {
  const comment = await comments.read(told.id);
  const written = judgeComment(told, comment);
  if (written.kind === 'refused') return written;
  const { login } = written.by;
  const speaker = judgePermission(written.by, await comments.permission(login));
  if (speaker.kind === 'refused') return speaker;
  return comment === undefined
    ? { kind: 'refused', reason: 'COMMENT_GONE', why: 'the comment is not there any more' }
    : { kind: 'heard', comment, by: login };
}

/** An issue in which Airlock asks for an approval knows `/hold` too, and means its own release. */
async function isForApproval(
  reading: ReturnType<typeof readRequest>,
  { thread }: Comment,
  { approvals }: CommandWorld,
): Promise<boolean> {
  if (reading.kind === 'request' && reading.request.word !== 'hold') return false;
  const { issues } = await approvals.read();
  return issues.some(({ payload }) => payload.issue === thread);
}

async function answered(said: Said, inputs: CommandInputs, world: CommandWorld): Promise<CommandOutcome> {
  const { url } = world.event.run;
  try {
    const outcome = await carryOut(said, inputs, world);
    await world.comments.reply(said.comment, outcomeAnswer(outcome, url));
    return outcome;
  } catch (error) {
    // What GitHub did not take may be taken when the run is run again: that is no answer yet.
    if (error instanceof Failure && FINAL.has(error.code))
      await world.comments.reply(said.comment, failureAnswer(error, url));
    throw error;
  }
}

/** Failures of which trying the same again makes nothing better. */
const FINAL: ReadonlySet<string> = new Set(['INPUT_INVALID', 'DEPLOY_NOT_STARTED']);

async function carryOut(said: Said, inputs: CommandInputs, world: CommandWorld): Promise<CommandOutcome> {
  const { request, comment, by } = said;
  const outputs = { command: request.word };
  const { controls } = await world.holds.read();
  const before = controls.find(({ payload }) => payload.comment === comment.id);
  if (before && !(request.word === 'deploy' && isCutShort(before, world.event))) {
    const { run, control: what } = before.payload;
    const headline = `This comment was taken up already, by ${run.url}, and asks for nothing twice`;
    const next = what === 'deploy' ? 'run that run again' : 'write it anew';
    return { kind: 'done', headline, outputs, summary: `Where that did not come to its end, ${next}.` };
  }
  const { environments } = world.configuration;
  const named =
    'environment' in request
      ? environments.find(({ name }) => name === request.environment)
      : // Held everywhere, and filed where it would do most harm.
        environments.at(-1);
  if (named === undefined) {
    const wanted = 'environment' in request ? request.environment : '';
    return refuse(
      'ENVIRONMENT_UNKNOWN',
      `airlock.yml has no environment ${wanted}`,
      `Name one of ${environments.map(({ name }) => name).join(', ')}.`,
    );
  }
  if (request.word === 'deploy') return deploy({ ...said, request }, inputs, world, before);
  const { app } = world.configuration;
  const outcome = await control(
    { mode: request.word, reason: '', release: '', until: '', gate: '', second: '', ...request },
    {
      ...world,
      app,
      environment: named,
      known: environments,
      by,
      comment: comment.id,
      people: world.comments,
    },
  );
  const { entry } = outcome.outputs;
  return { ...outcome, outputs: { ...outputs, entry } };
}

const nothing = (headline: string): CommandOutcome => ({ kind: 'done', headline, outputs: {}, summary: '' });

const refuse = (reason: CommandRefusal, headline: string, next: string): CommandOutcome => ({
  kind: 'refused',
  reason,
  headline,
  next,
  outputs: {},
  summary: '',
});
