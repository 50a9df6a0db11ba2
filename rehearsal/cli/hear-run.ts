import { join } from 'node:path';
import { watchRun } from '../world/watched-run.ts';
import { MAIN } from './caller.ts';
import { SUITE } from './play.ts';
import { type RunPlan, repositoryOf } from './run-attempt.ts';

/**
 * Runs the app's caller of approve.yml, as GitHub starts it: on the default branch, whatever the event is about.
 * Nobody watches it: what it does is seen in the issue and in the run that goes on.
 *
 * @param payload what the event says beside the repository
 * @returns what went wrong in it; undefined when nothing did
 */
export async function hearRun(
  { play, world, lanes, workRoot, cancelled }: RunPlan,
  event: 'workflow_run' | 'issue_comment' | 'schedule',
  payload: Readonly<Record<string, unknown>>,
  by: string = play.starter,
): Promise<string | undefined> {
  const { listener, repository, directory, caller, tree } = play;
  if (listener === undefined) return 'nobody listens';
  const told = event === 'schedule' ? {} : { ...payload, sender: { login: by, type: 'User' } };
  const run = watchRun({
    repository,
    source: directory,
    workflowPath: listener.path,
    event: { name: event, payload: { ...told, repository: repositoryOf(repository) } },
    ref: MAIN,
    sha: await tree.git('rev-parse', MAIN),
    actor: by,
    suite: { repository: caller.suite, directory: SUITE },
    service: world.github,
    lanes,
    secrets: world.repositorySecrets,
    environmentSecrets: world.secrets,
    variables: {},
    environmentVariables: play.stageSet.variables,
    node24: process.execPath,
    workRoot: join(workRoot, 'listener'),
  });
  const cancel = () => run.cancel();
  cancelled.addEventListener('abort', cancel, { once: true });
  const { conclusion, startupFailure } = await run.done;
  cancelled.removeEventListener('abort', cancel);
  if (conclusion === 'success') return undefined;
  const errors = run.events.flatMap((one) =>
    one.type === 'annotation' && one.level === 'error' ? [one.message] : [],
  );
  return `${listener.path} ended with ${conclusion}: ${startupFailure ?? errors[0] ?? 'see its log'}`;
}
