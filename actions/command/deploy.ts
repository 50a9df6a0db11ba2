import { type DeployNo, judgeDeploy, judgeListed } from '../../src/domain/command/deploy.ts';
import type { CommandRequest } from '../../src/domain/command/request.ts';
import type { WorkflowEvent } from '../../src/domain/event.ts';
import type { ControlEntry } from '../../src/domain/holds.ts';
import { inert } from '../../src/domain/markdown.ts';
import type { CommandInputs, CommandOutcome, CommandWorld, Said } from './world.ts';

type DeployRequest = Extract<CommandRequest, { word: 'status' | 'deploy' }>;

/**
 * GitHub lists a run within seconds. One that is not there so long after the earlier attempts were over was never
 * started.
 */
const LISTED_MS = 60_000;

/**
 * Starts the pipeline on the pull request's branch, for the very commit that the comment was written for. It is
 * written down first: a run that was cut short in between starts nothing twice.
 *
 * @param before what an earlier attempt of this run wrote down, which may have started it
 */
export async function deploy(
  said: Said<DeployRequest>,
  inputs: CommandInputs,
  world: CommandWorld,
  before?: ControlEntry,
): Promise<CommandOutcome> {
  const { configuration, event, holds, proposals } = world;
  const { request, comment, by } = said;
  const { environment } = request;
  const { app, routes } = configuration;
  const { workflow } = inputs;
  const already = before && (await startedBefore(said, workflow, world, before));
  if (already) return already;
  const unlisted = judgeListed(environment, routes.comment);
  if (unlisted) return refused(unlisted);
  const proposal = await proposals.read(comment.thread);
  const isOwn = proposal?.isOpen === true && proposal.isOwn;
  const lastChange = isOwn ? await proposals.lastChange(proposal.branch) : undefined;
  const right = judgeDeploy({ comment, proposal, lastChange });
  if (right.kind === 'refused') return refused(right);
  const { branch, head } = right;
  const { id } =
    before ??
    (await holds.record({
      environment,
      payload: {
        schema: 1,
        control: 'deploy',
        app,
        commit: head,
        reason: `/deploy ${environment} under #${comment.thread}`,
        lifts: [],
        run: event.run,
        actor: by,
        comment: comment.id,
      },
    }));
  const started = await proposals.start({ workflow, branch, inputs: { until: environment, commit: head } });
  return {
    kind: 'done',
    headline: `${head.slice(0, 7)} of ${branch} is on its way to ${environment}, as ${by} asked`,
    outputs: { command: 'deploy', entry: id, started },
    summary: started ?? `Its run is the newest of ${workflow} on the branch.`,
  };
}

/**
 * Whether an earlier attempt of this run is cut short behind its record: it is over, as GitHub runs nothing again
 * before that. Of another run nobody can tell that here.
 */
export const isCutShort = ({ payload }: ControlEntry, { run }: WorkflowEvent): boolean =>
  payload.control === 'deploy' && payload.run.id === run.id && payload.run.attempt < run.attempt;

/**
 * The run that an earlier attempt may have started, once GitHub has had the time to list it. For which comment one
 * was started GitHub does not say: any that may be this one's is.
 */
async function startedBefore(
  { request, comment }: Said<DeployRequest>,
  workflow: string,
  { clock, event, proposals, runs, signal }: CommandWorld,
  { id, at }: ControlEntry,
): Promise<CommandOutcome | undefined> {
  const proposal = await proposals.read(comment.thread);
  if (!proposal?.isOwn) return undefined;
  const { branch } = proposal;
  const look = () => proposals.startedSince({ workflow, branch }, at);
  let started = await look();
  if (started === undefined) {
    const { startedAt = '' } = await runs.state(event.run.id);
    const gone = clock.now().getTime() - Date.parse(startedAt);
    const left = gone >= 0 ? LISTED_MS - gone : LISTED_MS;
    if (left > 0) await clock.sleep(left, signal);
    started = await look();
  }
  if (started === undefined) return undefined;
  return {
    kind: 'done',
    headline: `A run of ${workflow} was started on ${branch} since this comment was taken up, and nothing is started twice`,
    outputs: { command: 'deploy', entry: id, started },
    summary: `${started}\n\nWhere it does not go to ${inert(request.environment)}, write the command anew.`,
  };
}

const refused = ({ kind, reason, why, next }: DeployNo): CommandOutcome => ({
  kind,
  reason,
  headline: `Nothing is deployed: ${why}`,
  next,
  outputs: { command: 'deploy' },
  summary: '',
});
