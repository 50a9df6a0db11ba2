import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, readlink, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Permissions } from '../../rehearsal/executor/run-service.ts';
import { type FakeGitHub, startFakeGitHub } from '../../rehearsal/github/fake-github.ts';
import type { RepositoryHandle } from '../../rehearsal/github/repository-handle.ts';
import { freePort } from '../../rehearsal/services/ports.ts';
import { connectGitHub } from '../../src/github/api.ts';
import { createLedger } from '../../src/github/ledger.ts';
import type { Ledger } from '../../src/ports/ledger.ts';
import { sealRelease } from '../../src/release/seal.ts';
import { systemClock } from '../../src/runner/clock.ts';
import { stopLocalEnvironment } from '../../src/targets/local/stop.ts';
import { type BundleRequest, type BundleRun, type RunningBundle, startBundle } from './run-bundle.ts';

export const SECRET = 'correct-horse-battery-staple';
const NEVER = new AbortController().signal;

/** Answers with its version; `slow` and `unwell` are files beside it that say how it misbehaves. */
const SERVER = `
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
createServer((request, response) => {
  response.statusCode = existsSync('unwell') ? 503 : 200;
  response.end(JSON.stringify({ version: process.env.AIRLOCK_VERSION, commit: process.env.AIRLOCK_COMMIT }));
}).listen(...(existsSync('slow') ? [] : [process.env.PORT, process.env.HOST]));
setInterval(() => {}, 1000);
`;

type Files = Readonly<Record<string, string>>;

export interface Sealed {
  readonly folder: string;
  readonly digest: string;
}

/** A repository with one environment, the fake GitHub that keeps its ledger, and one run of it. */
export interface Scene {
  readonly root: string;
  readonly workspace: string;
  readonly port: number;
  readonly github: FakeGitHub;
  readonly ledger: Ledger;
  readonly commit: string;
  readonly repository: RepositoryHandle;
  /** Another token of the same run. */
  mintToken(permissions: Permissions): string;
  /** Writes airlock.yml: these keys at its top, and those in its environment. */
  configure(top?: object, environment?: object): Promise<void>;
  /** Seals a release of the sample server. */
  seal(version: string, files?: Files, migrations?: Files): Promise<Sealed>;
  start(name: string, inputs: Readonly<Record<string, string>>, more?: BundleRequest): RunningBundle;
  run(name: string, inputs: Readonly<Record<string, string>>, more?: BundleRequest): Promise<BundleRun>;
  /** The post of a main. */
  post(name: string, inputs: Readonly<Record<string, string>>, main: BundleRun): Promise<BundleRun>;
  /** Task and state of the ledger's entries, newest first. */
  entries(): Promise<readonly string[]>;
  /** Version at the environment's public address. */
  live(): Promise<string | undefined>;
  /** Stages and promotes, each by its bundle. */
  release(version: string): Promise<Sealed>;
  close(): Promise<void>;
}

export async function openScene(): Promise<Scene> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'airlock-scene-')));
  const workspace = join(root, 'repository');
  const state = join(root, 'state');
  const port = await freePort();
  await mkdir(join(workspace, '.github'), { recursive: true });
  await writeFile(join(workspace, 'server.mjs'), SERVER);
  const configure = (top: object = {}, environment: object = {}) =>
    writeFile(
      join(workspace, '.github/airlock.yml'),
      stringify({
        version: 1,
        app: 'sample',
        build: { output: 'dist' },
        serve: { command: ['node', 'server.mjs'], health: '/' },
        smoke: { 'warm-up': '30s', checks: [{ name: 'version', path: '/version', version: true }] },
        environments: {
          production: {
            target: { local: { port, state } },
            url: `http://127.0.0.1:${port}`,
            ...environment,
          },
        },
        ...top,
      }),
    );
  await configure();
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=ada', '-c', 'user.email=ada@example.com', ...args], {
      cwd: workspace,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
    }).trim();
  git('init', '--quiet', '--initial-branch=main');
  git('add', '.');
  git('commit', '--quiet', '--message=Begin');
  const commit = git('rev-parse', 'HEAD');

  const github = await startFakeGitHub();
  const repository = github.addRepository({ owner: 'octo', name: 'app', directory: workspace });
  const openRun = (event: string, workflow: string) =>
    github.openRun({
      repository: 'octo/app',
      workflowPath: `.github/workflows/${workflow}.yml`,
      workflowName: workflow,
      event,
      ref: 'refs/heads/main',
      sha: commit,
      actor: 'ada',
    }).id;
  const [run, byHand] = [openRun('push', 'release'), openRun('workflow_dispatch', 'control')];
  const permissions = { actions: 'read', contents: 'read', deployments: 'write' } as const;
  const mintToken = (wanted: Permissions) =>
    github.mintToken({ runId: run, job: 'production', permissions: wanted });
  const token = mintToken(permissions);
  const api = { rest: github.apiUrl, graphql: github.graphqlUrl };
  const ledger = createLedger(
    connectGitHub({ token, api, repository: { owner: 'octo', name: 'app' }, clock: systemClock }),
  );

  const start: Scene['start'] = (name, inputs, more = {}) =>
    startBundle(name, {
      workspace,
      event: {
        name: name === 'control' ? 'workflow_dispatch' : 'push',
        payload: { ref: 'refs/heads/main', repository: { default_branch: 'main' } },
      },
      secrets: [SECRET],
      ...more,
      inputs: {
        ...(['plan', 'approve', 'build-check', 'preview', 'doctor'].includes(name)
          ? {}
          : { environment: 'production' }),
        ...(['build-check', 'migrate', 'smoke-test'].includes(name) ? {} : { token }),
        ...inputs,
      },
      env: {
        GITHUB_API_URL: github.apiUrl,
        GITHUB_GRAPHQL_URL: github.graphqlUrl,
        GITHUB_SHA: commit,
        GITHUB_RUN_ID: String(name === 'control' ? byHand : run),
        ...more.env,
      },
    });
  const scene: Scene = {
    root,
    workspace,
    port,
    github,
    ledger,
    commit,
    repository,
    mintToken,
    configure,
    start,
    run: (name, inputs, more) => start(name, inputs, more).ended,
    post: (name, inputs, { state: saved }) => start(name, inputs, { state: saved }).ended,
    async seal(version, files = {}, migrations) {
      const output = join(root, `built-${version}`);
      await writeFiles(output, { 'server.mjs': SERVER, 'version.txt': version, ...files });
      const migrationsFolder = join(root, `migrations-${version}`);
      if (migrations) await writeFiles(migrationsFolder, migrations);
      const sealed = await sealRelease({
        app: 'sample',
        version,
        commit,
        builtAt: '2026-11-01T10:00:00.000Z',
        output,
        migrations: migrations && migrationsFolder,
        into: join(workspace, `release-${version}`),
        signal: NEVER,
      });
      return { folder: `release-${version}`, digest: sealed.release.digest };
    },
    entries: async () =>
      (await ledger.entries('production', 100)).map(
        ({ task, state: at, payload }) => `${task} ${payload.release.version} ${at}`,
      ),
    async live() {
      const answer = await fetch(`http://127.0.0.1:${port}/version`, {
        headers: { connection: 'close' },
      }).catch(() => undefined);
      return answer?.ok ? ((await answer.json()) as { version: string }).version : undefined;
    },
    async release(version) {
      const sealed = await scene.seal(version);
      const inputs = { release: sealed.folder, digest: sealed.digest };
      const { outputs } = done(await scene.run('deploy', inputs));
      done(
        await scene.run('promote', {
          ...inputs,
          'deployment-id': outputs['deployment-id'] ?? '',
          verdict: 'pass',
        }),
      );
      return sealed;
    },
    async close() {
      await stopLocalEnvironment({ app: 'sample', environment: 'production', state });
      await github.close();
      await rm(root, { recursive: true, force: true, maxRetries: 5 });
      expect(github.problems).toEqual([]);
    },
  };
  return scene;
}

async function writeFiles(folder: string, files: Files): Promise<void> {
  await mkdir(folder);
  for (const [path, text] of Object.entries(files)) await writeFile(join(folder, path), text);
}

/** What the job of a stage may do, as its workflow says it. */
export const STAGE = (
  parse(readFileSync(new URL('../../.github/workflows/stage.yml', import.meta.url), 'utf8')) as {
    readonly jobs: { readonly stage: { readonly permissions: Permissions } };
  }
).jobs.stage.permissions;

/** Holds a run to having ended well. */
export function done(run: BundleRun): BundleRun {
  expect(run.outputs.reason, run.log).toBe('');
  expect(run.outputs.result).toBe('done');
  expect(run.code).toBe(0);
  expect(run.summary).toMatch(/^### ✅ /);
  return run;
}

/** Holds a run to having been cancelled in time, in its own words. */
export function cancelled(run: BundleRun): BundleRun {
  expect(run.signal, run.log).toBeNull();
  expect(run.code, run.log).toBe(1);
  expect(run.outputs).toMatchObject({ result: 'failed', reason: 'CANCELLED' });
  return run;
}

/** Commands of processes that work in this folder or below it. */
export async function processesIn(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const directory = await readlink(`/proc/${pid}/cwd`).catch(() => '');
    if (!`${directory}/`.startsWith(`${folder}/`)) continue;
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command !== '') found.push(command.replaceAll('\0', ' ').trim());
  }
  return found;
}
