import { readdir, readFile } from 'node:fs/promises';

/** The variable by which the runner knows the processes of a job. Whoever clears it is left alone. */
export const TRACKING_VARIABLE = 'RUNNER_TRACKING_ID';

/**
 * Kills what the steps of a job left running, as the runner does at the job's end: every process that still
 * carries the job's tracking id. Does nothing where there is no `/proc`.
 */
export async function killOrphans(trackingId: string): Promise<number[]> {
  const killed: number[] = [];
  for (const entry of await readdir('/proc').catch(() => [])) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    // Another user's process, or one that has just ended, cannot be read and is not ours.
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
    if (!environment.split('\0').includes(`${TRACKING_VARIABLE}=${trackingId}`)) continue;
    try {
      process.kill(pid, 'SIGKILL');
      killed.push(pid);
    } catch {
      // It ended by itself in between.
    }
  }
  return killed;
}
