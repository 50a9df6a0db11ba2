import { mayCommand, type Permission } from './command/author.ts';
import type { ControlEntry } from './holds.ts';

/** The run of a workflow that wrote something down, as GitHub knows it. */
export interface Origin {
  /** What started it. */
  readonly event: string;
  readonly branch: string | undefined;
  /** The newest attempt, and who asked for it; of the earlier ones GitHub only tells who asked for the first. */
  readonly attempt: number;
  readonly newestBy: string | undefined;
  readonly startedBy: string | undefined;
  /** ISO 8601 in UTC. */
  readonly startedAt: string;
  /** Absent while it goes on. */
  readonly endedAt: string | undefined;
}

/** What is known now of an entry's run and people. */
export interface Known {
  /** Absent where GitHub has no such run. */
  readonly origin: Origin | undefined;
  /** Name of the default branch, where it is known. */
  readonly main: string | undefined;
  /** Who opens a gate, and who answers for it too. */
  readonly people: readonly string[];
  /** What they may do here, in the same order. */
  readonly permissions: readonly Permission[];
  readonly now: Date;
}

/** Between what is written and the end of its run, by clocks of one service. */
const SKEW_MS = 60_000;
/** GitHub does not keep runs for good. What lifts names what it lifts, so it cannot have been laid in store. */
const FORGETS_AFTER_MS = 90 * 86_400_000;

/**
 * Why what an entry opens does not count; undefined where it does. A job's token writes in whoever's name it
 * likes, so the name is held to the run: it must be that person's own, on the default branch, and have been
 * going on when the entry was written. Whoever opens a gate must have started that run by hand or have said it
 * in a comment, and they and the second one must still be allowed to.
 */
export function doubtOf({ at, payload }: ControlEntry, known: Known): string | undefined {
  const { control, actor, comment, run } = payload;
  const { origin, main, people, permissions, now } = known;
  const isOverride = control === 'override';
  const outsider = people.find((_, index) => {
    const permission = permissions[index];
    return permission === undefined || !mayCommand(permission);
  });
  if (outsider !== undefined) return `${outsider} has no write access any more`;
  if (origin === undefined) {
    const isOld = now.getTime() - Date.parse(at) > FORGETS_AFTER_MS;
    return !isOverride && isOld ? undefined : `GitHub knows no run ${run.id} that wrote it`;
  }
  if (main === undefined || origin.branch !== main) return 'its run was not on the default branch';
  const by = comment === undefined ? askedBy(origin, run.attempt) : origin.startedBy;
  if (by?.toLowerCase() !== actor.toLowerCase()) return `${actor} did not start its run`;
  const byHand = comment === undefined ? 'workflow_dispatch' : 'issue_comment';
  if (isOverride && origin.event !== byHand) return 'nobody started its run by hand';
  return wasGoingOn(origin, at) ? undefined : 'its run was not going on when it was written';
}

function askedBy({ attempt, newestBy, startedBy }: Origin, asked: number): string | undefined {
  if (asked === 1) return startedBy;
  return asked === attempt ? newestBy : undefined;
}

/** What cannot be read as a time was at no time. */
const wasGoingOn = ({ startedAt, endedAt }: Origin, at: string): boolean =>
  Date.parse(at) >= Date.parse(startedAt) - SKEW_MS &&
  (endedAt === undefined || Date.parse(at) <= Date.parse(endedAt) + SKEW_MS);
