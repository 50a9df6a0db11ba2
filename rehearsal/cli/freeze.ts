import { parseDocument } from 'yaml';
import type { JobResult } from '../executor/request.ts';
import type { RunState } from '../view/state.ts';
import type { Act, Ending } from '../view/story.ts';
import { judgeFreeze, type Scene } from './freeze-ending.ts';
import { addFreezeCallers, askWay, backWay, overrideWay } from './freeze-ways.ts';
import { keepSummaries, liveIn, open, type Performance, reviewerOf } from './opening.ts';
import type { Play } from './play.ts';
import type { RunPlan } from './run-attempt.ts';
import { runRelease } from './run-release.ts';
import { pipelineWay } from './way.ts';

const WHY = 'the books are being closed';
const REASON = 'prices are wrong since this morning, finance agrees';
const BAD_NEWS = 'the new prices are worse';
const DAYS = 7;
const DAY_MS = 86_400_000;

/**
 * A release meets a freeze: the dry run tells of it, the gate holds, nobody opens it without a reason, an
 * override with one opens it, and the way back needs none.
 */
export async function performFreeze(performance: Performance): Promise<Ending> {
  const { stage, recorder, play, world, closing } = performance;
  const { environments, app } = play.stageSet.configuration;
  const place = play.stageEnvironment;
  await addFreezeCallers(play);
  const { releases, runs, before, visitors, slots } = await open(performance);
  await freeze(play);
  const release = await releases.commitRelease(undefined);

  const seen: RunState[] = [];
  const scene = async (
    act: Act,
    plan: Pick<RunPlan, 'way' | 'rerunOf' | 'rerunJob' | 'review'>,
  ): Promise<Scene & { id: number; jobs: readonly JobResult[] }> => {
    recorder.tell({ type: 'act', act, app, commit: release });
    const running = await runRelease(release, { ...runs, ...plan });
    closing.push(async () => running.kill());
    const { id, jobs, startupFailure } = await running.done;
    const { run } = recorder.state;
    if (run === undefined) throw new Error(startupFailure ?? `The run of ${plan.way.workflow} told nothing.`);
    seen.push(run);
    return { id, jobs, run, live: (await liveIn(world, environments))[place]?.version };
  };
  const byHand = { review: async () => 'approved' as const };
  const pushed = { way: pipelineWay(play), review: reviewerOf(performance, release) };

  const asked = await scene('ask', { ...byHand, way: askWay() });
  const held = await scene('release', pushed);
  const unreasoned = await scene('override', { ...byHand, way: overrideWay(place, '') });
  const overridden = await scene('override', { ...byHand, way: overrideWay(place, REASON) });
  // As “Re-run failed jobs” does: what was built and tried before the freeze stays what it is.
  const job = held.jobs.find(({ conclusion }) => conclusion === 'failure')?.id ?? '';
  const again = await scene('again', {
    ...pushed,
    rerunOf: held.id,
    rerunJob: { job, earlier: held.jobs },
  });
  const back = await scene('back', { ...byHand, way: backWay(place, BAD_NEWS) });

  const count = await visitors.stop();
  await slots.stop();
  const after = await liveIn(world, environments);
  const places = await keepSummaries(performance, seen);
  const ending = judgeFreeze(
    {
      place,
      before: before[place]?.version,
      ...{ held, asked, unreasoned, overridden, again, back },
      visitors: count,
      after: environments.map(({ name }) => ({ name, live: after[name] })),
      commit: release.sha,
      isCancelled: stage.cancelled.aborted,
    },
    'kept' in places ? places.kept : [],
  );
  recorder.tell({ type: 'ending', ending });
  return ending;
}

/** Freezes the environment that visitors use, for a week from now. */
async function freeze({ tree, caller, stageEnvironment }: Play): Promise<void> {
  const document = parseDocument(await tree.read(caller.config));
  const at = ['environments', stageEnvironment, 'calendar'];
  const day = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);
  const week = { from: day(-1), to: day(DAYS), why: WHY };
  if (!document.hasIn(at)) document.setIn(at, document.createNode({ zone: 'UTC', freezes: [week] }));
  else if (!document.hasIn([...at, 'freezes']))
    document.setIn([...at, 'freezes'], document.createNode([week]));
  else document.addIn([...at, 'freezes'], document.createNode(week));
  await tree.write(caller.config, document.toString({ lineWidth: 0 }));
  await tree.commit(`Freeze ${stageEnvironment}: ${WHY}`);
}
