import { relative, resolve } from 'node:path';
import { penFor, screenOf } from '../../rehearsal/view/screen.ts';
import { readWorkflows } from '../../src/callers/read-workflows.ts';
import { readConfiguration } from '../../src/config/load.ts';
import { examine } from '../../src/cycle/examine.ts';
import { verdictOf } from '../../src/domain/doctor/diagnose.ts';
import { Failure } from '../../src/domain/failure.ts';
import { connectGitHub } from '../../src/github/api.ts';
import { createRepositorySettings } from '../../src/github/repository-settings.ts';
import { systemClock } from '../../src/runner/clock.ts';
import { processRunner } from '../../src/runner/processes.ts';
import { targetSchemas } from '../../src/targets/registry.ts';
import { HELP, readOptions } from './options.ts';
import { render } from './render.ts';
import { originOf } from './repository.ts';

const EXIT = { sound: 0, open: 1, unknown: 2 } as const;
const INTERRUPTED = 130;

const cancel = new AbortController();
process.once('SIGINT', () => cancel.abort(new Failure('CANCELLED', 'Cancelled.', 'Start it again.')));

process.exitCode = await main(process.argv.slice(3)).catch((error: unknown) => {
  process.stderr.write(explain(error));
  return cancel.signal.aborted ? INTERRUPTED : EXIT.unknown;
});

/** Examines the repository of this folder, and says by its exit code what came of it. */
async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (options === undefined) {
    process.stdout.write(HELP);
    return 0;
  }
  const { env } = process;
  const directory = process.cwd();
  const token = env.GH_TOKEN || env.GITHUB_TOKEN;
  if (token === undefined || token === '')
    throw new Failure(
      'TOKEN_MISSING',
      'There is no token for GitHub: neither GH_TOKEN nor GITHUB_TOKEN is set.',
      'Run `GH_TOKEN=$(gh auth token) airlock doctor`, or set a token that may read the settings (docs/doctor.md).',
    );
  const file = resolve(directory, options.config);
  const configuration = await readConfiguration(file, relative(directory, file), targetSchemas);
  const repository = options.repository ?? (await originOf(directory, processRunner));
  const rest = env.GITHUB_API_URL || 'https://api.github.com';
  const github = connectGitHub({
    token,
    api: { rest, graphql: env.GITHUB_GRAPHQL_URL || `${rest}/graphql` },
    repository,
    clock: systemClock,
    signal: cancel.signal,
  });
  const findings = await examine({
    repository,
    configuration,
    settings: createRepositorySettings(github),
    workflows: { read: () => readWorkflows(directory) },
  });
  const pen = penFor(screen());
  process.stdout.write(
    options.json
      ? `${JSON.stringify(findings, undefined, 2)}\n`
      : render(`${repository.owner}/${repository.name}`, findings, pen),
  );
  return EXIT[verdictOf(findings, 'open')];
}

/** Colours only for a terminal: a file or a pipe gets plain text. */
function screen() {
  const { isTTY } = process.stdout;
  const found = screenOf(process.stdout, process.env);
  return isTTY === true ? found : { ...found, colour: false };
}

/** What went wrong and what to do; a stack only for what nobody expected. */
function explain(error: unknown): string {
  if (error instanceof Failure) return `${error.code}: ${error.message}\nNext: ${error.next}\n`;
  return `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`;
}
