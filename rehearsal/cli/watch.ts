import { setTimeout as sleep } from 'node:timers/promises';
import type { Observed } from '../../src/domain/deployment.ts';
import { type LoadCount, startLoad } from '../services/load.ts';
import type { World } from '../world/world.ts';
import type { Recorder } from './recorder.ts';

/** Something that looks again and again until it is stopped. */
export interface Watch {
  stop(): Promise<void>;
}

const EVERY_MS = 200;

/** Tells of each environment's slots whenever they are not what they were. */
export function watchSlots(
  world: Pick<World, 'observe'>,
  environments: readonly { readonly name: string; readonly url: string | undefined }[],
  recorder: Recorder,
): Watch {
  const seen = new Map<string, string>();
  return repeat(async () => {
    for (const { name, url } of environments) {
      const observed = await world.observe(name).catch(() => undefined);
      if (observed === undefined) continue;
      const text = JSON.stringify(observed);
      if (seen.get(name) === text) continue;
      seen.set(name, text);
      recorder.tell({ type: 'slots', environment: name, url, observed });
    }
  });
}

/** Visitors of one environment, counted by the version that answered them. */
export function sendVisitors(
  world: Pick<World, 'observe'>,
  { environment, ...target }: { environment: string; url: string; countBy: string },
  recorder: Recorder,
): { stop(): Promise<LoadCount> } {
  const load = startLoad({ ...target, clients: 4, pauseMs: 10 });
  const versions = new Map<string, string>();
  const learn = ({ deployments }: Observed) => {
    for (const { id, version } of deployments) versions.set(id, version);
  };
  const tell = ({ sent, failed, by }: LoadCount) => {
    const byVersion: Record<string, number> = {};
    for (const [id, answers] of Object.entries(by)) {
      const version = versions.get(id) ?? id;
      byVersion[version] = (byVersion[version] ?? 0) + answers;
    }
    recorder.tell({ type: 'load', environment, sent, failed, byVersion });
  };
  const watch = repeat(async () => {
    const count = load.count();
    if (Object.keys(count.by).some((id) => !versions.has(id)))
      await world.observe(environment).then(learn, () => {});
    tell(count);
  });
  const stop = async () => {
    await watch.stop();
    const count = await load.stop();
    tell(count);
    return count;
  };
  let stopped: Promise<LoadCount> | undefined;
  return {
    // A second call tells nothing: the ending is the last word.
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** Runs `look` again and again, a while after each end; `stop` waits for the last one. */
function repeat(look: () => Promise<void>): Watch {
  const stopped = new AbortController();
  const { signal } = stopped;
  const pause = () => sleep(EVERY_MS, undefined, { signal }).catch(() => {});
  const running = (async () => {
    while (!signal.aborted) {
      await look();
      await pause();
    }
  })();
  return {
    async stop() {
      stopped.abort();
      await running;
    },
  };
}
