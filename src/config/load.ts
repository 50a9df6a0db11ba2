import { open, stat } from 'node:fs/promises';
import type { Configuration } from '../domain/configuration.ts';
import { Failure } from '../domain/failure.ts';
import { complete } from './complete.ts';
import { explain, withKnownKeys } from './explain.ts';
import { ConfigurationFailure } from './problem.ts';
import { brokenRules } from './rules.ts';
import { configurationFile } from './schema.ts';
import type { TargetSchemas } from './target-schema.ts';
import { MOST_BYTES, readYaml } from './yaml.ts';

/**
 * Reads the text of an airlock.yml.
 *
 * @param file how the file is called in problems: its path in the repository
 * @param targets what is known of each provider, by its id
 * @throws ConfigurationFailure that names every problem with its line and column
 */
export function parseConfiguration(bytes: Uint8Array, file: string, targets: TargetSchemas): Configuration {
  const source = readYaml(bytes, file);
  const read = configurationFile(targets).safeParse(source.value, { error: withKnownKeys });
  const problems = [...explain(read.error?.issues ?? [], source), ...brokenRules(source, targets)];
  if (!read.success || problems.length > 0) throw new ConfigurationFailure(file, problems);
  return complete(read.data);
}

/**
 * Reads an airlock.yml from disk.
 *
 * @param path where it is on disk
 * @param file how it is called in problems: its path in the repository
 * @throws Failure CONFIG_NOT_FOUND, CONFIG_UNREADABLE; ConfigurationFailure
 */
export async function readConfiguration(
  path: string,
  file: string,
  targets: TargetSchemas,
): Promise<Configuration> {
  return parseConfiguration(await readAtMost(path, file, MOST_BYTES + 1), file, targets);
}

/** The first bytes of a regular file: a device or an endless file must not hold the run up. */
async function readAtMost(path: string, file: string, most: number): Promise<Uint8Array> {
  try {
    // Before it is opened: opening a pipe waits for its other end.
    if (!(await stat(path)).isFile()) throw new Error('it is not a regular file');
    await using handle = await open(path, 'r');
    const buffer = new Uint8Array(most);
    let length = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, length, most - length);
      length += bytesRead;
      if (bytesRead === 0 || length === most) return buffer.subarray(0, length);
    }
  } catch (cause) {
    if (isMissing(cause)) {
      throw new Failure(
        'CONFIG_NOT_FOUND',
        `There is no ${file} in the checked-out repository.`,
        `Add ${file} (docs/configuration.md has one to start from), and check that actions/checkout runs before.`,
        { cause, at: { file } },
      );
    }
    throw new Failure(
      'CONFIG_UNREADABLE',
      `${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      `Make ${file} a regular file that the runner may read.`,
      { cause, at: { file } },
    );
  }
}

const isMissing = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR');
