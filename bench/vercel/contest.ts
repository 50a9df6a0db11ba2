import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { VercelWorld } from './world.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const PEAK = new URL('./contenders/peak.mjs', import.meta.url).href;
/** Milliseconds from being asked to end to being ended. */
const GRACE = 10_000;

/** What is done, by each contender in its own way. */
export type Task =
  | { readonly verb: 'stage' }
  | { readonly verb: 'promote' | 'rollback'; readonly deployment: string };

/** Arguments for Node: a program, and what it is told to do. */
export type Contender = (task: Task, world: VercelWorld) => readonly string[];

export interface Result {
  /** Of the whole process. Of one that was stopped or failed: its time until then. */
  readonly seconds: number;
  readonly end: 'done' | 'stopped' | 'failed';
  /** The most memory that one of its processes had at once, in bytes. */
  readonly peak: number;
  /** How many requests the fake saw. */
  readonly requests: number;
}

export const airlock: Contender = (task, { team, project }) => [
  here('./contenders/airlock.ts'),
  task.verb,
  team.slug,
  project.name,
  // A release that nobody has staged yet.
  task.verb === 'stage' ? randomUUID().replaceAll('-', '') : task.deployment,
];

/** Has no promote. */
export const client: Contender = (_task, { team, project }) => [
  here('./contenders/client.ts'),
  team.id,
  project.name,
];

/** @param program the installed `vercel` */
export const commandLine =
  (program: string): Contender =>
  (task, { fake, team, token }) => [
    program,
    ...(task.verb === 'stage'
      ? ['deploy', '--prebuilt', '--prod', '--skip-domain']
      : [task.verb, task.deployment]),
    ...['--yes', '--token', token, '--api', fake.url, '--scope', team.slug],
  ];

/**
 * Runs one contender to its end, as a process of its own.
 *
 * @param options after how many seconds it is stopped, and whether its failure is a result
 * @throws Error when it fails and may not, or did not do its task
 */
export async function run(
  contender: Contender,
  task: Task,
  world: VercelWorld,
  { limit = Number.POSITIVE_INFINITY, mayFail = false } = {},
): Promise<Result> {
  const { fake, token, app, home } = world;
  const peaks = join(home, randomUUID());
  await mkdir(peaks);
  const requestsBefore = fake.requests.length;
  const deploymentsBefore = world.project.deployments().length;
  const began = process.hrtime.bigint();
  const child = spawn(process.execPath, contender(task, world), {
    cwd: app,
    env: {
      PATH: process.env.PATH,
      HOME: home,
      RUNNER_TEMP: home,
      CI: '1',
      VERCEL_TOKEN: token,
      VERCEL_API_URL: fake.url,
      VERCEL_TELEMETRY_DISABLED: '1',
      NODE_OPTIONS: `--import ${PEAK}`,
      BENCH_PEAKS: peaks,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { code, output, stopped } = await ended(child, limit);
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  const isDone =
    task.verb === 'stage'
      ? world.project.deployments().length === deploymentsBefore + 1
      : world.project.live() === task.deployment;
  const end = stopped ? 'stopped' : code === 0 && isDone ? 'done' : 'failed';
  if (end === 'failed') {
    if (!mayFail) throw new Error(`${task.verb} ended with ${code}:\n${output}`);
    console.error(output);
  }
  return { seconds, end, peak: await highest(peaks), requests: fake.requests.length - requestsBefore };
}

async function ended(
  child: ChildProcess,
  limit: number,
): Promise<{ code: number | null; output: string; stopped: boolean }> {
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      output = (output + chunk).slice(-2_000);
    });
  let stopped = false;
  const timers: NodeJS.Timeout[] = [];
  if (Number.isFinite(limit))
    timers.push(
      setTimeout(() => {
        stopped = true;
        child.kill('SIGTERM');
        timers.push(setTimeout(() => child.kill('SIGKILL'), GRACE));
      }, limit * 1000),
    );
  const code = await new Promise<number | null>((done) => child.on('close', done));
  for (const timer of timers) clearTimeout(timer);
  return { code, output, stopped };
}

async function highest(folder: string): Promise<number> {
  const peaks = await Promise.all(
    (await readdir(folder)).map(async (name) => Number(await readFile(join(folder, name), 'utf8'))),
  );
  return Math.max(...peaks) * 1024;
}
