import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** How long the runner waits between its signals, in milliseconds. */
export interface Grace {
  /** From SIGINT to SIGTERM. */
  readonly interruptMs: number;
  /** From SIGTERM to SIGKILL. */
  readonly terminateMs: number;
}

/** GitHub's own: 7.5 s, then 2.5 s. */
export const RUNNER_GRACE: Grace = { interruptMs: 7_500, terminateMs: 2_500 };

/** How long open output of a process that has ended is still read, in milliseconds. */
const DRAIN_MS = 2_000;

export interface StepProcess {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly onLine: (line: string) => void;
  readonly onStart?: (pid: number) => void;
  /** Aborted when the step is cancelled or out of time. */
  readonly signal: AbortSignal;
  readonly grace: Grace;
}

/**
 * Runs a step's process to its end and returns its exit code; one that a signal ended counts as 128 plus
 * the signal's number, as in a shell. When the signal is aborted it is ended as the runner does: SIGINT to the
 * process, then SIGTERM, then SIGKILL to its whole group.
 */
export async function runProcess(step: StepProcess): Promise<number> {
  const child = spawn(step.command, step.args, {
    cwd: step.cwd,
    env: step.env,
    // A group of its own, so that the last signal reaches what the step started.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (child.pid !== undefined) step.onStart?.(child.pid);
  const exited = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + signalNumber(signal)));
  });
  const drained = Promise.all([lines(child.stdout, step.onLine), lines(child.stderr, step.onLine)]);
  const ending = new AbortController();
  const end = () => void endGently(child, step.grace, ending.signal);
  if (step.signal.aborted) end();
  else step.signal.addEventListener('abort', end, { once: true });
  try {
    const code = await exited;
    await within(drained, DRAIN_MS);
    return code;
  } finally {
    ending.abort();
    step.signal.removeEventListener('abort', end);
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

/** @param ended aborted as soon as the process is gone */
async function endGently(child: ChildProcess, grace: Grace, ended: AbortSignal): Promise<void> {
  child.kill('SIGINT');
  if (!(await outlasts(grace.interruptMs, ended))) return;
  child.kill('SIGTERM');
  if (!(await outlasts(grace.terminateMs, ended))) return;
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group is gone already.
  }
}

/** Whether the process is still there after `milliseconds`. */
function outlasts(milliseconds: number, ended: AbortSignal): Promise<boolean> {
  if (ended.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(!ended.aborted), milliseconds);
    ended.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve(false);
      },
      { once: true },
    );
  });
}

async function lines(stream: Readable, onLine: (line: string) => void): Promise<void> {
  const reader = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  reader.on('line', onLine);
  await new Promise<void>((resolve) => reader.once('close', resolve));
}

async function within(work: Promise<unknown>, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, limit]);
  clearTimeout(timer);
}

const SIGNALS: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };
const signalNumber = (signal: NodeJS.Signals | null): number => (signal && SIGNALS[signal]) ?? 0;
