import { readEntries } from '../../src/cycle/ledger-entries.ts';
import { type EnvironmentSettings, PREVIEW } from '../../src/domain/configuration.ts';
import type { Deployment } from '../../src/domain/deployment.ts';
import { Failure } from '../../src/domain/failure.ts';
import { isSettled, type LedgerEntry } from '../../src/domain/ledger.ts';
import { type Release, sameRelease } from '../../src/domain/release.ts';
import type { Ledger } from '../../src/ports/ledger.ts';
import type { Log } from '../../src/ports/log.ts';
import type { Target } from '../../src/ports/target.ts';

export interface RetireWorld {
  readonly app: string;
  readonly environment: EnvironmentSettings;
  readonly ledger: Ledger;
  readonly log: Log;
  /** Opened only when there is something to remove. */
  openTarget(): Promise<Target>;
}

export interface Retirement {
  readonly removed: readonly Deployment[];
  /** What is still there, and why. */
  readonly left: readonly { readonly deployment: string; readonly why: string }[];
}

export interface Doomed {
  readonly pullRequest: number;
  /** Previews of this run and later ones stay; all go when undefined. */
  readonly before?: string;
  /** What the ledger says of them from now on. */
  readonly note: string;
}

/**
 * Takes previews of a pull request off the target and closes their ledger entries, in this order, so that
 * a kill between the two is mended by the next try. Every entry is looked at again each time: one that is
 * closed already may have been staged once more since. A deployment that another pull request shows as
 * well stays.
 */
export async function retirePreviews(
  world: RetireWorld,
  { pullRequest, before, note }: Doomed,
  signal: AbortSignal,
): Promise<Retirement> {
  const place = { app: world.app, environment: PREVIEW };
  const entries = (await readEntries(world.ledger, place, () => false)).filter(
    ({ task }) => task === 'deploy',
  );
  const isDoomed = ({ payload }: LedgerEntry) =>
    payload.pullRequest === pullRequest && (before === undefined || BigInt(payload.run.id) < BigInt(before));
  const doomed = entries.filter(isDoomed);
  if (doomed.length === 0) return { removed: [], left: [] };
  const needed = entries.filter((entry) => !isDoomed(entry) && !isSettled(entry.state));
  const shows = (deployment: Deployment) => (entry: LedgerEntry) =>
    sameRelease(entry.payload.release, deployment);

  const target = await world.openTarget();
  const releases = [
    ...new Map(doomed.map(({ payload: { release } }) => [nameOf(release), release])).values(),
  ];
  const { deployments } = await target.observe({ signal, releases });
  const going = deployments.filter((one) => doomed.some(shows(one)) && !needed.some(shows(one)));
  const removed: Deployment[] = [];
  const left: { deployment: string; why: string; of: Deployment }[] = [];
  for (const deployment of going) {
    try {
      await target.retire(deployment.id, signal);
      removed.push(deployment);
      world.log.info(`Removed ${deployment.version} (${deployment.id}).`);
    } catch (error) {
      if (!(error instanceof Failure) || error.code === 'CANCELLED') throw error;
      left.push({ deployment: deployment.id, why: `${error.message} [${error.code}]`, of: deployment });
      world.log.warning(`${deployment.id} is still there: ${error.message}`);
    }
  }
  for (const entry of doomed) {
    if (isSettled(entry.state) || left.some(({ of }) => shows(of)(entry))) continue;
    await world.ledger.advance(entry.id, 'superseded', { text: note });
  }
  return { removed, left: left.map(({ deployment, why }) => ({ deployment, why })) };
}

const nameOf = ({ digest, version, commit }: Release): string => [digest, version, commit].join(' ');
