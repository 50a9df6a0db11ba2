import { Failure } from '../domain/failure.ts';
import { type LedgerEntry, tookTraffic } from '../domain/ledger.ts';
import { type Release, sameRelease } from '../domain/release.ts';
import type { Log } from '../ports/log.ts';
import type { Target } from '../ports/target.ts';

/**
 * Takes off what a run staged too late: a target may finish staging after the `deploy` that asked for it was
 * cancelled or killed, and nobody is going to promote it. What ever took traffic, or was staged to its end by
 * another run, stays. A failure to tidy up is told and changes nothing else.
 *
 * @param entries of the environment, newest first, as they stood before this run's were settled
 * @returns the version that was taken off, where one was
 */
export async function retireAbandoned(
  { entries, runId }: { entries: readonly LedgerEntry[]; runId: string },
  { target, log }: { target: Target; log: Log },
  signal: AbortSignal,
): Promise<string | undefined> {
  const release = abandonedBy(runId, entries);
  if (release === undefined) return undefined;
  // It may still be in the making.
  const { deployments } = await target.observe({ signal, releases: [release] });
  const late = deployments.find((one) => sameRelease(one, release));
  if (late?.state !== 'staged' || late.weight > 0) return undefined;
  try {
    await target.retire(late.id, signal);
    return late.version;
  } catch (error) {
    if (signal.aborted || !(error instanceof Failure)) throw error;
    log.warning(`${late.version} (${late.id}) stays staged without traffic: ${error.message}`);
    return undefined;
  }
}

/** The release whose staging this run began and did not see the end of, when nothing else speaks for it. */
function abandonedBy(runId: string, entries: readonly LedgerEntry[]): Release | undefined {
  const isOwn = ({ task, payload }: LedgerEntry) => task === 'deploy' && payload.run.id === runId;
  const [newest] = entries.filter(isOwn);
  if (!newest || !['started', 'cancelled', 'failed'].includes(newest.state)) return undefined;
  const { release } = newest.payload;
  const isSpokenFor = entries.some(
    (entry) =>
      sameRelease(entry.payload.release, release) &&
      (tookTraffic(entry) || (entry.task === 'deploy' && entry !== newest && entry.state === 'staged')),
  );
  return isSpokenFor ? undefined : release;
}
