import type { Clock } from '../../ports/clock.ts';

/** How long to go on asking, in milliseconds. */
export const PATIENCE = {
  /** A promote or a rollback takes seconds. */
  aliases: 2 * 60_000,
  /** A read that lacks what it should tell. */
  answer: 15_000,
  /** A write of which nothing is seen after this long never arrived. */
  arrival: 5_000,
  /** The same, where nothing is sent again but "nothing to undo" would be said. */
  cutShort: 30_000,
  /** Somebody else's Rolling Release: as long as a job may sensibly sit there. */
  rollingRelease: 60 * 60_000,
} as const;

const FIRST_PAUSE_MS = 250;
/** Nor is anything asked more than so often, where the wait is a long one. */
const MOST_LOOKS = 120;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Looks again and again, with growing pauses, until there is an answer or the time is over.
 *
 * @returns what `look` found; nothing when it found nothing in time
 */
export async function until<Found>(
  clock: Clock,
  limitMs: number,
  signal: AbortSignal,
  look: () => Promise<Found | undefined>,
): Promise<Found | undefined> {
  const longest = Math.max(LONGEST_PAUSE_MS, limitMs / MOST_LOOKS);
  const end = clock.now().getTime() + limitMs;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, longest)) {
    const found = await look();
    if (found !== undefined) return found;
    const left = end - clock.now().getTime();
    if (left <= 0) return undefined;
    await clock.sleep(Math.min(pause, left), signal);
  }
}
