import { type Deployment, isForeign } from '../domain/deployment.ts';
import { type LedgerEntry, nameOf, tookTraffic, wentLiveByItself } from '../domain/ledger.ts';
import { sameRelease } from '../domain/release.ts';
import type { Log } from '../ports/log.ts';

/**
 * Says so, in the log and in the line it hands back, when what is live is not what the ledger says went live
 * last. An activation that was cut short may or may not have moved the traffic: neither is drift. Before
 * the first activation the ledger says nothing, so nothing contradicts it.
 *
 * @param entries one environment's entries, newest first
 * @param runId the run that asks: what its target made live by itself is no drift
 * @returns the line for the summary; nothing where all is as the ledger says
 */
export function tellDrift(
  live: Deployment | undefined,
  entries: readonly LedgerEntry[],
  runId: string,
  log: Log,
): string | undefined {
  const activations = entries.filter(tookTraffic);
  const stands = activations.findIndex(({ state }) => state === 'succeeded');
  const latest = stands === -1 ? activations : activations.slice(0, stands + 1);
  const isExplained = ({ payload: { target, release, previous, foreign } }: LedgerEntry): boolean =>
    target.deploymentId === live?.id ||
    (live !== undefined && foreign === undefined && sameRelease(release, live)) ||
    // What an activation found stays live when it moves nothing, and no other entry stands for it.
    (stands === -1 && previous?.deploymentId === live?.id);
  const [last] = latest.slice(-1);
  if (!live || !last || latest.some(isExplained)) return undefined;
  if (entries.some((one) => one.payload.run.id === runId && wentLiveByItself(one, live))) return undefined;
  const line = `drift: ${live.version} (${live.id}) was made live outside of Airlock${
    isForeign(live) ? ', and nothing is known of its files' : ''
  }; by the ledger ${nameOf((activations[stands] ?? last).payload)} went live last.`;
  log.warning(line);
  return line;
}
