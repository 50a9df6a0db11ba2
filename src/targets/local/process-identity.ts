import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { waitUntil } from './wait.ts';

/** One life of one process. A process id alone is used again by the system; with the start it is not. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque; the same for as long as the process lives, through an exec too. */
  readonly started: string;
}

/** Who runs under this id now; undefined when nobody does (a zombie is nobody). */
export function identify(pid: number): ProcessIdentity | undefined {
  const started = process.platform === 'linux' ? startFromProc(pid) : startFromPs(pid);
  return started === undefined ? undefined : { pid, started };
}

export const isAlive = (identity: ProcessIdentity): boolean =>
  identify(identity.pid)?.started === identity.started;

/**
 * Ends a process and its group, asking first. A process that is not the recorded one is left alone.
 *
 * @param graceMs how long it may take to end by itself, in milliseconds
 */
export async function endGroup(identity: ProcessIdentity, graceMs: number): Promise<void> {
  if (!isAlive(identity)) return;
  signalGroup(identity.pid, 'SIGTERM');
  await waitUntil(() => !isAlive(identity), { timeoutMs: graceMs, everyMs: 10 });
  // Once more without asking, also for those of its group that it left behind.
  signalGroup(identity.pid, 'SIGKILL');
  await waitUntil(() => !isAlive(identity), { timeoutMs: 5_000, everyMs: 10 });
}

/** Signals a process group; one that is gone is fine. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Clock ticks since boot, so the boot belongs to it. */
function startFromProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold spaces; what follows begins with field 3, the state.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return undefined;
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${fields[19]}`;
  } catch {
    return undefined;
  }
}

function startFromPs(pid: number): string | undefined {
  try {
    const line = execFileSync('/bin/ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
    }).trim();
    const [state = 'Z', ...start] = line.split(/\s+/);
    return state.startsWith('Z') ? undefined : start.join(' ');
  } catch {
    return undefined;
  }
}
