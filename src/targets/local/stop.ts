import { existsSync } from 'node:fs';
import { DaemonClient } from './client.ts';
import { environmentDirectory, type LocalEnvironment } from './places.ts';
import { endGroup, identify, isAlive } from './process-identity.ts';
import { readState, SLOTS } from './state.ts';
import { waitUntil } from './wait.ts';

/** How long a daemon may take to end its apps, in milliseconds. */
const STOP_MS = 30_000;

/**
 * Ends everything that runs for one environment: its daemon and its apps, or what a killed daemon left.
 * What stood where stays on disk, so the next stage or activate brings it back.
 */
export async function stopLocalEnvironment(environment: LocalEnvironment): Promise<void> {
  const directory = environmentDirectory(environment);
  if (!existsSync(directory)) return;
  const daemon = new DaemonClient(directory);
  const pid = await daemon.pid();
  const identity = pid === undefined ? undefined : identify(pid);
  if (identity !== undefined) {
    // One that does not answer is ended all the same, below.
    await daemon.ask('stop', null, AbortSignal.timeout(STOP_MS)).catch(() => {});
    await waitUntil(() => !isAlive(identity), { timeoutMs: STOP_MS, everyMs: 20 });
    await endGroup(identity, 0);
  }
  const { slots } = readState(directory);
  for (const slot of SLOTS) {
    const { process } = slots[slot];
    if (process !== null) await endGroup(process, 2_000);
  }
}
