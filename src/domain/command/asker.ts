import type { ControlEntry } from '../holds.ts';
import { judgeComment } from './author.ts';
import type { Account, Comment } from './comment.ts';
import { readRequest } from './request.ts';

/** A comment is taken up within minutes; a run that waited for a runner takes it up later. */
const LONGEST_BEFORE_MS = 60 * 60_000;

/** What the ledger says that somebody asked for by a comment. */
export type AskedDeploy = ControlEntry & { readonly payload: { readonly comment: number } };

/**
 * Records of comments that asked for this commit to be deployed so far. A comment asks for one thing: of one
 * that is recorded twice nobody can tell for what.
 *
 * @param reach the environment and those behind it: who asked for one of them asked for all before it
 */
export function deploysAsked(
  controls: readonly ControlEntry[],
  { app, commit, reach }: { app: string; commit: string; reach: readonly string[] },
): readonly AskedDeploy[] {
  const own = controls.filter(
    (entry): entry is AskedDeploy =>
      entry.payload.control === 'deploy' &&
      entry.payload.app === app &&
      entry.payload.commit === commit &&
      entry.payload.comment !== undefined &&
      reach.includes(entry.environment),
  );
  return own.filter(
    ({ payload }) => controls.filter((other) => other.payload.comment === payload.comment).length === 1,
  );
}

/** Who really asked for it, by the comment as it stands now; undefined where it does not say that. */
export function askerOf(
  { environment, at, payload }: AskedDeploy,
  said: Comment | undefined,
): Account | undefined {
  if (said?.author === undefined) return undefined;
  const told = { id: payload.comment, thread: said.thread, body: said.body, authorId: said.author.id };
  const speaker = judgeComment(told, said);
  if (speaker.kind === 'refused') return undefined;
  const reading = readRequest(said.body);
  const isThis =
    reading.kind === 'request' &&
    reading.request.word === 'deploy' &&
    reading.request.environment === environment &&
    speaker.by.login.toLowerCase() === payload.actor.toLowerCase();
  const before = Date.parse(at) - Date.parse(said.createdAt);
  return isThis && before >= 0 && before <= LONGEST_BEFORE_MS ? speaker.by : undefined;
}
