import { type DeployNo, judgeDeploy, judgeListed } from '../../src/domain/command/deploy.ts';
import type { CommandRequest } from '../../src/domain/command/request.ts';
import type { CommandInputs, CommandOutcome, CommandWorld, Said } from './world.ts';

type DeployRequest = Extract<CommandRequest, { word: 'status' | 'deploy' }>;

/**
 * Starts the pipeline on the pull request's branch, for the very commit that the comment was written for. It is
 * written down first: a run that was cut short in between starts nothing twice.
 */
export async function deploy(
  { request: { environment }, comment, by }: Said<DeployRequest>,
  inputs: CommandInputs,
  { configuration, event, holds, proposals }: CommandWorld,
): Promise<CommandOutcome> {
  const { app, routes } = configuration;
  const unlisted = judgeListed(environment, routes.comment);
  if (unlisted) return refused(unlisted);
  const proposal = await proposals.read(comment.thread);
  const isOwn = proposal?.isOpen === true && proposal.isOwn;
  const lastChange = isOwn ? await proposals.lastChange(proposal.branch) : undefined;
  const right = judgeDeploy({ comment, proposal, lastChange });
  if (right.kind === 'refused') return refused(right);
  const { branch, head } = right;
  const { workflow } = inputs;
  const { id } = await holds.record({
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
  });
  const started = await proposals.start({ workflow, branch, inputs: { until: environment, commit: head } });
  return {
    kind: 'done',
    headline: `${head.slice(0, 7)} of ${branch} is on its way to ${environment}, as ${by} asked`,
    outputs: { command: 'deploy', entry: id, started },
    summary: started ?? `Its run is the newest of ${workflow} on the branch.`,
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
