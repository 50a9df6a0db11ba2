import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The files through which one step speaks to the runner. Each step gets fresh ones. */
export interface CommandFiles {
  readonly output: string;
  readonly env: string;
  readonly path: string;
  readonly state: string;
  readonly summary: string;
}

/** What a step wrote into its files. */
export interface FileCommands {
  readonly outputs: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  readonly path: readonly string[];
  readonly state: Readonly<Record<string, string>>;
  readonly summary: string;
  /** What could not be read, in words for the step's log. Any of it fails the step. */
  readonly problems: readonly string[];
}

/** 1 MiB, per step. */
const SUMMARY_LIMIT = 1024 * 1024;

const KINDS = ['output', 'env', 'path', 'state', 'summary'] as const;

/** Makes one step's empty files in `folder`. */
export async function createCommandFiles(folder: string): Promise<CommandFiles> {
  await mkdir(folder, { recursive: true });
  const suffix = randomUUID();
  const files = {
    output: join(folder, `set_output_${suffix}`),
    env: join(folder, `set_env_${suffix}`),
    path: join(folder, `add_path_${suffix}`),
    state: join(folder, `save_state_${suffix}`),
    summary: join(folder, `step_summary_${suffix}`),
  };
  await Promise.all(KINDS.map((kind) => writeFile(files[kind], '')));
  return files;
}

/** Reads what the step wrote and removes the files. */
export async function takeFileCommands(files: CommandFiles): Promise<FileCommands> {
  const problems: string[] = [];
  const pairs = async (kind: 'output' | 'env' | 'state') => {
    try {
      return parsePairs(await readText(files[kind]));
    } catch (error) {
      problems.push(`Unable to process file command '${kind}' successfully.`, messageOf(error));
      return {};
    }
  };
  const [outputs, written, state] = [await pairs('output'), await pairs('env'), await pairs('state')];
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(written)) {
    if (name.toUpperCase() === 'NODE_OPTIONS')
      problems.push(`Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.`);
    else if (!/^(GITHUB|RUNNER)_/i.test(name)) env[name] = value;
  }
  let summary = '';
  const size = (await stat(files.summary).catch(() => undefined))?.size ?? 0;
  if (size > SUMMARY_LIMIT)
    problems.push(
      `$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k, got ${Math.ceil(size / 1024)}k.`,
    );
  else summary = await readText(files.summary);
  const path = (await readText(files.path)).split('\n').filter((line) => line !== '');
  await Promise.all(KINDS.map((kind) => rm(files[kind], { force: true })));
  return { outputs, env, path, state, summary, problems };
}

/** Reads `NAME=value` and `NAME<<DELIMITER` blocks. Throws with the runner's own words for anything else. */
export function parsePairs(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? '';
    if (line === '') continue;
    const equals = line.indexOf('=');
    const heredoc = line.indexOf('<<');
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      if (equals === 0) throw new Error(`Invalid format '${line}'. Name must not be empty`);
      found[line.slice(0, equals)] = line.slice(equals + 1);
    } else if (heredoc >= 0) {
      const [name, delimiter] = [line.slice(0, heredoc), line.slice(heredoc + 2)];
      if (name === '' || delimiter === '')
        throw new Error(`Invalid format '${line}'. Name must not be empty and delimiter must not be empty`);
      const end = lines.indexOf(delimiter, index + 1);
      if (end === -1) throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`);
      found[name] = lines.slice(index + 1, end).join('\n');
      index = end;
    } else {
      throw new Error(`Invalid format '${line}'`);
    }
  }
  return found;
}

// A step may remove its own files; that is as if it had written nothing.
const readText = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
