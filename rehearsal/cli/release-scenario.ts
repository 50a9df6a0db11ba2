import { strikesStep } from '../faults/injection.ts';
import { firstFailure } from '../view/ending.ts';
import type { Commit, Ending } from '../view/story.ts';
import type { World } from '../world/world.ts';
import { foretell, judge } from './ending.ts';
import { addHotfixCaller, branchOff } from './hotfix.ts';
import { addNotesCaller, tellNotes } from './notes.ts';
import { keepSummaries, liveIn, open, type Performance, reviewerOf } from './opening.ts';
import { runRelease } from './run-release.ts';
import { pipelineWay } from './way.ts';

/** Takes a second release through the pipeline, or as a hotfix the short way. */
export async function performRelease(performance: Performance): Promise<Ending> {
  const { options, stage, recorder, play, world, closing } = performance;
  const { environments, app } = play.stageSet.configuration;
  const { cancelled } = stage;
  const isHotfix = options.scenario === 'hotfix';
  if (isHotfix) {
    await addHotfixCaller(play);
    await addNotesCaller(play);
  }
  const { releases, runs, before, visitors, slots } = await open(performance);
  const way = isHotfix ? await branchOff(play) : pipelineWay(play);
  const release = await releases.commitRelease(play.fault);
  play.fault?.arm?.();
  recorder.tell({ type: 'act', act: 'release', app, commit: release });
  const { inject } = options;
  const names = way.environments;
  const ask = reviewerOf(performance, release);
  let rejected: string | undefined;
  const second = await runRelease(release, {
    ...runs,
    way,
    async review(environment, signal) {
      const answer = await ask(environment, signal);
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
  const live = names.length === 0 ? undefined : after[names.at(-1) ?? ''];
  const told =
    isHotfix && live?.commit === release.sha && !cancelled.aborted
      ? await tellNotes(performance, runs, live.version)
      : undefined;
  const complaints: string[] = [];
  if (inject?.kind === 'cancel' && result.struck === undefined)
    complaints.push(`no step "${inject.step}" ran, so nothing was cancelled`);
  if (result.waits !== undefined) complaints.push(result.waits);
  if (cancelled.aborted) complaints.push('you cancelled the run');
  const judged = judge(
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
    await keepSummaries(
      performance,
      [run, told?.run].filter((one) => one !== undefined),
    ),
  );
  const ending = told
    ? { ...judged, foretold: judged.foretold && told.shown.isTrue, shown: [told.shown] }
    : judged;
  recorder.tell({ type: 'ending', ending });
  return ending;
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
