import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { daemonFile } from '../places.ts';
import { type DaemonAddress, PROTOCOL } from '../protocol.ts';
import { createControl } from './control.ts';
import { Environment } from './environment.ts';
import { lock } from './lock.ts';
import { FileStateStore, type StateStore } from './store.ts';

/** Systems cut the path of a Unix socket at 104 to 108 bytes. */
const LONGEST_SOCKET_PATH = 100;

export interface DaemonOptions {
  /** The environment's folder; it exists and only its owner may read it. */
  readonly directory: string;
  readonly openStore?: (directory: string) => StateStore;
}

/**
 * Runs one environment of this machine until it is told to stop. When another process does so already,
 * returns at once.
 */
export async function runDaemon({ directory, openStore }: DaemonOptions): Promise<void> {
  const release = lock(directory);
  if (release === undefined) return;
  const log = (line: string) => console.log(`${new Date().toISOString()} ${line}`);
  const store = openStore?.(directory) ?? new FileStateStore(directory);
  const environment = new Environment({ directory, store, log });
  await environment.recover();

  const socket = socketPath(directory);
  let ending = false;
  const end = async () => {
    if (ending) return;
    ending = true;
    await environment.stop();
    control.close();
    rmSync(daemonFile(directory), { force: true });
    rmSync(socket, { force: true });
    log('Stopped.');
    release();
    process.exit(0);
  };
  const control = createControl(environment, end);
  rmSync(socket, { force: true });
  control.listen(socket, () => {
    announce(directory, { protocol: PROTOCOL, pid: process.pid, socket });
    log(`Process ${process.pid} runs this environment.`);
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, end);
  process.on('uncaughtException', (error) => surviveLostFile(error, log));
}

/** The static server does not catch a file that was removed under it. Anything else ends the daemon. */
function surviveLostFile(error: NodeJS.ErrnoException, log: (line: string) => void): void {
  log(error.stack ?? String(error));
  if (error.code !== 'ENOENT' || error.syscall !== 'open') process.exit(1);
}

function socketPath(directory: string): string {
  const usual = path.join(directory, 'control.sock');
  if (Buffer.byteLength(usual) <= LONGEST_SOCKET_PATH) return usual;
  return path.join(mkdtempSync(path.join(tmpdir(), 'airlock-')), 'control.sock');
}

function announce(directory: string, address: DaemonAddress): void {
  const file = daemonFile(directory);
  writeFileSync(`${file}.new`, JSON.stringify(address), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
