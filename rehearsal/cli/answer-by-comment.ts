import { nameOfApprover } from '../../src/domain/approval/settings.ts';
import type { EnvironmentSettings } from '../../src/domain/configuration.ts';
import type { RunResult } from '../executor/executor.ts';
import { answering } from '../world/approvers.ts';
import type { Asked } from '../world/conversation.ts';
import { hearRun } from './hear-run.ts';
import type { RunPlan } from './run-attempt.ts';

/** What a run that has ended goes on to. */
export type Answered =
  /** Nobody is asked anything, or the person who plays here has cancelled. */
  | { readonly kind: 'over' }
  | { readonly kind: 'waits'; readonly why: string }
  | { readonly kind: 'again'; readonly job: string; readonly by: string };

/**
 * Answers what a run asks people by comment: the end of the run starts approve.yml, which opens an issue, whoever
 * may approve comments there, which starts it again, and it has the waiting job run again.
 */
export async function answerByComment(plan: RunPlan, ended: Pick<RunResult, 'id'>): Promise<Answered> {
  const { cancelled, world, play } = plan;
  const { listener, stageSet } = play;
  const environment = stageSet.configuration.environments.find(
    ({ name }) => name === world.asked(ended.id)[0]?.environment,
  );
  if (listener === undefined || environment === undefined || cancelled.aborted) return { kind: 'over' };
  const waits = (why: string): Answered => ({
    kind: 'waits',
    why: `${environment.name} still waits for its approval: ${why}`,
  });
  const asked = await hearRun(plan, listener.asksOn, endOf(plan, ended.id));
  if (asked !== undefined) return waits(asked);
  const issue = issueFor(world.asked(ended.id), environment);
  if (issue === undefined) return waits(`${listener.path} ran and opened no issue`);

  const { people, tooFew } = answerersOf(plan, environment);
  if (tooFew !== undefined) return waits(tooFew);
  // Of the first release only that it is live is of interest.
  if (plan.recorder.state.act !== 'baseline')
    plan.recorder.tell({
      type: 'note',
      text: `issue #${issue} opens: you answer for ${people.join(' and ')}`,
    });
  const verdict = await ask(plan, ended.id, environment, people);
  if (verdict === undefined) return { kind: 'over' };
  const body = verdict === 'approved' ? '/approve' : '/reject The rehearsal was told to say no.';
  // One no is enough.
  for (const by of verdict === 'approved' ? people : people.slice(0, 1)) {
    const title = world.conversation.title(issue);
    const payload = await world.conversation.say(issue, by, body);
    plan.recorder.tell({ type: 'comment', environment: environment.name, issue, title, by, body });
    const heard = await hearRun(plan, listener.hearsOn, payload, by);
    if (heard !== undefined) return waits(heard);
  }
  const again = world.github.takeReruns().find(({ runId }) => runId === ended.id);
  if (again === undefined) return waits(world.conversation.lastWord(issue));
  return { kind: 'again', job: again.job, by: again.by };
}

/** As many as must say yes; or why there are too few. */
function answerersOf(
  { way, world }: RunPlan,
  environment: EnvironmentSettings,
): { readonly people: readonly string[]; readonly tooFew?: string } {
  const { needed = 1, approvers = [] } = environment.gates.comment ?? {};
  const people = answering(world.cast, environment, way.by).slice(0, needed);
  if (people.length === needed) return { people };
  const named = approvers.map(nameOfApprover).join(', ');
  return { people, tooFew: `${needed} must say yes, and of ${named} only ${people.length} may` };
}

const issueFor = (asked: readonly Asked[], { name }: EnvironmentSettings): number | undefined =>
  asked.find(({ environment }) => environment === name)?.issue;

/** Asks the person who plays; undefined when they cancelled instead. */
async function ask(
  { cancelled, recorder, review }: RunPlan,
  runId: number,
  { name: environment }: EnvironmentSettings,
  reviewers: readonly string[],
): Promise<'approved' | 'rejected' | undefined> {
  const job = recorder.state.run?.jobs.findLast((one) => one.environment === environment)?.id ?? environment;
  recorder.show({ type: 'approval-wanted', at: new Date(), runId, job, environment, reviewers });
  try {
    return await review(environment, cancelled);
  } catch (error) {
    if (cancelled.aborted) return undefined;
    throw error;
  }
}

/** The webhook's body of a run's end, as far as anyone reads it. */
const endOf = ({ way }: RunPlan, id: number) => ({
  action: 'completed',
  workflow_run: { id, path: way.workflow, status: 'completed', conclusion: 'success' },
});
