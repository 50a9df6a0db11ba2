import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { RunEvent } from '../../../rehearsal/executor/events.ts';
import {
  Lanes,
  type Run,
  type RunRequest,
  type RunResult,
  startRun,
} from '../../../rehearsal/executor/executor.ts';
import { MemoryRunService } from '../../fakes/memory-run-service.ts';

/** No upkeep either: nobody stays long enough to need it. */
const AUTHOR = ['user.name=t', 'user.email=t@example.com', 'maintenance.auto=false'].flatMap((one) => [
  '-c',
  one,
]);
const WORKFLOW = '.github/workflows/ci.yml';

/** Texts by path; `ci.yml` is short for the caller's workflow. */
export type Files = Readonly<Record<string, string>>;

export interface Scene {
  readonly service: MemoryRunService;
  readonly lanes: Lanes;
  readonly root: string;
  readonly source: string;
  readonly sha: string;
  readonly events: RunEvent[];
  start(over?: Partial<RunRequest>): Run;
  run(over?: Partial<RunRequest>): Promise<RunResult>;
  /** Lines that a job logged, without those the executor writes of itself. */
  lines(job: string): string[];
  /** Conclusion of each step of a job, `stage id` → conclusion, in order of their end. */
  steps(job: string): Record<string, string>;
  /** Resolves with the first event, past or to come, that passes. */
  event<T extends RunEvent['type']>(
    type: T,
    passes?: (event: Extract<RunEvent, { type: T }>) => boolean,
  ): Promise<Extract<RunEvent, { type: T }>>;
}

/** A caller repository and Airlock's own, with these files, in folders that go away after the test. */
export function scene(caller: Files, suite: Files = {}): Scene {
  const root = mkdtempSync(join(tmpdir(), 'executor-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }));
  const source = repository(join(root, 'caller'), caller);
  repository(join(root, 'suite'), suite);
  const sha = git(source, 'rev-parse', 'HEAD');
  const service = new MemoryRunService();
  const lanes = new Lanes();
  const events: RunEvent[] = [];
  const watchers = new Set<() => void>();
  const start = (over: Partial<RunRequest> = {}): Run =>
    startRun({
      repository: 'octo/shop',
      source,
      workflowPath: WORKFLOW,
      event: { name: 'push', payload: { head_commit: { message: 'hello' } } },
      ref: 'refs/heads/main',
      sha,
      actor: 'mona',
      suite: { repository: 'owner/airlock', directory: join(root, 'suite') },
      service,
      lanes,
      secrets: {},
      environmentSecrets: {},
      variables: {},
      environmentVariables: {},
      node24: process.execPath,
      workRoot: join(root, 'work'),
      grace: { interruptMs: 150, terminateMs: 100 },
      ...over,
      onEvent: (event) => {
        events.push(event);
        for (const watcher of [...watchers]) watcher();
        over.onEvent?.(event);
      },
    });
  return {
    service,
    lanes,
    root,
    source,
    sha,
    events,
    start,
    run: (over) => start(over).done,
    lines: (job) =>
      events.flatMap((event) =>
        event.type === 'log' && event.job === job && event.step !== undefined ? [event.line] : [],
      ),
    steps: (job) =>
      Object.fromEntries(
        events.flatMap((event) =>
          event.type === 'step-ended' && event.job === job
            ? [[`${event.step.stage} ${event.step.id}`, event.conclusion]]
            : [],
        ),
      ),
    event: (type, passes = () => true) =>
      new Promise((resolve) => {
        const look = () => {
          for (const event of events) {
            if (event.type !== type) continue;
            const found = event as Extract<RunEvent, { type: typeof type }>;
            if (!passes(found)) continue;
            watchers.delete(look);
            resolve(found);
            return;
          }
        };
        watchers.add(look);
        look();
      }),
  };
}

/** Conclusions by job. */
export const byJob = (result: RunResult): Record<string, string> =>
  Object.fromEntries(result.jobs.map((job) => [job.id, job.conclusion]));

/** Outputs of one job, which must have run. */
export function outputsOf(result: RunResult, job: string): Readonly<Record<string, string>> {
  const found = result.jobs.find((candidate) => candidate.id === job);
  expect(found, `job ${job}`).toBeDefined();
  return found?.outputs ?? {};
}

function repository(directory: string, files: Files): string {
  mkdirSync(directory, { recursive: true });
  for (const [path, text] of Object.entries({ 'README.md': 'x\n', ...files })) {
    const full = join(directory, path === 'ci.yml' ? WORKFLOW : path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, text);
  }
  git(directory, 'init', '--quiet', '--initial-branch=main', '--template=');
  git(directory, 'add', '--all');
  git(directory, ...AUTHOR, 'commit', '--quiet', '-m', 'first');
  return directory;
}

function git(directory: string, ...args: string[]): string {
  return execFileSync('git', ['-C', directory, ...args], { encoding: 'utf8' }).trim();
}
