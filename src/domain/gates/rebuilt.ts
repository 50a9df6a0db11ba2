import type { LedgerEntry } from '../ledger.ts';
import type { Digest } from '../release.ts';

/**
 * Whether a run, in whatever attempt, brought other files here than these. Its way back does not count: that
 * goes to files of another run.
 */
export const hadOtherFiles = (entries: readonly LedgerEntry[], runId: string, digest: Digest): boolean =>
  entries.some(
    ({ task, payload }) =>
      task !== 'rollback' && payload.run.id === runId && payload.release.digest !== digest,
  );
