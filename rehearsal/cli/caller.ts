import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { Failure } from '../../src/domain/failure.ts';

/** The workflow of the app's repository that calls Airlock's pipeline. */
export interface Caller {
  /** `.github/workflows/x.yml` */
  readonly path: string;
  /** The event that starts it in a rehearsal. */
  readonly event: 'push' | 'workflow_dispatch';
  /** `owner/name` of the Airlock that it calls. */
  readonly suite: string;
  /** The configuration it passes on. */
  readonly config: string;
}

const FOLDER = '.github/workflows';
/** Where an airlock.yml is that the caller does not name. */
export const CONFIG = '.github/airlock.yml';
const CALL = /^([^/\s]+\/[^/\s]+)\/\.github\/workflows\/pipeline\.ya?ml@.+$/;

/**
 * Finds the workflow that calls the pipeline.
 *
 * @param wanted its path when a person named it
 * @throws Failure CALLER_NOT_FOUND, CALLER_AMBIGUOUS, CALLER_EVENT
 */
export async function findCaller(directory: string, wanted: string | undefined): Promise<Caller> {
  const callers =
    wanted === undefined
      ? await callersIn(directory)
      : await readCaller(directory, wanted.replace(/^\.\//, ''));
  const [caller, ...others] = callers;
  if (caller === undefined)
    throw new Failure(
      'CALLER_NOT_FOUND',
      wanted === undefined
        ? `No workflow in ${FOLDER} calls Airlock's pipeline.`
        : `${wanted} is not a workflow that calls Airlock's pipeline.`,
      'Add the caller workflow of the README, or name it with `--workflow`.',
    );
  if (others.length > 0)
    throw new Failure(
      'CALLER_AMBIGUOUS',
      `Several workflows call Airlock's pipeline: ${callers.map(({ path }) => path).join(', ')}.`,
      'Name one of them with `--workflow`.',
    );
  return caller;
}

/**
 * Every workflow of an app that calls the pipeline, by path.
 *
 * @throws Failure CALLER_EVENT
 */
export async function callersIn(directory: string): Promise<readonly Caller[]> {
  const names = (await readdir(join(directory, FOLDER)).catch(() => [])).filter((name) =>
    /\.ya?ml$/.test(name),
  );
  const read = names.sort().map((name) => readCaller(directory, `${FOLDER}/${name}`));
  return (await Promise.all(read)).flat();
}

async function readCaller(directory: string, path: string): Promise<Caller[]> {
  const text = await readFile(join(directory, path), 'utf8').catch(() => '');
  const workflow = readYaml(text);
  for (const job of Object.values(recordOf(workflow.jobs))) {
    const { uses, with: inputs } = recordOf(job);
    const suite = typeof uses === 'string' ? CALL.exec(uses)?.[1] : undefined;
    if (suite === undefined) continue;
    const { config } = recordOf(inputs);
    return [
      {
        path,
        event: eventOf(path, workflow.on),
        suite,
        config: typeof config === 'string' ? config : CONFIG,
      },
    ];
  }
  return [];
}

function eventOf(path: string, on: unknown): Caller['event'] {
  const names = typeof on === 'string' ? [on] : Array.isArray(on) ? on : Object.keys(recordOf(on));
  if (names.includes('push')) return 'push';
  if (names.includes('workflow_dispatch')) return 'workflow_dispatch';
  throw new Failure(
    'CALLER_EVENT',
    `${path} runs neither on \`push\` nor on \`workflow_dispatch\`.`,
    'Add one of them under `on:`: a rehearsal starts the workflow with it.',
  );
}

/** What cannot be read calls nothing; the executor says what is wrong with a workflow that does. */
function readYaml(text: string): Record<string, unknown> {
  try {
    return recordOf(parse(text));
  } catch {
    return {};
  }
}

const recordOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
