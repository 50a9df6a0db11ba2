import { approversIn } from '../domain/approval/record.ts';
import type { EnvironmentSettings } from '../domain/configuration.ts';
import { Failure } from '../domain/failure.ts';
import { readHotfixRecord } from '../domain/hotfix/settings.ts';
import { approversOf } from '../ports/gatekeeper.ts';
import type { Runner } from '../runner/runner.ts';
import { openApprovals } from './comments.ts';
import { openGatekeeper } from './ledger.ts';

/**
 * Who approved this run's entry into an environment, for the record. The gate itself was judged by plan;
 * a job without `actions: read` promotes all the same, and its entry names nobody.
 */
export async function readApprovers(
  runner: Runner,
  { token, hotfix }: { token: string; hotfix: unknown },
  { name, gates }: EnvironmentSettings,
): Promise<readonly string[]> {
  const runId = runner.event.run.id;
  try {
    if (gates.comment) return approversIn(await openApprovals(runner, token).read(name), name, runId);
    const approvedIn = readHotfixRecord(hotfix)?.approvedIn ?? name;
    return approversOf(await openGatekeeper(runner, token).approvals(runId), approvedIn);
  } catch (error) {
    if (runner.signal.aborted || !(error instanceof Failure)) throw error;
    runner.log.warning(`The ledger will not name who approved: ${error.message}`);
    return [];
  }
}
