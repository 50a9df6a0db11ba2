import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../../rehearsal/services/ports.ts';
import type { ServeSettings } from '../../../src/domain/configuration.ts';
import type { StageRequest, Target, TargetHost } from '../../../src/ports/target.ts';
import { environmentDirectory } from '../../../src/targets/local/places.ts';
import { createLocalTarget } from '../../../src/targets/local/provider.ts';
import { stopLocalEnvironment } from '../../../src/targets/local/stop.ts';
import { waitUntil } from '../../../src/targets/local/wait.ts';
import type { TargetUnderTest } from './target-contract.ts';

export const NEVER = new AbortController().signal;
/** Program of the daemon, as it stands in the sources. */
export const DAEMON = fileURLToPath(new URL('../../../src/targets/local/daemon/main.ts', import.meta.url));

/** A server that answers with its version and can be told to be slow, unwell, or to crash. */
const SERVER = `
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
let healthy = true;
const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://app');
  response.setHeader('x-version', process.env.AIRLOCK_VERSION);
  if (pathname === '/healthz') response.statusCode = healthy ? 200 : 503;
  if (pathname === '/sicken') healthy = false;
  if (pathname === '/crash') process.exit(7);
  if (pathname === '/slow') await sleep(Number(searchParams.get('ms')));
  if (pathname === '/environment') return response.end(JSON.stringify(process.env));
  if (pathname === '/headers') return response.end(JSON.stringify(request.headers));
  if (pathname === '/echo') return request.pipe(response);
  response.end(process.env.AIRLOCK_VERSION);
});
server.on('upgrade', (request, socket) => {
  socket.on('error', () => {});
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: echo\\r\\nConnection: Upgrade\\r\\n\\r\\n');
  socket.on('data', (data) => socket.write(process.env.AIRLOCK_VERSION + ':' + data));
});
server.listen(process.env.PORT, process.env.HOST);
`;

/** An app that says its secret and gives up. */
const BROKEN = `
console.error('cannot reach the database at ' + process.env.DATABASE_URL);
process.exit(3);
`;

export const SERVE: ServeSettings = {
  command: [process.execPath, 'server.mjs'],
  variables: ['DATABASE_URL'],
  health: '/healthz',
};

export const SECRET = 'postgres://app:correct-horse@db/app';

export interface LocalOptions {
  readonly serve?: ServeSettings | undefined;
  readonly variables?: Readonly<Record<string, string | undefined>>;
  readonly daemonEntry?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** One local environment in a folder of its own, with everything ended and removed by `close`. */
export class LocalUnderTest implements TargetUnderTest {
  readonly port: number;
  readonly #root: string;
  readonly #options: LocalOptions;
  readonly warnings: string[] = [];

  static async open(options: LocalOptions = {}): Promise<LocalUnderTest> {
    const root = await mkdtemp(path.join(tmpdir(), 'airlock-local-'));
    return new LocalUnderTest(root, await freePort(), { serve: SERVE, ...options });
  }

  constructor(root: string, port: number, options: LocalOptions) {
    this.#root = root;
    this.port = port;
    this.#options = options;
  }

  get liveUrl(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  /** Folder of the environment's state. */
  get directory(): string {
    return environmentDirectory(this.#place);
  }

  get #place() {
    return { app: 'sample', environment: 'production', state: path.join(this.#root, 'state') };
  }

  async connect(overrides: LocalOptions = {}): Promise<Target> {
    const options = { ...this.#options, ...overrides };
    const provider = createLocalTarget({ daemonEntry: options.daemonEntry ?? DAEMON });
    const settings = provider.settings.parse({
      port: this.port,
      state: this.#place.state,
      drain: 5,
      ready: 10,
      ...options.settings,
    });
    const { PATH, HOME } = process.env;
    const host: TargetHost = {
      app: this.#place.app,
      environment: this.#place.environment,
      url: undefined,
      serve: options.serve,
      variables: { PATH, HOME, DATABASE_URL: SECRET, UNNAMED: 'not for the app', ...options.variables },
      log: {
        info: () => {},
        debug: () => {},
        warning: (message) => this.warnings.push(message),
        error: () => {},
        group: (_title, work) => work(),
        mask: () => {},
      },
      clock: { now: () => new Date(), sleep: (milliseconds) => sleep(milliseconds) },
      identityToken: () => Promise.reject(new Error('no test of this target asks for one')),
    };
    return provider.connect(settings, host);
  }

  async release(version: string, kind: 'working' | 'broken' = 'working'): Promise<StageRequest> {
    const program = kind === 'working' ? SERVER : BROKEN;
    return this.releaseOf(version, { 'server.mjs': program });
  }

  /** A release with these files: path → content. */
  async releaseOf(version: string, files: Readonly<Record<string, string>>): Promise<StageRequest> {
    const directory = path.join(this.#root, 'built', version);
    for (const [name, content] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(directory, name)), { recursive: true });
      await writeFile(path.join(directory, name), content);
    }
    const hex = createHash('sha256')
      .update(JSON.stringify([version, files]))
      .digest('hex');
    return {
      release: {
        app: 'sample',
        version,
        commit: hex.slice(0, 40),
        builtAt: '2026-11-01T10:00:00.000Z',
        digest: `sha256:${hex}`,
      },
      directory,
    };
  }

  async versionAt(url: string, cookie?: string) {
    const answer = await fetch(url, cookie === undefined ? {} : { headers: { cookie } }).catch(
      () => undefined,
    );
    if (!answer?.ok) return undefined;
    const version = answer.headers.get('x-version') ?? (await answer.text());
    return { version, cookie: answer.headers.get('set-cookie')?.split(';')[0] };
  }

  /** Stages and activates. */
  async goLive(version: string): Promise<string> {
    const target = await this.connect();
    const { id } = await target.stage(await this.release(version), NEVER);
    await target.activate(id, 100, NEVER);
    return id;
  }

  /** @param state folder, when it is not the usual one */
  stop(state = this.#place.state): Promise<void> {
    return stopLocalEnvironment({ ...this.#place, state });
  }

  async close(): Promise<void> {
    await this.stop();
    await rm(this.#root, { recursive: true, force: true });
  }
}

/** Waits for something that must come to be true; the test fails when it does not. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  if (!(await waitUntil(condition, { timeoutMs: 10_000, everyMs: 20 }))) {
    throw new Error(`Did not come true: ${condition}`);
  }
}
