import { Failure } from '../../src/domain/failure.ts';
import type { Conversation } from '../../src/ports/conversation.ts';
import { isNewer, marked, newestOf, type Stamp, toldOf } from './marker.ts';

export interface Message {
  readonly app: string;
  readonly pullRequest: number;
  /** The commit that the pull request has now. */
  readonly head: string;
  readonly stamp: Stamp;
  /** Markdown below the hidden lines. */
  readonly body: string;
  /** Whether a comment is begun where there is none. */
  readonly begins: boolean;
}

export type Telling =
  | { readonly kind: 'written' | 'none' }
  /** What is told already is newer. */
  | { readonly kind: 'overtaken'; readonly by: Stamp };

/** How often what stands there is looked at again before somebody has to know. */
const MOST_LOOKS = 5;

/**
 * Tells it in the one comment of this app, and looks again until that is what stands there. Two runs that
 * both begin a comment leave the older of the two, with the newer text. GitHub has no way to change a
 * comment only if nobody else has: runs of one pull request belong into one lane.
 *
 * @throws Failure COMMENT_CONTESTED
 */
export async function tell(conversation: Conversation, message: Message): Promise<Telling> {
  const { app, pullRequest, head, stamp, begins } = message;
  const body = marked(app, stamp, message.body);
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    const told = toldOf(app, await conversation.ownComments(pullRequest));
    const [kept, ...twins] = told;
    const newest = newestOf(told, head);
    if (newest && isNewer(newest.stamp, stamp, head)) {
      for (const twin of twins) if (twin.body === body) await conversation.remove(twin.id);
      return { kind: 'overtaken', by: newest.stamp };
    }
    if (kept === undefined) {
      if (!begins) return { kind: 'none' };
      await conversation.create(pullRequest, body);
      continue;
    }
    if (kept.body === body && twins.length === 0) return { kind: 'written' };
    if (kept.body !== body) await conversation.update(kept.id, body);
    for (const twin of twins) await conversation.remove(twin.id);
  }
  throw new Failure(
    'COMMENT_CONTESTED',
    `The comment on pull request ${pullRequest} is changed again and again by somebody else with this token’s identity.`,
    'Let runs of one pull request wait for each other, as preview.yml does with `concurrency`, and run this job again.',
  );
}
