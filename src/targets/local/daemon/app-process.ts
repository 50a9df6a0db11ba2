import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { endGroup, identify, type ProcessIdentity, signalGroup } from '../process-identity.ts';
import { LastOutput } from './last-output.ts';

/** How a command is started. */
export interface CommandLaunch {
  readonly kind: 'command';
  readonly command: readonly string[];
  readonly directory: string;
  /** Its whole environment, without the port. */
  readonly environment: Readonly<Record<string, string>>;
  /** Values that must not be seen in what the app prints. */
  readonly secrets: readonly string[];
}

/** One life of an app. */
export interface RunningApp {
  readonly port: number;
  /** Resolves with how it ended, in words. */
  readonly ended: Promise<string>;
  readonly hasEnded: boolean;
  /** The last lines that it printed, without secrets. */
  lastOutput(): string;
  stop(): Promise<void>;
}

/** How long an app may take to end by itself, in milliseconds. */
const GRACE_MS = 5_000;
/** How long its last output may take to arrive after its end, in milliseconds. */
const OUTPUT_PATIENCE_MS = 500;

/**
 * The shell waits for a line before it becomes the app. So the app runs nothing until its process is
 * recorded, and if the daemon dies before that, the line never comes and the shell ends.
 */
const WAIT_THEN_BECOME = 'read -r go <&3 && exec "$@" 3<&-';

/**
 * Starts an app in a process group of its own.
 *
 * @param record keeps the process for the next daemon; runs before the app's first line does
 * @throws the system's error when it cannot be started
 */
export async function startCommand(
  launch: CommandLaunch,
  port: number,
  record: (process: ProcessIdentity) => void,
): Promise<RunningApp> {
  const child = spawn('/bin/sh', ['-c', WAIT_THEN_BECOME, 'app', ...launch.command], {
    cwd: launch.directory,
    env: { ...launch.environment, HOST: '127.0.0.1', PORT: String(port) },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const output = new LastOutput(launch.secrets);
  child.stdout?.on('data', (chunk: Buffer) => output.add(chunk));
  child.stderr?.on('data', (chunk: Buffer) => output.add(chunk));
  let hasEnded = false;
  const outputRead = once(child, 'close');
  outputRead.catch(() => {});
  const ended = once(child, 'exit').then(async ([code, signal]) => {
    hasEnded = true;
    // A grandchild that left the group may hold the output open for ever.
    await Promise.race([outputRead, sleep(OUTPUT_PATIENCE_MS)]);
    return signal === null ? `with exit code ${code}` : `by ${signal}`;
  });
  child.once('exit', () => child.pid !== undefined && signalGroup(child.pid, 'SIGKILL'));
  ended.catch(() => {});
  await once(child, 'spawn');
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  if (identity !== undefined) record(identity);
  const go = child.stdio[3] as Writable;
  go.on('error', () => {});
  go.end('go\n');

  return {
    port,
    ended,
    get hasEnded() {
      return hasEnded;
    },
    lastOutput: () => output.text(),
    async stop() {
      if (identity !== undefined) await endGroup(identity, GRACE_MS);
      await ended;
    },
  };
}
