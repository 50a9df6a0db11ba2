import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { startFakeGitHub } from '../../rehearsal/github/fake-github.ts';
import { sealRelease } from '../../src/release/seal.ts';
import { type BundleRun, runBundle } from '../../tests/bundle/run-bundle.ts';
import type { VercelWorld } from './world.ts';

const NEVER = new AbortController().signal;
const OWNER = 'octo';
const NAME = 'app';
const PERMISSIONS = { actions: 'read', contents: 'read', deployments: 'write' } as const;

/** A repository whose production is on the world's Vercel; its actions run by their bundles. */
export interface Pipeline {
  /** Puts a new release beside what is live. Gives the deployment. */
  deploy(version: string): Promise<Timed & Staged>;
  promote(staged: Staged): Promise<Timed>;
  rollback(): Promise<Timed>;
  close(): Promise<void>;
}

export interface Staged {
  readonly deployment: string;
  /** The sealed release, and its digest. */
  readonly release: string;
  readonly digest: string;
}

export interface Timed {
  /** Of the bundle's whole process. */
  readonly seconds: number;
  /** How many requests the fake Vercel saw. */
  readonly requests: number;
}

export async function openPipeline(world: VercelWorld): Promise<Pipeline> {
  const { fake, team, project, token } = world;
  const root = await mkdtemp(join(tmpdir(), 'airlock-bench-'));
  const workspace = join(root, 'repository');
  await mkdir(join(workspace, '.github'), { recursive: true });
  const configuration = {
    version: 1,
    app: 'shop',
    build: { output: '.vercel/output' },
    environments: {
      production: {
        target: { vercel: { project: project.name, team: team.slug } },
        url: project.domains[0],
      },
    },
  };
  await writeFile(join(workspace, '.github/airlock.yml'), stringify(configuration));
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
  github.addRepository({ owner: OWNER, name: NAME, directory: workspace });
  const begin = () => {
    const { id: runId } = github.openRun({
      repository: `${OWNER}/${NAME}`,
      workflowPath: '.github/workflows/release.yml',
      workflowName: 'Release',
      event: 'push',
      ref: 'refs/heads/main',
      sha: commit,
      actor: 'ada',
    });
    return { runId, token: github.mintToken({ runId, job: 'production', permissions: PERMISSIONS }) };
  };
  let current = begin();

  const timed = async (
    name: string,
    inputs: Readonly<Record<string, string>>,
  ): Promise<Timed & BundleRun> => {
    const { length } = fake.requests;
    const began = process.hrtime.bigint();
    const ended = await runBundle(name, {
      workspace,
      inputs: { environment: 'production', token: current.token, ...inputs },
      event: { name: 'push', payload: { ref: 'refs/heads/main', repository: { default_branch: 'main' } } },
      env: {
        GITHUB_API_URL: github.apiUrl,
        GITHUB_GRAPHQL_URL: github.graphqlUrl,
        GITHUB_SHA: commit,
        GITHUB_RUN_ID: String(current.runId),
        VERCEL_TOKEN: token,
        VERCEL_API_URL: fake.url,
      },
    });
    const seconds = Number(process.hrtime.bigint() - began) / 1e9;
    if (ended.outputs.result !== 'done') throw new Error(`${name} did not end well:\n${ended.log}`);
    return { ...ended, seconds, requests: fake.requests.length - length };
  };

  return {
    async deploy(version) {
      current = begin();
      const output = join(root, `built-${version}`);
      await mkdir(join(output, 'static'), { recursive: true });
      await writeFile(join(output, 'config.json'), '{"version":3}');
      await writeFile(join(output, 'static/index.html'), version);
      const folder = `release-${version}`;
      const sealed = await sealRelease({
        app: 'shop',
        version,
        commit,
        builtAt: '2026-11-01T10:00:00.000Z',
        output,
        migrations: undefined,
        into: join(workspace, folder),
        signal: NEVER,
      });
      const release = { release: folder, digest: sealed.release.digest };
      const { outputs, seconds, requests } = await timed('deploy', release);
      return { ...release, deployment: outputs['deployment-id'] ?? '', seconds, requests };
    },
    promote: ({ deployment, release, digest }) =>
      timed('promote', { 'deployment-id': deployment, release, digest, verdict: 'pass' }),
    rollback() {
      // One run takes one release back, however often it is asked.
      current = begin();
      return timed('rollback', { reason: 'to see how long it takes' });
    },
    async close() {
      await github.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}
