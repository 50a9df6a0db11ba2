import type { Configuration } from '../../src/domain/configuration.ts';
import { versionOf } from '../view/state.ts';
import type { Change, Commit } from '../view/story.ts';
import type { World } from '../world/world.ts';
import type { Recorder } from './recorder.ts';

/** Gives a reviewer's answer. The question is on screen when it is asked. */
export type Reviewer = (environment: string, signal: AbortSignal) => Promise<'approved' | 'rejected'>;

/** Reads what a yes would change in an environment, from where the truth is. */
export async function changeOf(
  environment: string,
  release: { readonly commit: Commit; readonly directory: string },
  configuration: Configuration,
  world: World,
  recorder: Recorder,
): Promise<Change> {
  const names = configuration.environments.map(({ name }) => name);
  const before = names[names.indexOf(environment) - 1];
  const [{ live }, migrations, verdict] = await Promise.all([
    world.observe(environment),
    world.pending(environment, release.directory).then(
      (pending) => pending.map(({ id, reversibility }) => ({ id, reversibility })),
      (error: unknown) => `not readable: ${error instanceof Error ? error.message : String(error)}`,
    ),
    before === undefined ? [] : verdictOf(before, release.commit, world),
  ]);
  return {
    environment,
    version: versionOf(recorder.state),
    commit: release.commit,
    live,
    migrations,
    before: verdict,
  };
}

/** What the ledger says of this very commit in an environment. */
async function verdictOf(environment: string, commit: Commit, world: World): Promise<Change['before']> {
  const entries = await world.ledger.entries(environment, 20);
  const entry = entries.find(
    ({ task, payload }) => task === 'promote' && payload.release.commit === commit.sha,
  );
  if (entry === undefined) return [{ environment, verdict: 'insufficient', detail: 'it was not there' }];
  const verdict =
    entry.state === 'succeeded' ? (entry.payload.verdicts['smoke-test'] ?? 'insufficient') : 'fail';
  return [{ environment, verdict, detail: `${entry.payload.release.version} is live there, smoke-tested` }];
}
