import { relative, resolve } from 'node:path';
import { readConfiguration } from '../config/load.ts';
import type { Configuration } from '../domain/configuration.ts';
import type { Runner } from '../runner/runner.ts';
import { targetSchemas } from '../targets/registry.ts';

/** Reads the repository's airlock.yml, each target's settings held to its own provider. */
export async function openConfiguration(runner: Runner, path: string): Promise<Configuration> {
  const file = resolve(runner.workspace, path);
  return readConfiguration(file, relative(runner.workspace, file), targetSchemas);
}
