import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../src/domain/failure.ts';
import { Lanes } from '../executor/executor.ts';
import type { LoadCount } from '../services/load.ts';
import { firstFailure } from '../view/ending.ts';
import type { RunState } from '../view/state.ts';
import type { Commit } from '../view/story.ts';
import { summaryDocument } from '../view/summaries.ts';
import type { View } from '../view/view.ts';
import type { World } from '../world/world.ts';
import { changeOf, type Reviewer } from './approval.ts';
import type { Live, Places } from './ending.ts';
import type { RehearseOptions } from './options.ts';
import type { Play } from './play.ts';
import type { Recorder } from './recorder.ts';
import { type TwoReleases, twoReleases } from './releases.ts';
import type { RunPlan } from './run-attempt.ts';
import { type Released, runRelease } from './run-release.ts';
import { sendVisitors, type Watch, watchSlots } from './watch.ts';
import { pipelineWay } from './way.ts';

/** What a rehearsal is given from its terminal. */
export interface Stage {
  readonly view: View;
  readonly review: Reviewer;
  /** Aborted by the first Ctrl-C. */
  readonly cancelled: AbortSignal;
  /** Handed the work of ending everything at once, for the second Ctrl-C. */
  readonly onEnd: (end: () => Promise<void>) => void;
}

/** A rehearsal whose world stands. */
export interface Performance {
  readonly options: RehearseOptions;
  readonly stage: Stage;
  /** Folder of everything that it writes. */
  readonly root: string;
  readonly recorder: Recorder;
  readonly play: Play;
  readonly world: World;
  readonly closing: (() => Promise<unknown>)[];
}

/** The first release is live in every environment, and visitors use it. */
export interface Opened {
  readonly releases: TwoReleases;
  /** What every run of this rehearsal has in common. */
  readonly runs: Omit<RunPlan, 'way' | 'review'>;
  /** What is live, by environment. */
  readonly before: Readonly<Record<string, Live | undefined>>;
  readonly visitors: { stop(): Promise<LoadCount> };
  readonly slots: Watch;
}

/**
 * Puts the app as it stands live everywhere.
 *
 * @throws Failure REHEARSAL_CANCELLED, REHEARSAL_BASELINE_FAILED
 */
export async function open(performance: Performance): Promise<Opened> {
  const { stage, recorder, play, world, closing, root } = performance;
  const { configuration } = play.stageSet;
  const { environments, app } = configuration;
  const { cancelled } = stage;
  const releases = await twoReleases(play.tree, configuration, play.caller.config);
  const slots = watchSlots(world, environments, recorder);
  closing.push(slots.stop);
  const runs = { play, world, recorder, lanes: new Lanes(), workRoot: join(root, 'runner'), cancelled };

  const baseline = await releases.commitBaseline();
  recorder.tell({ type: 'act', act: 'baseline', app, commit: baseline });
  const first = await runRelease(baseline, {
    ...runs,
    way: pipelineWay(play),
    review: async () => 'approved',
  });
  closing.push(async () => first.kill());
  const result = await first.done;
  if (result.conclusion !== 'success' || result.waits !== undefined || cancelled.aborted)
    throw baselineFailed(result, recorder, cancelled);
  const before = await liveIn(world, environments);
  const visitors = visitorsOf(performance);
  closing.push(visitors.stop);
  return { releases, runs, before, visitors, slots };
}

/** Asks the person, who sees what a yes would change. */
export const reviewerOf =
  ({ stage, play, world, recorder }: Performance, commit: Commit): Reviewer =>
  async (environment, signal) => {
    const { directory, stageSet } = play;
    const release = { commit, directory };
    const change = await changeOf(environment, release, stageSet.configuration, world, recorder);
    recorder.tell({ type: 'change', change });
    return stage.review(environment, signal);
  };

/** Where all summaries and events are, or how to get them. */
export async function keepSummaries(
  { options, play, root }: Performance,
  runs: readonly RunState[],
): Promise<Places> {
  const summaries = join(root, 'summaries.md');
  const { app } = play.stageSet.configuration;
  await writeFile(summaries, runs.map((run) => summaryDocument(`Rehearsal of ${app}`, run)).join('\n'));
  return options.keep
    ? { kept: [summaries, join(root, 'events.jsonl')] }
    : { hint: 'the same command with `--keep`: it keeps all summaries and events' };
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

/** What is live now, by environment. */
export async function liveIn(
  world: World,
  environments: readonly { readonly name: string }[],
): Promise<Readonly<Record<string, Live | undefined>>> {
  const read = environments.map(async ({ name }) => [name, (await world.observe(name)).live] as const);
  return Object.fromEntries(await Promise.all(read));
}

function baselineFailed(result: Released, recorder: Recorder, cancelled: AbortSignal): Failure {
  const { run } = recorder.state;
  const failure = run === undefined ? undefined : firstFailure(run);
  const place = [failure?.station, failure?.step].filter((part) => part !== undefined).join(', ');
  const said = result.waits ?? result.startupFailure ?? failure?.said.join('\n  ') ?? '';
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
