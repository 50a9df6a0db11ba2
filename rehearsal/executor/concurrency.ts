import { setMaxListeners } from 'node:events';
import { isMapping } from '@actions/workflow-parser';
import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/template-token';
import { evaluate, evaluateText, type Scope } from './evaluate.ts';
import type { Lane } from './lanes.ts';
import { fieldsOf } from './read-workflow.ts';
import type { WorkflowRun } from './run-state.ts';

/** Was cancelled before it had its concurrency group; the message says why, or is empty for a plain cancel. */
export class NotAdmitted extends Error {}

/** Cancelled by another that wanted the same group. */
class Displaced extends Error {}

/**
 * Runs `work` while holding the concurrency group, when `concurrency` names one. Throws `NotAdmitted` when it
 * was cancelled while it waited, or when a caller above holds the group already.
 *
 * @param blocked told when the group is not free
 */
export async function inLane<T>(
  within: WorkflowRun,
  concurrency: TemplateToken | undefined,
  scope: Scope,
  cancelled: AbortSignal,
  work: (cancelled: AbortSignal, lanes: readonly string[]) => Promise<T>,
  blocked?: (note: string) => void,
): Promise<T> {
  if (concurrency === undefined) return work(cancelled, within.lanes);
  const fields = isMapping(concurrency) ? fieldsOf(concurrency) : new Map([['group', concurrency]]);
  const inProgress = fields.get('cancel-in-progress');
  const { repository, lanes } = within.run.request;
  const name = evaluateText(fields.get('group'), scope);
  const group = `${repository}:${name}`.toLowerCase();
  if (within.lanes.includes(group))
    throw new NotAdmitted(
      `Canceling since a deadlock was detected for concurrency group: '${name}' between a top level workflow and '${within.workflow.name}'`,
    );
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  const onCancelled = () => stop.abort(cancelled.reason);
  if (cancelled.aborted) onCancelled();
  else cancelled.addEventListener('abort', onCancelled, { once: true });
  const reasons = {
    replaced: `Canceling since a higher priority waiting request for '${name}' exists`,
    'queue-full': `Canceling since the queue of '${name}' is full`,
  };
  let lane: Lane | undefined;
  try {
    if (lanes.isHeld(group)) blocked?.(`waits for ${name}`);
    lane = await lanes
      .enter(
        {
          group,
          cancelInProgress: inProgress !== undefined && evaluate(inProgress, scope) === true,
          queue: evaluateText(fields.get('queue'), scope) === 'max' ? 'max' : 'single',
          cancel: (why) => stop.abort(new Displaced(reasons[why])),
        },
        stop.signal,
      )
      .catch((error: unknown) => {
        throw new NotAdmitted(error instanceof Displaced ? error.message : '');
      });
    return await work(stop.signal, [...within.lanes, group]);
  } finally {
    lane?.leave();
    cancelled.removeEventListener('abort', onCancelled);
  }
}
