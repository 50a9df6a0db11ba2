import type { Journal } from './journal.ts';
import type { JobOrder } from './run-state.ts';

/** Waits until a reviewer of the environment answers; an environment without reviewers lets everyone in. */
export async function askForApproval(
  order: JobOrder,
  journal: Journal,
  environment: string,
): Promise<'approved' | 'rejected' | 'cancelled'> {
  const { run } = order.within;
  const { service, repository } = run.request;
  const reviewers = service.environmentReviewers(repository, environment);
  const told = { job: order.id, environment };
  const done = reviewers.length > 0 ? run.activity.begin('waiting') : undefined;
  if (reviewers.length > 0) {
    journal.changed('waiting', `approval for ${environment}`);
    run.tell({ type: 'approval-wanted', ...told, reviewers });
  }
  try {
    const answer = await service.awaitApproval(
      { runId: run.opened.id, environment, job: order.id },
      order.cancelled,
    );
    if (reviewers.length > 0) run.tell({ type: 'approval-given', ...told, ...answer });
    return answer.verdict;
  } catch (error) {
    if (order.cancelled.aborted) return 'cancelled';
    throw error;
  } finally {
    done?.();
  }
}
