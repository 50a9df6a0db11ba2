import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
  // Airlock's own folder is read as it lies there.
  write(join(root, 'suite'), suite);
  const sha = headOf(source);
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

type Written = readonly (readonly [path: string, text: string])[];

function write(directory: string, files: Files): Written {
  const named = Object.entries({ 'README.md': 'x\n', ...files }).map(
    ([path, text]) => [path === 'ci.yml' ? WORKFLOW : path, text] as const,
  );
  for (const [path, text] of named) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return named;
}

/** Folder of a repository whose one commit has these files. One process writes it, not one for each thing git does. */
function repository(directory: string, files: Files): string {
  const named = write(directory, files);
  const git = join(directory, '.git');
  for (const folder of ['objects', 'refs/heads']) mkdirSync(join(git, folder), { recursive: true });
  writeFileSync(join(git, 'HEAD'), 'ref: refs/heads/main\n');
  writeFileSync(join(git, 'config'), '[core]\n\trepositoryformatversion = 0\n\tbare = false\n');
  const input = [
    'commit refs/heads/main\ncommitter t <t@example.com> now\n',
    data('first'),
    ...named.flatMap(([path, text]) => [`M 100644 inline ${path}\n`, data(text)]),
  ].join('');
  execFileSync('git', ['-C', directory, 'fast-import', '--quiet', '--date-format=now'], { input });
  return directory;
}

const data = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`;

const headOf = (directory: string): string =>
  readFileSync(join(directory, '.git/refs/heads/main'), 'utf8').trim();
