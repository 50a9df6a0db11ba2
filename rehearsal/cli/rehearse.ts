import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../../src/domain/failure.ts';
import { Lanes, type RunResult } from '../executor/executor.ts';
import { strikesStep } from '../faults/injection.ts';
import { firstFailure } from '../view/ending.ts';
import type { Commit, Ending } from '../view/story.ts';
import { summaryDocument } from '../view/summaries.ts';
import type { View } from '../view/view.ts';
import { openWorld, type World } from '../world/world.ts';
import { changeOf, type Reviewer } from './approval.ts';
import { foretell, judge, type Live } from './ending.ts';
import { addHotfixCaller, branchOff, pipelineWay } from './hotfix.ts';
import type { RehearseOptions } from './options.ts';
import { LOGIN, type Play, prepare, SUITE } from './play.ts';
import { openRecorder, type Recorder } from './recorder.ts';
import { twoReleases } from './releases.ts';
import { runRelease } from './run-release.ts';
import { sendVisitors, watchSlots } from './watch.ts';

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
    const play = await prepare(options, root, recorder, closing);
    const note = (text: string) => recorder.tell({ type: 'note', text });
    const world = await openWorld({ ...play, root, login: LOGIN, suite: SUITE, note });
    closing.push(world.close);
    return await perform({ options, stage, root, recorder, play, world, closing });
  } finally {
    await close();
  }
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
  const { directory } = play;
  const { configuration } = play.stageSet;
  const { environments, app } = configuration;
  const { cancelled } = stage;
  const releases = await twoReleases(play.tree, configuration, play.caller.config);
  const slots = watchSlots(world, environments, recorder);
  closing.push(slots.stop);
  const runs = { play, world, recorder, lanes: new Lanes(), workRoot: join(root, 'runner'), cancelled };

  const isHotfix = options.scenario === 'hotfix';
  if (isHotfix) await addHotfixCaller(play);
  const baseline = await releases.commitBaseline();
  recorder.tell({ type: 'act', act: 'baseline', app, commit: baseline });
  const first = await runRelease(baseline, {
    ...runs,
    way: pipelineWay(play),
    review: async () => 'approved',
  });
  closing.push(async () => first.kill());
  const firstResult = await first.done;
  if (firstResult.conclusion !== 'success') throw baselineFailed(firstResult, recorder, cancelled);
  const before = await liveIn(world, environments);

  const visitors = visitorsOf(performance);
  closing.push(visitors.stop);
  const way = isHotfix ? await branchOff(play) : pipelineWay(play);
  const release = await releases.commitRelease(play.fault);
  play.fault?.arm?.();
  recorder.tell({ type: 'act', act: 'release', app, commit: release });
  const { inject } = options;
  const names = way.environments;
  let rejected: string | undefined;
  const second = await runRelease(release, {
    ...runs,
    way,
    async review(environment, signal) {
      const change = await changeOf(
        environment,
        { commit: release, directory },
        configuration,
        world,
        recorder,
      );
      recorder.tell({ type: 'change', change });
      const answer = await stage.review(environment, signal);
      if (answer === 'rejected') rejected = environment;
      return answer;
    },
    ...(inject?.kind === 'cancel' && {
      strikesAt: (environment, step) => strikesStep(inject, names, { environment }, step),
    }),
  });
  closing.push(async () => second.kill());
  const result = await second.done;
  const count = await visitors.stop();
  await slots.stop();
  const after = await liveIn(world, environments);

  const { run } = recorder.state;
  const complaints: string[] = [];
  if (inject?.kind === 'cancel' && result.struck === undefined)
    complaints.push(`no step "${inject.step}" ran, so nothing was cancelled`);
  if (cancelled.aborted) complaints.push('you cancelled the run');
  const summaries = join(root, 'summaries.md');
  if (run !== undefined) await writeFile(summaries, summaryDocument(`Rehearsal of ${app}`, run));
  const ending = judge(
    {
      environments: names.map((name) => ({ name, before: before[name], after: after[name] })),
      commit: release.sha,
      conclusion: result.conclusion,
      startupFailure: result.startupFailure,
      failure: run === undefined ? undefined : firstFailure(run),
      failedRequests: count.failed,
      failures: count.failures,
      rollbacks: await rollbacksOf(world, environments, release),
      complaints,
    },
    foretell({
      environments: names,
      rejected: rejected ?? (options.answer === 'rejected' ? world.guarded[0] : undefined),
      fault: play.fault,
      cancelled: result.struck,
      mayFail: inject?.kind === 'crash-after-promote',
    }),
    options.keep
      ? { kept: [summaries, join(root, 'events.jsonl')] }
      : { hint: 'the same command with `--keep`: it keeps all summaries and events' },
  );
  recorder.tell({ type: 'ending', ending });
  return ending;
}

function visitorsOf({ play, world, recorder }: Performance) {
  const { stageEnvironment, stageSet } = play;
  const environment = stageSet.configuration.environments.find(({ name }) => name === stageEnvironment);
  const place = stageSet.places[stageEnvironment];
  if (place === undefined) throw new Error(`${stageEnvironment} has no place`);
  const paths = (environment?.smoke.checks ?? []).filter(
    ({ status, method }) => status === 200 && method === 'GET',
  );
  const path = paths.find((check) => check.path === '/')?.path ?? paths[0]?.path ?? '/';
  return sendVisitors(
    world,
    { environment: stageEnvironment, url: `${place.address}${path}`, countBy: place.target.deploymentHeader },
    recorder,
  );
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

function baselineFailed(result: RunResult, recorder: Recorder, cancelled: AbortSignal): Failure {
  const { run } = recorder.state;
  const failure = run === undefined ? undefined : firstFailure(run);
  const place = [failure?.station, failure?.step].filter((part) => part !== undefined).join(', ');
  const said = result.startupFailure ?? failure?.said.join('\n  ') ?? '';
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
