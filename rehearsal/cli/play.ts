import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readWorkflows } from '../../src/callers/read-workflows.ts';
import { readConfiguration } from '../../src/config/load.ts';
import { suggestion } from '../../src/config/nearest.ts';
import type { WorkflowFile } from '../../src/domain/doctor/facts.ts';
import { Failure } from '../../src/domain/failure.ts';
import { targetSchemas } from '../../src/targets/registry.ts';
import { type Injection, struckEnvironment } from '../faults/injection.ts';
import { type FaultPlan, planFault } from '../faults/plan-fault.ts';
import { portLike } from '../services/ports.ts';
import { type Cast, castApprovers, starterFor } from '../world/approvers.ts';
import { openStageSet, type StageSet } from '../world/stage-set.ts';
import { copyApp, type WorkTree } from '../world/work-tree.ts';
import { databaseName } from '../world/world.ts';
import { type Caller, CONFIG, callersIn, findCaller, startOf } from './caller.ts';
import { findListener, type Listener } from './listener.ts';
import type { RehearseOptions } from './options.ts';
import type { Recorder } from './recorder.ts';

/** Airlock's own checkout. */
export const SUITE = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '');
/** The person who approves in GitHub's environments. */
export const LOGIN = 'you';
/** The workflow of docs/hotfix.md. */
export const HOTFIX = '.github/workflows/hotfix.yml';

/** Everything that is decided before anything runs. */
export interface Play {
  readonly stageSet: StageSet;
  readonly caller: Caller;
  readonly tree: WorkTree;
  readonly directory: string;
  readonly repository: string;
  readonly fault: FaultPlan | undefined;
  /** Whose push starts a run: nobody approves their own. */
  readonly starter: string;
  /** Who approves by comment. */
  readonly cast: Cast;
  /** The workflow that asks and hears them; undefined where nobody approves by comment. */
  readonly listener: Listener | undefined;
  /** The environment whose visitors are counted. */
  readonly stageEnvironment: string;
}

/**
 * Copies the app, moves it to this machine and plans the fault.
 *
 * @param closing gets what ends the services that were started, also when this throws
 * @throws Failure for whatever keeps this app from being rehearsed as asked
 */
export async function prepare(
  options: RehearseOptions,
  root: string,
  recorder: Recorder,
  closing: (() => Promise<unknown>)[],
): Promise<Play> {
  const from = await sourceOf(options);
  const caller = await findCaller(from, options.workflow);
  const original = await readConfiguration(join(from, caller.config), caller.config, targetSchemas);
  recorder.tell({ type: 'act', act: 'prepare', app: original.app });
  const note = (text: string) => recorder.tell({ type: 'note', text });
  const files = await readWorkflows(from);
  const releasing = releasingIn(files, [caller.path, ...(options.scenario === 'hotfix' ? [HOTFIX] : [])]);
  const listener = findListener(files, original, caller.suite, releasing);
  if (listener?.asksOn === 'schedule' || listener?.hearsOn === 'schedule')
    note(`${listener.path} waits for its schedule on GitHub; here its time comes at once`);
  const { environments } = startOf(caller, original);
  const stageEnvironment = chosenEnvironment(options.environment, environments);
  const struck = options.inject && struckEnvironment(options.inject, environments);

  const directory = join(root, 'repository');
  const tree = await copyApp(from, directory);
  const stageSet = await openStageSet({
    text: await tree.read(caller.config),
    path: caller.config,
    target: options.target,
    folder: root,
    port: portLike,
  });
  closing.push(stageSet.close);
  for (const text of stageSet.notes) note(text);
  await tree.write(caller.config, stageSet.text);

  // A fault that cannot be injected is said before anything runs.
  const fault = await plannedFault(options.inject, struck, stageSet, tree);
  if (fault !== undefined) note(`fault: ${fault.what}`);
  // The same owner as Airlock's own repository: secrets are inherited within one organisation only.
  const [owner] = caller.suite.split('/');
  const repository = `${owner}/${basename(from)}`;
  const cast = castApprovers(stageSet.configuration);
  const people = { cast, starter: starterFor(cast), listener };
  return { stageSet, caller, tree, directory, repository, fault, stageEnvironment, ...people };
}

/** Names of workflows, as GitHub tells them apart where one follows another. One that is added here has the name of the docs. */
const releasingIn = (files: readonly WorkflowFile[], paths: readonly string[]): readonly string[] =>
  paths.map((path) => {
    const found = files.find((one) => one.kind === 'read' && one.workflow.file === path);
    return found?.kind === 'read' ? found.workflow.name : 'Hotfix';
  });

/** Folders of `examples/` with an airlock.yml and a workflow that calls the pipeline. */
async function examplesToRehearse(): Promise<readonly string[]> {
  const folder = join(SUITE, 'examples');
  const names = (await readdir(folder)).sort();
  const found = await Promise.all(
    names.map(async (name) => {
      const directory = join(folder, name);
      return existsSync(join(directory, CONFIG)) && (await callersIn(directory)).length > 0;
    }),
  );
  return names.filter((_, index) => found[index]);
}

/**
 * The app's folder.
 *
 * @throws Failure EXAMPLE_UNKNOWN, REPOSITORY_NOT_FOUND
 */
export async function sourceOf({
  repository,
  example,
}: Pick<RehearseOptions, 'repository' | 'example'>): Promise<string> {
  if (repository === undefined) {
    const examples = await examplesToRehearse();
    if (!examples.includes(example))
      throw new Failure(
        'EXAMPLE_UNKNOWN',
        `There is no example ${JSON.stringify(example)} to rehearse${suggestion(example, examples) || '.'}`,
        `Use one of: ${examples.join(', ')}.`,
      );
    return join(SUITE, 'examples', example);
  }
  const folder = resolve(repository);
  await readdir(folder).catch((cause: unknown) => {
    throw new Failure(
      'REPOSITORY_NOT_FOUND',
      `${folder} is not a folder that can be read.`,
      'Correct `--repo`.',
      {
        cause,
      },
    );
  });
  return folder;
}

function chosenEnvironment(wanted: string | undefined, names: readonly string[]): string {
  if (wanted === undefined) return names.find((name) => name === 'production') ?? names.at(-1) ?? '';
  if (names.includes(wanted)) return wanted;
  throw new Failure(
    'ENVIRONMENT_UNKNOWN',
    `The pipeline enters no environment ${JSON.stringify(wanted)}${suggestion(wanted, names)}`,
    `Name one of: ${names.join(', ')}.`,
  );
}

async function plannedFault(
  injection: Injection | undefined,
  struck: string | undefined,
  { configuration, text, places }: StageSet,
  tree: WorkTree,
): Promise<FaultPlan | undefined> {
  if (injection === undefined || struck === undefined || injection.kind === 'cancel') return undefined;
  const { database, environments, app } = configuration;
  return (places[struck]?.target.planFault ?? planFault)(injection, {
    configuration,
    configurationText: text,
    migrations:
      database === undefined ? [] : await readdir(join(tree.directory, database.migrations)).catch(() => []),
    databases: Object.fromEntries(environments.map(({ name }) => [name, databaseName(app, name)])),
    node: process.execPath,
  });
}
