import type { OwnComment } from '../../src/ports/conversation.ts';

/** What a comment tells of, hidden in its second line. */
export interface Stamp {
  readonly runId: string;
  readonly attempt: number;
  /** Newest commit of the pull request's branch at that time. */
  readonly head: string;
  readonly state: 'passed' | 'failed' | 'removed';
}

/** A comment of ours on this app's preview. */
export interface Told extends OwnComment {
  readonly stamp: Stamp;
}

const STAMP =
  /^<!-- airlock:run id=(\d{1,20}) attempt=(\d{1,6}) head=([0-9a-f]{40}) state=(passed|failed|removed) -->$/;

/** The two lines that a comment begins with. An app's name has no sign that could end them. */
export const marked = (app: string, { runId, attempt, head, state }: Stamp, body: string): string =>
  `${marker(app)}\n<!-- airlock:run id=${runId} attempt=${attempt} head=${head} state=${state} -->\n${body}`;

const marker = (app: string): string => `<!-- airlock:preview:${app} -->`;

/** The comments that tell of this app's preview, oldest first: those that begin with the marker. */
export const toldOf = (app: string, comments: readonly OwnComment[]): readonly Told[] =>
  comments.flatMap((comment) => {
    const [first = '', second = ''] = comment.body.split(/\r?\n/, 2);
    const [, runId = '', attempt, head = '', state] = STAMP.exec(second) ?? [];
    if (first !== marker(app) || state === undefined) return [];
    return [{ ...comment, stamp: { runId, attempt: Number(attempt), head, state: state as Stamp['state'] } }];
  });

/**
 * Whether one tells of something newer than the other: of the commit that the pull request has now, else by
 * the later run, else by the later attempt. An old run that is started again stays an old run.
 */
export function isNewer(one: Stamp, other: Stamp, head: string): boolean {
  const isCurrent = Number(one.head === head) - Number(other.head === head);
  if (isCurrent !== 0) return isCurrent > 0;
  return one.runId === other.runId ? one.attempt > other.attempt : BigInt(one.runId) > BigInt(other.runId);
}

/** The newest of them; undefined when there is none. */
export const newestOf = (told: readonly Told[], head: string): Told | undefined =>
  told.reduce<Told | undefined>(
    (best, one) => (best === undefined || isNewer(one.stamp, best.stamp, head) ? one : best),
    undefined,
  );
