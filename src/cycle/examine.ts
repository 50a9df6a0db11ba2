import type { Configuration } from '../domain/configuration.ts';
import { diagnose, type Finding } from '../domain/doctor/diagnose.ts';
import type { RepositorySettings } from '../ports/repository-settings.ts';
import type { WorkflowFiles } from '../ports/workflow-files.ts';

export interface Examined {
  readonly repository: { readonly owner: string; readonly name: string };
  readonly configuration: Configuration;
  readonly settings: RepositorySettings;
  readonly workflows: WorkflowFiles;
}

/** Reads how a repository is set up and says what is open. Changes nothing. */
export async function examine({
  repository,
  configuration,
  ...ports
}: Examined): Promise<readonly Finding[]> {
  const settings = await ports.settings.read(configuration.environments.map(({ name }) => name));
  return diagnose({ repository, configuration, settings, workflows: await ports.workflows.read() });
}
