import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { bundle, compile } from '../../scripts/build.ts';
import { sealRelease } from '../../src/release/seal.ts';
import { readActionYml } from '../../tests/bundle/run-bundle.ts';
import { type Figure, median } from '../figure.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const ROUNDS = 21;
const MOST_TIMES = 1.3;
/** Where it is not used the target may cost nothing; this much is how far two measurements lie apart. */
const MOST_TIMES_UNUSED = 1.05;
const COMMIT = 'a'.repeat(40);
const NEVER = new AbortController().signal;

interface Start {
  /** Folder of the bundle. */
  readonly bundle: string;
  /** airlock.yml of its repository. */
  readonly workspace: string;
}

/**
 * The `deploy` bundle from its start to its first request at an API, with a sealed release unpacked and
 * airlock.yml read on the way: as it is, and built without the Vercel target.
 */
export async function vercelColdStart(): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'airlock-bench-'));
  try {
    const without = join(folder, 'dist/deploy');
    await buildWithoutVercel(without);
    const [local, vercel] = [
      await openWorkspace(folder, 'local', { port: 1, state: join(folder, 'state') }),
      await openWorkspace(folder, 'vercel', { project: 'web' }),
    ];
    const deploy = join(root, 'dist/deploy');
    const { digest } = local;
    const starts = {
      without: { bundle: without, workspace: local.path },
      unused: { bundle: deploy, workspace: local.path },
      used: { bundle: deploy, workspace: vercel.path },
    };
    const times = { without: [] as number[], unused: [] as number[], used: [] as number[] };
    for (let round = 0; round <= ROUNDS; round += 1)
      for (const name of ['without', 'unused', 'used'] as const) {
        const milliseconds = await untilFirstRequest(starts[name], digest);
        // The first round brings the files into the memory of the system.
        if (round > 0) times[name].push(milliseconds);
      }
    const [base, unused, used] = [median(times.without), median(times.unused), median(times.used)];
    const figure = (what: string, own: number, most: number): Figure => ({
      what,
      measured: `${(own / base).toFixed(2)}× (${own.toFixed(0)} ms; without the target ${base.toFixed(0)} ms)`,
      target: `≤ ${most}×`,
      holds: own / base <= most,
    });
    return [
      figure('cold start of deploy to its first request, Vercel not used', unused, MOST_TIMES_UNUSED),
      figure('cold start of deploy to its first request, which is to Vercel', used, MOST_TIMES),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The same code, but for the one place that names the target. */
async function buildWithoutVercel(into: string): Promise<void> {
  compile();
  const registry = join(root, 'lib/src/targets/registry.js');
  const text = await readFile(registry, 'utf8');
  const rest = text.replace(/^import .*vercel.*\n/m, '').replace(/^ {4}vercel: \{\n[\s\S]*?\n {4}\},\n/m, '');
  if (/vercel/i.test(rest)) throw new Error('The Vercel target could not be taken out of the registry.');
  await writeFile(registry, rest);
  await bundle('actions/deploy/main.js', into);
}

async function openWorkspace(
  folder: string,
  target: string,
  settings: object,
): Promise<{ path: string; digest: string }> {
  const path = join(folder, target);
  const output = join(path, 'built');
  await mkdir(join(output, 'static'), { recursive: true });
  await mkdir(join(path, '.github'));
  await writeFile(join(output, 'config.json'), '{"version":3}');
  await writeFile(
    join(path, '.github/airlock.yml'),
    stringify({
      version: 1,
      app: 'shop',
      build: { output: 'built' },
      environments: { production: { target: { [target]: settings }, url: 'http://127.0.0.1:1' } },
    }),
  );
  const { release } = await sealRelease({
    app: 'shop',
    version: '1.0.0',
    commit: COMMIT,
    builtAt: '2026-11-01T10:00:00.000Z',
    output,
    migrations: undefined,
    into: join(path, 'airlock-release'),
    signal: NEVER,
  });
  return { path, digest: release.digest };
}

/** Starts the bundle as the runner does, and ends it as soon as it asks anything. */
async function untilFirstRequest({ bundle: folder, workspace }: Start, digest: string): Promise<number> {
  const asked = Promise.withResolvers<bigint>();
  const server = createServer(() => asked.resolve(process.hrtime.bigint()));
  const port = await new Promise<number>((done) =>
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      done(typeof address === 'object' && address !== null ? address.port : 0);
    }),
  );
  const home = await mkdtemp(join(tmpdir(), 'airlock-bench-'));
  const began = process.hrtime.bigint();
  const child = spawn(process.execPath, [join(folder, 'index.js')], {
    cwd: workspace,
    env: await environment(home, workspace, `http://127.0.0.1:${port}`, digest),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (log += chunk));
  const ended = new Promise<void>((done) => child.on('close', () => done()));
  ended.then(() => asked.reject(new Error(`It ended without a request:\n${log}`)));
  try {
    return Number((await asked.promise) - began) / 1e6;
  } finally {
    child.kill('SIGKILL');
    await ended;
    server.closeAllConnections();
    server.close();
    await rm(home, { recursive: true, force: true });
  }
}

async function environment(
  home: string,
  workspace: string,
  api: string,
  digest: string,
): Promise<Record<string, string>> {
  const files = ['OUTPUT', 'STATE', 'STEP_SUMMARY', 'EVENT_PATH'].map((name) => [
    `GITHUB_${name}`,
    join(home, name),
  ]);
  for (const [, path] of files) await writeFile(path ?? '', '');
  await writeFile(join(home, 'EVENT_PATH'), '{"repository":{"default_branch":"main"}}');
  const given: Readonly<Record<string, string>> = { environment: 'production', digest, token: 'job-token' };
  const inputs = Object.entries(readActionYml('deploy').inputs).map(([name, { default: fallback = '' }]) => [
    `INPUT_${name.toUpperCase()}`,
    given[name] ?? fallback,
  ]);
  return {
    PATH: process.env.PATH ?? '',
    HOME: home,
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: workspace,
    GITHUB_EVENT_NAME: 'push',
    GITHUB_REPOSITORY: 'octo/app',
    GITHUB_REF: 'refs/heads/main',
    GITHUB_REF_TYPE: 'branch',
    GITHUB_SHA: COMMIT,
    GITHUB_ACTOR: 'ada',
    GITHUB_RUN_ID: '1',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_SERVER_URL: 'https://github.test',
    GITHUB_API_URL: api,
    GITHUB_GRAPHQL_URL: `${api}/graphql`,
    RUNNER_TEMP: home,
    VERCEL_TOKEN: 'token',
    VERCEL_API_URL: api,
    ...Object.fromEntries(files),
    ...Object.fromEntries(inputs),
  };
}
