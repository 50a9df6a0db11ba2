import { resolve } from 'node:path';
import { buildCheck } from '../../../actions/build-check/run.ts';
import { createChecker } from '../../../src/checks/checker.ts';
import type { BuildCheckSettings, Configuration } from '../../../src/domain/configuration.ts';
import { standardRoutes } from '../../../src/domain/routes/settings.ts';
import type { Log } from '../../../src/ports/log.ts';
import { diskReleaseStore } from '../../../src/release/disk-release-store.ts';
import { systemClock } from '../../../src/runner/clock.ts';
import { processRunner } from '../../../src/runner/processes.ts';
import { about } from '../release/trees.ts';

const identity = { version: about.version, commit: about.commit, builtAt: about.builtAt };

export const run = (name: string, command: string, ...needs: string[]): BuildCheckSettings => ({
  name,
  kind: 'run',
  run: command,
  needs,
  timeoutMs: 60_000,
});

/** A log that can be read, one line or group heading each; a group's lines are indented. */
function readableLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  let indent = '';
  const add = (prefix: string) => (message: string) => {
    lines.push(...message.split('\n').map((line) => `${indent}${prefix}${line}`));
  };
  return {
    lines,
    info: add(''),
    debug: add('debug: '),
    warning: add('warning: '),
    error: add('error: '),
    mask: () => undefined,
    async group(title, work) {
      if (indent !== '') throw new Error('a group inside a group');
      lines.push(title);
      indent = '  ';
      const result = await work();
      indent = '';
      return result;
    },
  };
}

export const checkerFor = (
  workspace: string,
  variables: Record<string, string> = {},
  configured: readonly string[] = [],
) => createChecker({ workspace, processes: processRunner, variables, configured, release: identity });

/** Runs build-check as its main does, on the real machine, in a folder that stands for the repository. */
export async function check(
  workspace: string,
  checks: readonly BuildCheckSettings[],
  options: {
    seal?: boolean;
    signal?: AbortSignal;
    lanes?: number;
    migrations?: string;
    skip?: string[];
  } = {},
) {
  const log = readableLog();
  const configuration: Configuration = {
    version: 1,
    app: about.app,
    build: { output: 'dist', checks },
    serve: undefined,
    database:
      options.migrations === undefined
        ? undefined
        : {
            migrator: 'sql',
            migrations: options.migrations,
            lockTimeoutMs: 1,
            statementTimeoutMs: 1,
            lockBudgetMs: 1,
          },
    environments: [],
    routes: standardRoutes([]),
    hotfix: {
      branches: ['hotfix/**'],
      skip: { gates: [], checks: [] },
      most: { lines: 400, files: 20 },
      approvalEnvironment: undefined,
    },
    preview: undefined,
  };
  const outcome = await buildCheck(
    {
      config: '.github/airlock.yml',
      version: about.version,
      commit: about.commit,
      'build-time': about.builtAt,
      release: 'airlock-release',
      configured: [],
      skip: options.skip ?? [],
      seal: options.seal ?? true,
    },
    {
      configuration,
      checker: checkerFor(workspace),
      releases: diskReleaseStore,
      log,
      clock: systemClock,
      lanes: options.lanes ?? 4,
      absolute: (path) => resolve(workspace, path),
    },
    options.signal ?? new AbortController().signal,
  );
  return { outcome, log: log.lines };
}
