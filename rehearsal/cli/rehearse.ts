import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ending } from '../view/story.ts';
import { openWorld } from '../world/world.ts';
import { performFreeze } from './freeze.ts';
import type { Performance, Stage } from './opening.ts';
import type { RehearseOptions, Scenario } from './options.ts';
import { LOGIN, prepare, SUITE } from './play.ts';
import { openRecorder } from './recorder.ts';
import { performRelease } from './release-scenario.ts';

const SCENES: Readonly<Record<Scenario, (performance: Performance) => Promise<Ending>>> = {
  release: performRelease,
  hotfix: performRelease,
  freeze: performFreeze,
};

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
    return await SCENES[options.scenario]({ options, stage, root, recorder, play, world, closing });
  } finally {
    await close();
  }
}
