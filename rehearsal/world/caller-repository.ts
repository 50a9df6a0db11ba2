import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { type Document, parseDocument } from 'yaml';
import { parseConfiguration } from '../../src/config/load.ts';
import type { Configuration } from '../../src/domain/configuration.ts';
import type { EntryPayload } from '../../src/domain/ledger.ts';
import { readPayload } from '../../src/github/payload.ts';
import { targetSchemas } from '../../src/targets/registry.ts';
import { Lanes, type RunRequest } from '../executor/executor.ts';
import type { FakeGitHub } from '../github/fake-github.ts';
import type { RepositoryHandle } from '../github/repository-handle.ts';
import { freePort } from '../services/ports.ts';
import { openStageSet, type StageSet } from './stage-set.ts';
import { type WatchedRun, watchRun } from './watched-run.ts';
import { copyApp, type WorkTree } from './work-tree.ts';

const CONFIG = '.github/airlock.yml';
const DEPLOY = '.github/workflows/deploy.yml';
const BRANCH = 'refs/heads/main';
/** The signals of a cancel come sooner than on GitHub, and still leave a step time to end well. */
const GRACE = { interruptMs: 7_500, terminateMs: 1_000 };

export interface CallerRequest {
  /** Folder of the app. */
  readonly app: string;
  /** `owner/name` */
  readonly repository: string;
  readonly github: FakeGitHub;
  /** Airlock's own checkout. */
  readonly suite: { readonly repository: string; readonly directory: string };
  /** Environments to keep of those in airlock.yml; all when absent. */
  readonly environments?: readonly string[];
  /** Changes airlock.yml before the first commit. */
  readonly configure?: (document: Document) => void;
  /** Files that the app has beside its own, or instead of them. */
  readonly files?: Readonly<Record<string, string>>;
  /** Reviewers by environment; the others let everyone in. */
  readonly reviewers?: Readonly<Record<string, readonly string[]>>;
  readonly secrets?: Readonly<Record<string, string>>;
  /** By environment: also one that no release goes through, such as that of previews. */
  readonly environmentSecrets?: ByEnvironment;
  /** GitHub's `vars`, by environment. */
  readonly environmentVariables?: ByEnvironment;
}

type ByEnvironment = StageSet['secrets'];

/** What starts a run. What is left out is a push of the newest commit to `main`. */
export type Start = Partial<
  Pick<
    RunRequest,
    | 'ref'
    | 'sha'
    | 'actor'
    | 'triggeringActor'
    | 'inputs'
    | 'rerunOf'
    | 'rerunJob'
    | 'workflowPath'
    | 'hooks'
    | 'grace'
  >
> & {
  readonly event?: string;
  readonly payload?: Readonly<Record<string, unknown>>;
  /** For this run, beside the caller's own or instead of them. */
  readonly environmentSecrets?: ByEnvironment;
};

/** Who answers at an environment's public address. */
export interface Served {
  readonly status: number;
  readonly version: string | undefined;
  /** As the target's proxy or edge says it. */
  readonly deployment: string | undefined;
}

/** An entry of the ledger as GitHub has it. */
export interface Entry {
  readonly id: number;
  readonly task: string;
  readonly payload: EntryPayload;
  /** GitHub's states, oldest first. */
  readonly states: readonly string[];
  /** What the newest status says. */
  readonly description: string;
}

/** A repository that calls Airlock, its environments on this machine, and the runs that people start. */
export interface CallerRepository {
  readonly name: string;
  readonly root: string;
  /** Where the targets keep their state. */
  readonly state: string;
  readonly tree: WorkTree;
  readonly configuration: Configuration;
  /** Where each environment is on this machine, and what runs here for its target. */
  readonly places: StageSet['places'];
  readonly lanes: Lanes;
  git(...args: readonly string[]): Promise<string>;
  /** Commits files to the branch that is checked out; gives the commit. */
  commit(subject: string, files?: Readonly<Record<string, string>>): Promise<string>;
  /** Names who must let runs into an environment; with nobody, everyone comes in. */
  protect(environment: string, reviewers: readonly string[]): void;
  readonly pulls: Pick<RepositoryHandle, 'openPullRequest' | 'changePullRequest' | 'configure' | 'say'>;
  start(start?: Start): Promise<WatchedRun>;
  /** Asks an environment's public address for a JSON answer; undefined when nobody answers there. */
  serves(environment: string, path?: string): Promise<Served | undefined>;
  /** Newest first. */
  ledger(environment: string): readonly Entry[];
  /** Ends the app's processes and removes every file. */
  close(): Promise<void>;
}

/** Prepares a repository in a new folder: nothing of the app's own folder is touched. */
export async function openCaller(request: CallerRequest): Promise<CallerRepository> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'airlock-caller-')));
  try {
    return await prepare(request, root);
  } catch (error) {
    await rm(root, { recursive: true, force: true });
    throw error;
  }
}

async function prepare(request: CallerRequest, root: string): Promise<CallerRepository> {
  const { repository, github } = request;
  const directory = join(root, 'repository');
  const state = join(root, 'state');
  const tree = await copyApp(request.app, directory);
  for (const [path, text] of Object.entries(request.files ?? {})) await tree.write(path, text);
  const document = parseDocument(await tree.read(CONFIG));
  const wanted = parse(document.toString()).environments.map(({ name }) => name);
  for (const name of wanted)
    if (request.environments?.includes(name) === false) document.deleteIn(['environments', name]);
  request.configure?.(document);
  const stageSet = await openStageSet({
    text: document.toString({ lineWidth: 0 }),
    path: CONFIG,
    folder: root,
    port: () => freePort(),
  });
  const { configuration } = stageSet;
  await tree.write(CONFIG, stageSet.text);
  await tree.commit('Begin');
  const secrets = joined(stageSet.secrets, request.environmentSecrets);
  const environmentVariables = joined(stageSet.variables, request.environmentVariables);

  const [owner = '', name = ''] = repository.split('/');
  const handle = github.addRepository({ owner, name, directory });
  for (const [environment, reviewers] of Object.entries(request.reviewers ?? {}))
    handle.protect(environment, { reviewers });
  const lanes = new Lanes();
  const running = new Set<WatchedRun>();
  await Promise.all(['work', 'home'].map((folder) => mkdir(join(root, folder))));

  return {
    name: repository,
    root,
    state,
    tree,
    configuration,
    places: stageSet.places,
    lanes,
    git: tree.git,
    async commit(subject, files = {}) {
      for (const [path, content] of Object.entries(files)) await tree.write(path, content);
      return (await tree.commit(subject)).sha;
    },
    protect: (environment, reviewers) => handle.protect(environment, { reviewers }),
    pulls: handle,
    async start(start = {}) {
      const { event = 'push', payload = {}, ref = BRANCH, environmentSecrets, ...rest } = start;
      const sha = start.sha ?? (await tree.git('rev-parse', 'HEAD'));
      const run = watchRun({
        repository,
        source: directory,
        workflowPath: DEPLOY,
        actor: 'ada',
        suite: request.suite,
        service: github,
        lanes,
        secrets: request.secrets ?? {},
        environmentSecrets: joined(secrets, environmentSecrets),
        variables: {},
        environmentVariables,
        node24: process.execPath,
        workRoot: join(root, 'work'),
        home: join(root, 'home'),
        grace: GRACE,
        ...rest,
        ref,
        sha,
        event: {
          name: event,
          payload: {
            ref,
            ...(event === 'push' ? { after: sha } : {}),
            repository: { full_name: repository, default_branch: 'main', fork: false },
            ...payload,
          },
        },
      });
      running.add(run);
      void run.done.finally(() => running.delete(run));
      return run;
    },
    serves: (environment, path = '/version') => ask(stageSet, environment, path),
    ledger: (environment) => entriesOf(github, repository, environment),
    async close() {
      for (const run of running) run.cancel();
      await Promise.all([...running].map((run) => run.done));
      await stageSet.close();
      await rm(root, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** What both say of each environment, the second with the last word. */
const joined = (one: ByEnvironment, other: ByEnvironment = {}): ByEnvironment =>
  Object.fromEntries(
    [...new Set([...Object.keys(one), ...Object.keys(other)])].map((name) => [
      name,
      { ...one[name], ...other[name] },
    ]),
  );

const parse = (text: string): Configuration => parseConfiguration(Buffer.from(text), CONFIG, targetSchemas);

async function ask(
  { configuration: { environments }, places }: StageSet,
  environment: string,
  path: string,
): Promise<Served | undefined> {
  const url = environments.find(({ name }) => name === environment)?.url;
  if (url === undefined) throw new Error(`airlock.yml has no address for ${environment}`);
  return new Promise((resolve) => {
    // A connection of its own, that nothing has to wait for.
    get(`${url}${path}`, { agent: false }, async (answer) => {
      const body: unknown = await json(answer).catch(() => undefined);
      const deployment = answer.headers[places[environment]?.target.deploymentHeader ?? ''];
      resolve({
        status: answer.statusCode ?? 0,
        version: textAt(body, 'version'),
        deployment: typeof deployment === 'string' ? deployment : undefined,
      });
    }).on('error', () => resolve(undefined));
  });
}

function entriesOf(github: FakeGitHub, repository: string, environment: string): readonly Entry[] {
  const found = github.snapshot().repositories.find(({ owner, name }) => `${owner}/${name}` === repository);
  return (found?.deployments ?? [])
    .filter((deployment) => deployment.originalEnvironment === environment)
    .flatMap(({ id, task, payload, statuses }) => {
      const read = readPayload(payload);
      if (read.kind === 'control' || read.kind === 'lane' || read.kind === 'approval') return [];
      if (read.kind !== 'entry') throw new Error(`Deployment ${id} is not an entry of the ledger.`);
      const states = statuses.map(({ state }) => state);
      return [{ id, task, payload: read.payload, states, description: statuses.at(-1)?.description ?? '' }];
    })
    .sort((one, other) => other.id - one.id);
}

const textAt = (value: unknown, key: string): string | undefined => {
  const found = (value as Readonly<Record<string, unknown>> | null | undefined)?.[key];
  return typeof found === 'string' ? found : undefined;
};
