import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseConfiguration, readConfiguration } from '../../src/config/load.ts';
import { suggestion } from '../../src/config/nearest.ts';
import type { Configuration } from '../../src/domain/configuration.ts';
import { Failure } from '../../src/domain/failure.ts';
import type { LocalSettings } from '../../src/targets/local/settings.ts';
import { targetSchemas } from '../../src/targets/registry.ts';
import { Lanes, type Run, type RunResult, startRun } from '../executor/executor.ts';
import { type Injection, strikesStep, struckEnvironment } from '../faults/injection.ts';
import { type FaultPlan, planFault } from '../faults/plan-fault.ts';
import { firstFailure } from '../view/ending.ts';
import type { Commit, Ending } from '../view/story.ts';
import { summaryDocument } from '../view/summaries.ts';
import type { View } from '../view/view.ts';
import { changeOf, type Reviewer } from './approval.ts';
import { type Caller, findCaller } from './caller.ts';
import { type Foretold, judge, type Live } from './ending.ts';
import type { RehearseOptions } from './options.ts';
import { openRecorder, type Recorder } from './recorder.ts';
import { twoReleases } from './releases.ts';
import { moveHere } from './stage-set.ts';
import { sendVisitors, watchSlots } from './watch.ts';
import { copyApp, type WorkTree } from './work-tree.ts';
import { databaseName, openWorld, type World } from './world.ts';

const SUITE = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '');
const LOGIN = 'you';

/** What a rehearsal is given from its terminal. */
export interface Stage {
  readonly view: View;
  readonly review: Reviewer;
  /** Aborted by the first Ctrl-C. */
  readonly cancelled: AbortSignal;
  /** Handed the work of ending everything at once, for the second Ctrl-C. */
  readonly onEnd: (end: () => Promise<void>) => void;
}

/**
 * Rehearses a release: puts a first one live, then takes a second one through the same workflow while
 * visitors use the site. Leaves nothing behind but, with `keep`, its folder.
 *
 * @throws Failure for what keeps a rehearsal from starting
 */
export async function rehearse(options: RehearseOptions, stage: Stage): Promise<Ending> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'airlock-rehearsal-')));
  const recorder = openRecorder(stage.view, join(root, 'events.jsonl'));
  const closing: (() => Promise<unknown>)[] = [];
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= (async () => {
      for (const end of closing.reverse()) await end().catch(() => {});
      await recorder.close();
      if (!options.keep) await rm(root, { recursive: true, force: true, maxRetries: 5 });
    })();
    return closed;
  };
  stage.onEnd(close);
  try {
    const play = await prepare(options, root, recorder);
    const world = await openWorld({ ...play, root, login: LOGIN, suite: SUITE, note: noteIn(recorder) });
    closing.push(world.close);
    return await perform({ options, stage, root, recorder, play, world, closing });
  } finally {
    await close();
  }
}

const noteIn = (recorder: Recorder) => (text: string) => recorder.tell({ type: 'note', text });

/** Everything that is decided before anything runs. */
interface Play {
  readonly configuration: Configuration;
  readonly caller: Caller;
  readonly tree: WorkTree;
  readonly directory: string;
  readonly repository: string;
  readonly fault: FaultPlan | undefined;
  /** The environment whose visitors are counted. */
  readonly stageEnvironment: string;
}

async function prepare(options: RehearseOptions, root: string, recorder: Recorder): Promise<Play> {
  const from = await sourceOf(options);
  const caller = await findCaller(from, options.workflow);
  const original = await readConfiguration(join(from, caller.config), caller.config, targetSchemas);
  recorder.tell({ type: 'act', act: 'prepare', app: original.app });
  const note = noteIn(recorder);
  const names = original.environments.map(({ name }) => name);
  const stageEnvironment = chosenEnvironment(options.environment, names);
  if (options.inject !== undefined) struckEnvironment(options.inject, names);

  const directory = join(root, 'repository');
  const tree = await copyApp(from, directory);
  const moved = await moveHere(await tree.read(caller.config), original, join(root, 'state'));
  for (const text of moved.notes) note(text);
  await tree.write(caller.config, moved.text);
  const configuration = parseConfiguration(Buffer.from(moved.text), caller.config, targetSchemas);

  // A fault that cannot be injected is said before anything runs.
  const fault = await plannedFault(options.inject, configuration, moved.text, tree);
  if (fault !== undefined) note(`fault: ${fault.what}`);
  // The same owner as Airlock's own repository: secrets are inherited within one organisation only.
  const [owner] = caller.suite.split('/');
  const repository = `${owner}/${basename(from)}`;
  return { configuration, caller, tree, directory, repository, fault, stageEnvironment };
}

/** @throws Failure EXAMPLE_UNKNOWN, REPOSITORY_NOT_FOUND */
async function sourceOf({ repository, example }: RehearseOptions): Promise<string> {
  if (repository === undefined) {
    const examples = await readdir(join(SUITE, 'examples'));
    if (!examples.includes(example))
      throw new Failure(
        'EXAMPLE_UNKNOWN',
        `There is no example ${JSON.stringify(example)}${suggestion(example, examples)}`,
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
    `airlock.yml has no environment ${JSON.stringify(wanted)}${suggestion(wanted, names)}`,
    `Name one of: ${names.join(', ')}.`,
  );
}

async function plannedFault(
  injection: Injection | undefined,
  configuration: Configuration,
  configurationText: string,
  tree: WorkTree,
): Promise<FaultPlan | undefined> {
  if (injection === undefined || injection.kind === 'cancel') return undefined;
  const { database, environments, app } = configuration;
  return planFault(injection, {
    configuration,
    configurationText,
    migrations:
      database === undefined ? [] : await readdir(join(tree.directory, database.migrations)).catch(() => []),
    databases: Object.fromEntries(environments.map(({ name }) => [name, databaseName(app, name)])),
    node: process.execPath,
  });
}

interface Performance {
  readonly options: RehearseOptions;
  readonly stage: Stage;
  readonly root: string;
  readonly recorder: Recorder;
  readonly play: Play;
  readonly world: World;
  readonly closing: (() => Promise<unknown>)[];
}

async function perform(performance: Performance): Promise<Ending> {
  const { options, stage, recorder, play, world, closing, root } = performance;
  const { configuration, tree } = play;
  const { environments, app } = configuration;
  const lanes = new Lanes();
  const releases = await twoReleases(tree, configuration, play.caller.config);
  const slots = watchSlots(world, environments, recorder);
  closing.push(slots.stop);

  const baseline = await releases.commitBaseline();
  recorder.tell({ type: 'act', act: 'baseline', app, commit: baseline });
  const first = await runOnce(performance, lanes, baseline, async () => 'approved');
  if (first.conclusion !== 'success') throw baselineFailed(first, recorder, stage.cancelled);
  const before = await liveIn(world, environments);

  const visitors = visitorsOf(performance);
  closing.push(visitors.stop);
  const release = await releases.commitRelease(play.fault);
  recorder.tell({ type: 'act', act: 'release', app, commit: release });
  const result = await runOnce(performance, lanes, release, stage.review);
  const count = await visitors.stop();
  await slots.stop();
  const after = await liveIn(world, environments);

  const { run } = recorder.state;
  const complaints: string[] = [];
  const { inject } = options;
  if (inject?.kind === 'cancel' && !result.struck)
    complaints.push(`no step "${inject.step}" ran, so nothing was cancelled`);
  if (stage.cancelled.aborted) complaints.push('you cancelled the run');
  const summaries = join(root, 'summaries.md');
  if (run !== undefined) await writeFile(summaries, summaryDocument(`Rehearsal of ${app}`, run));
  const ending = judge(
    {
      environments: environments.map(({ name }) => ({ name, before: before[name], after: after[name] })),
      commit: release.sha,
      conclusion: result.conclusion,
      startupFailure: result.startupFailure,
      failure: run === undefined ? undefined : firstFailure(run),
      failedRequests: count.failed,
      failures: count.failures,
      rollbacks: await rollbacksOf(world, environments, release),
      complaints,
    },
    foretell(options, play, world),
    options.keep
      ? { kept: [summaries, join(root, 'events.jsonl')] }
      : { hint: 'the same command with `--keep`: it keeps all summaries and events' },
  );
  recorder.tell({ type: 'ending', ending });
  return ending;
}

/** Takes one commit through the caller's workflow. */
async function runOnce(
  { options, stage, root, recorder, play, world, closing }: Performance,
  lanes: Lanes,
  commit: Commit,
  review: Reviewer,
): Promise<RunResult & { readonly struck: boolean }> {
  const { configuration, caller, directory, repository } = play;
  const names = configuration.environments.map(({ name }) => name);
  const isShow = recorder.state.act === 'release';
  const over = new AbortController();
  const pids = new Set<number>();
  let struck = false;
  let run: Run | undefined;
  const strike = () => {
    struck = true;
    run?.cancel();
  };
  const answer = async (environment: string, runId: number) => {
    if (isShow) {
      const change = await changeOf(environment, { commit, directory }, configuration, world, recorder);
      recorder.tell({ type: 'change', change });
    }
    const verdict = await review(environment, AbortSignal.any([over.signal, stage.cancelled]));
    world.github.review({ runId, environment, verdict, by: LOGIN });
  };
  const strikes = (job: string, step: Parameters<typeof strikesStep>[3]) =>
    isShow &&
    !struck &&
    options.inject?.kind === 'cancel' &&
    strikesStep(
      options.inject,
      names,
      { environment: recorder.state.run?.jobs.find(({ id }) => id === job)?.environment },
      step,
    );
  const workRoot = join(root, 'runner');
  await mkdir(workRoot, { recursive: true });
  run = startRun({
    repository,
    source: directory,
    workflowPath: caller.path,
    event: { name: caller.event, payload: payloadOf(repository, commit) },
    ref: 'refs/heads/main',
    sha: commit.sha,
    actor: LOGIN,
    suite: { repository: caller.suite, directory: SUITE },
    service: world.github,
    lanes,
    secrets: {},
    environmentSecrets: world.secrets,
    variables: {},
    environmentVariables: {},
    node24: process.execPath,
    workRoot,
    hooks: {
      onProcess(job, step, pid) {
        pids.add(pid);
        if (strikes(job, step)) strike();
      },
    },
    onEvent(event) {
      // A stand-in has no process to strike: then its end is the moment.
      if (event.type === 'step-ended' && strikes(event.job, event.step)) strike();
      recorder.show(event);
      if (event.type === 'approval-wanted')
        answer(event.environment, event.runId).catch((error: unknown) => {
          if (!over.signal.aborted && !stage.cancelled.aborted) run?.cancel();
          recorder.tell({
            type: 'note',
            text: `no answer: ${error instanceof Error ? error.message : error}`,
          });
        });
    },
  });
  const started = run;
  const cancel = () => started.cancel();
  if (stage.cancelled.aborted) cancel();
  stage.cancelled.addEventListener('abort', cancel, { once: true });
  // Ended at once, a run's steps must not outlive it.
  closing.push(async () => {
    for (const pid of pids) endGroup(pid);
  });
  const result = await started.done;
  pids.clear();
  over.abort(new Error('the run is over'));
  return { ...result, struck };
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

/** The webhook body that GitHub would send, as far as anyone reads it. */
const payloadOf = (repository: string, { sha, subject }: Commit) => {
  const [owner = '', name = ''] = repository.split('/');
  return {
    ref: 'refs/heads/main',
    after: sha,
    repository: { name, full_name: repository, default_branch: 'main', owner: { login: owner }, fork: false },
    sender: { login: LOGIN },
    head_commit: { id: sha, message: subject },
  };
};

function visitorsOf({ play, world, recorder }: Performance) {
  const environment = play.configuration.environments.find(({ name }) => name === play.stageEnvironment);
  const { port } = (environment?.target.settings ?? {}) as Partial<LocalSettings>;
  const paths = (environment?.smoke.checks ?? []).filter(
    ({ status, method }) => status === 200 && method === 'GET',
  );
  const path = paths.find((check) => check.path === '/')?.path ?? paths[0]?.path ?? '/';
  return sendVisitors(world, play.stageEnvironment, `http://127.0.0.1:${port}${path}`, recorder);
}

async function liveIn(
  world: World,
  environments: readonly { readonly name: string }[],
): Promise<Readonly<Record<string, Live | undefined>>> {
  const read = environments.map(async ({ name }) => [name, (await world.observe(name)).live] as const);
  return Object.fromEntries(await Promise.all(read));
}

/** Why environments went back from this commit, as the ledger has it. */
async function rollbacksOf(
  world: World,
  environments: readonly { readonly name: string }[],
  release: Commit,
): Promise<Readonly<Record<string, string>>> {
  const reasons: Record<string, string> = {};
  for (const { name } of environments) {
    const entries = await world.ledger.entries(name, 20);
    const undone = new Set(
      entries.filter(({ payload }) => payload.release.commit === release.sha).map(({ id }) => id),
    );
    const rollback = entries.find(
      ({ task, payload }) =>
        task === 'rollback' && payload.undoes !== undefined && undone.has(payload.undoes),
    );
    if (rollback?.payload.reason !== undefined) reasons[name] = rollback.payload.reason;
  }
  return reasons;
}

/** Where the flags say that the release stops. */
function foretell(options: RehearseOptions, { configuration, fault }: Play, world: World): Foretold {
  const names = configuration.environments.map(({ name }) => name);
  const { inject, answer } = options;
  const rejected = answer === 'rejected' ? world.guarded[0] : undefined;
  const struck = inject?.kind === 'cancel' ? struckEnvironment(inject, names) : fault?.environment;
  const stops = [rejected, struck].filter((name) => name !== undefined);
  const stopsAt = names.find((name) => stops.includes(name));
  const because =
    stopsAt === undefined
      ? 'nothing was to go wrong'
      : stopsAt === struck
        ? (fault?.what ?? `the run was to be cancelled in ${struck}`)
        : `${rejected} was to be rejected`;
  return { stopsAt, because, mayFail: inject?.kind === 'crash-after-promote' };
}

function baselineFailed(result: RunResult, recorder: Recorder, cancelled: AbortSignal): Failure {
  const { run } = recorder.state;
  const failure = run === undefined ? undefined : firstFailure(run);
  const place = [failure?.station, failure?.step].filter((part) => part !== undefined).join(', ');
  const said = result.startupFailure ?? failure?.said.join(' ') ?? '';
  if (cancelled.aborted)
    return new Failure(
      'REHEARSAL_CANCELLED',
      'The rehearsal was cancelled before the first release was live.',
      'Start it again.',
    );
  return new Failure(
    'REHEARSAL_BASELINE_FAILED',
    `The app as it stands does not go through: ${[place, said].filter((part) => part !== '').join(': ')}`,
    'Mend that first, or look closer with `--keep`: a rehearsal needs a release that is live.',
  );
}
