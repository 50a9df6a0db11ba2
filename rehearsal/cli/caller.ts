import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Configuration } from '../../src/domain/configuration.ts';
import { Failure } from '../../src/domain/failure.ts';
import { reachOf } from '../../src/domain/routes/reach.ts';

/** The workflow of the app's repository that calls Airlock's pipeline. */
export interface Caller {
  /** `.github/workflows/x.yml` */
  readonly path: string;
  /** The events that can start it in a rehearsal. */
  readonly events: readonly CallerEvent[];
  /** `owner/name` of the Airlock that it calls. */
  readonly suite: string;
  /** The configuration it passes on. */
  readonly config: string;
}

const EVENTS = ['push', 'workflow_dispatch'] as const;
export type CallerEvent = (typeof EVENTS)[number];

/** The ref on which everything starts. */
export const MAIN = 'refs/heads/main';

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

/**
 * What takes a commit on main the farthest, a push before a run by hand, and the environments that it enters.
 *
 * @throws Failure CALLER_EVENT
 */
export function startOf(
  { path, events }: Pick<Caller, 'path' | 'events'>,
  { routes, environments }: Pick<Configuration, 'routes' | 'environments'>,
): { readonly event: CallerEvent; readonly environments: readonly string[] } {
  const names = environments.map(({ name }) => name);
  const payload = { repository: { default_branch: 'main' } };
  const starts = events.map((event) => {
    const { to } = reachOf(routes, { name: event, ref: MAIN, refType: 'branch', payload });
    return { event, environments: names.slice(0, to === undefined ? 0 : names.indexOf(to) + 1) };
  });
  const [farthest] = starts.sort((one, other) => other.environments.length - one.environments.length);
  if (farthest !== undefined && farthest.environments.length > 0) return farthest;
  throw new Failure(
    'CALLER_EVENT',
    `\`routes:\` in airlock.yml sends neither a push to main nor a run by hand into an environment, as far as ${path} runs on them.`,
    'Name an environment in `routes.default-branch` or `routes.manual`: a rehearsal starts the workflow with one of them.',
  );
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
        events: eventsOf(path, workflow.on),
        suite,
        config: typeof config === 'string' ? config : CONFIG,
      },
    ];
  }
  return [];
}

function eventsOf(path: string, on: unknown): readonly CallerEvent[] {
  const names = typeof on === 'string' ? [on] : Array.isArray(on) ? on : Object.keys(recordOf(on));
  const events = EVENTS.filter((event) => names.includes(event));
  if (events.length > 0) return events;
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
