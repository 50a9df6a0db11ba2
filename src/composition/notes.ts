import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createPublications } from '../github/releases.ts';
import { processRunner } from '../runner/processes.ts';
import type { Runner } from '../runner/runner.ts';
import { openConfiguration } from './configuration.ts';
import { connect, openLedger } from './ledger.ts';
import { refuseStrangers } from './strangers.ts';

/**
 * What it takes to write release notes: the ledger, the history, and where they are published.
 *
 * @throws Failure those of strangers
 */
export async function openNotes(
  runner: Runner,
  inputs: { readonly config: string; readonly environment: string; readonly token: string },
) {
  const configuration = await openConfiguration(runner, inputs.config);
  refuseStrangers(runner, configuration, inputs.environment);
  return {
    event: runner.event,
    server: runner.api.server,
    configuration,
    ledger: openLedger(runner, inputs.token),
    publications: createPublications(connect(runner, inputs.token, runner.signal)),
    repository: { processes: processRunner, workspace: runner.workspace, signal: runner.signal },
    redact: runner.redact,
    keepFile: async (name: string, content: string): Promise<string> => {
      const folder = join(runner.temporary, 'airlock-release-notes');
      await mkdir(folder, { recursive: true });
      const file = join(folder, name);
      await writeFile(file, content);
      return file;
    },
  };
}
