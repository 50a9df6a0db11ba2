import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { Failure } from '../domain/failure.ts';
import { Tail } from '../domain/tail.ts';
import type { ProcessResult, ProcessRunner, RunOptions } from '../ports/process.ts';

/** Between asking a process group to end (SIGINT) and ending it (SIGKILL): well inside GitHub's 7.5 s. */
const GRACE_MS = 3_000;
/** How long a background child that kept our pipes is waited for once the program itself has ended. */
const DRAIN_MS = 1_000;
const OUTPUT_LIMIT = 1024 * 1024;

/** Groups that are running now: none of them may outlive this process when it exits early. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) signalGroup(child, 'SIGKILL');
});

/** Programs of this machine, each in a process group of its own and without a standard input. */
export const processRunner: ProcessRunner = {
  async run(command, args, options = {}) {
    const { signal, timeoutMs, onOutput } = options;
    signal?.throwIfAborted();
    const child = start(command, args, options);
    running.add(child);
    const stdout = collect(child.stdout, options, onOutput);
    const stderr = collect(child.stderr, options, onOutput);
    const ended = new Promise<number>((resolve, reject) => {
      child.once('error', (cause) => reject(notStarted(command, cause)));
      child.once('exit', (code, by) => resolve(code ?? 128 + constants.signals[by ?? 'SIGKILL']));
    });

    let timedOut = false;
    let forced: NodeJS.Timeout | undefined;
    const end = () => {
      signalGroup(child, 'SIGINT');
      forced ??= setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE_MS);
    };
    const timeout =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            end();
          }, timeoutMs);
    signal?.addEventListener('abort', end, { once: true });
    try {
      const code = await ended;
      // What was started in the background must not hold the step, its files or its port.
      if (timedOut || signal?.aborted) signalGroup(child, 'SIGKILL');
      await closedWithin(child, DRAIN_MS);
      signal?.throwIfAborted();
      return { code, stdout: stdout.toString(), stderr: stderr.toString(), timedOut } satisfies ProcessResult;
    } finally {
      clearTimeout(timeout);
      clearTimeout(forced);
      signal?.removeEventListener('abort', end);
      signalGroup(child, 'SIGKILL');
      running.delete(child);
    }
  },
};

type PipedProcess = ChildProcess & { readonly stdout: Readable; readonly stderr: Readable };

function start(command: string, args: readonly string[], { cwd, environment }: RunOptions): PipedProcess {
  return spawn(command, args, {
    ...(cwd !== undefined && { cwd }),
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
}

function collect(
  stream: Readable,
  { outputLimit = OUTPUT_LIMIT }: RunOptions,
  onOutput: RunOptions['onOutput'],
) {
  const tail = new Tail(outputLimit);
  stream.setEncoding('utf8');
  stream.on('data', (piece: string) => {
    tail.add(piece);
    onOutput?.(piece);
  });
  return tail;
}

/** Resolves when the output has ended, or when a background process holds it open for too long. */
async function closedWithin(child: PipedProcess, milliseconds: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (child.stdout.closed && child.stderr.closed) return;
  child.once('close', () => resolve());
  const deadline = setTimeout(resolve, milliseconds);
  await promise;
  clearTimeout(deadline);
  child.stdout.destroy();
  child.stderr.destroy();
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // The whole group has ended by itself.
  }
}

const notStarted = (command: string, cause: NodeJS.ErrnoException) =>
  new Failure(
    'PROGRAM_MISSING',
    cause.code === 'ENOENT'
      ? `The program ${command} is not on this machine.`
      : `The program ${command} cannot be started (${cause.code}).`,
    'Install it in an earlier step of the job, or use a runner image that has it.',
    { cause },
  );
