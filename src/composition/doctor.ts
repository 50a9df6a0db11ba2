import { readWorkflows } from '../callers/read-workflows.ts';
import type { Examined } from '../cycle/examine.ts';
import { createRepositorySettings } from '../github/repository-settings.ts';
import type { Runner } from '../runner/runner.ts';
import { openConfiguration } from './configuration.ts';
import { connect } from './ledger.ts';

/** This run's repository, for the doctor to examine. */
export async function openExamination(
  runner: Runner,
  inputs: { readonly config: string; readonly token: string },
): Promise<Examined> {
  return {
    repository: runner.event.repository,
    configuration: await openConfiguration(runner, inputs.config),
    settings: createRepositorySettings(connect(runner, inputs.token, runner.signal)),
    workflows: { read: () => readWorkflows(runner.workspace) },
  };
}
