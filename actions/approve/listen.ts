import { WORDS, type Word } from '../../src/domain/approval/record.ts';
import { judgeComment, judgePermission } from '../../src/domain/command/author.ts';
import type { Account, Comment, ToldComment } from '../../src/domain/command/comment.ts';
import { type CommandReading, parseCommand } from '../../src/domain/command/parse.ts';
import type { Comments } from '../../src/ports/comments.ts';

/** A comment that says something to Airlock, by somebody who may write here. */
export interface Spoken {
  readonly comment: Comment;
  readonly by: Account;
  readonly said: Exclude<CommandReading<Word>, { kind: 'none' }>;
}

/** A comment that is not heard at all, and not answered either. */
export type Unheard = { readonly kind: 'nothing' | 'refused'; readonly why: string };

interface World {
  readonly comments: Comments;
}

/**
 * Whether the comment that started this run is to be heard. Asked before anything else is read: a stranger may
 * have the workflow run, and costs no more than this.
 *
 * @throws Failure where the comment or its author’s standing cannot be read
 */
export async function attend(world: World, told: ToldComment): Promise<Spoken | Unheard> {
  if (parseCommand(told.body, WORDS).kind === 'none') return SAYS_NOTHING;
  return judge(world, told, await world.comments.read(told.id));
}

/**
 * What was said in a thread since then and never answered: its own run was dropped from the queue, or died.
 *
 * @throws Failure where the comments or their authors’ standing cannot be read
 */
export async function missed(world: World, thread: number, since: string): Promise<readonly Spoken[]> {
  const found: Spoken[] = [];
  for (const comment of await world.comments.unanswered(thread, since)) {
    if (parseCommand(comment.body, WORDS).kind === 'none') continue;
    const told = { ...comment, authorId: comment.author?.id ?? 0 };
    const spoken = await judge(world, told, comment);
    if ('said' in spoken) found.push(spoken);
  }
  return found;
}

/** Nobody is answered who has no say here: a stranger could have Airlock write as much as they like. */
async function judge(
  { comments }: World,
  told: ToldComment,
  comment: Comment | undefined,
): Promise<Spoken | Unheard> {
  const speaker = judgeComment(told, comment);
  if (speaker.kind === 'refused') return { kind: 'refused', why: speaker.why };
  const { by } = speaker;
  const permitted = judgePermission(by, await comments.permission(by.login));
  if (permitted.kind === 'refused') return { kind: 'refused', why: permitted.why };
  const said = parseCommand(told.body, WORDS);
  return comment === undefined || said.kind === 'none' ? SAYS_NOTHING : { comment, by, said };
}

const SAYS_NOTHING: Unheard = { kind: 'nothing', why: 'the comment says nothing to Airlock' };
