import type { JobResult } from './request.ts';
import type { RunState } from './run-state.ts';

/**
 * What a job of an earlier attempt came to, where only one job and those that need it are run again;
 * undefined for a job that is to run.
 *
 * @param needs planned ids that the job waits for: each has been decided about before
 */
export function keptResult(
  { request: { rerunJob }, again }: RunState,
  id: string,
  needs: readonly string[],
): JobResult | undefined {
  const kept = rerunJob?.earlier.findLast((result) => result.id === id);
  const isAgain = rerunJob?.job === id || needs.some((need) => again.has(need));
  if (kept !== undefined && !isAgain) return kept;
  again.add(id);
  return undefined;
}
