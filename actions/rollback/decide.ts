import { readEntries } from '../../src/cycle/ledger-entries.ts';
import { isForeign, type Observed } from '../../src/domain/deployment.ts';
import type { LedgerEntry } from '../../src/domain/ledger.ts';
import { readDigest } from '../../src/domain/release.ts';
import { chooseRollback, type RollbackChoice, type RollbackQuestion } from '../../src/domain/rollback.ts';
import type { Inputs } from '../../src/runner/contract.ts';
import type { contract } from './contract.ts';
import type { RollbackWorld } from './world.ts';

export interface Decision extends RollbackQuestion {
  readonly choice: RollbackChoice;
}

/** Looks at the target and at the ledger, and chooses what to do. Changes nothing. */
export async function decide(
  inputs: Inputs<typeof contract>,
  { app, environment, target, ledger, event, log }: RollbackWorld,
  signal: AbortSignal,
): Promise<Decision> {
  const asked = {
    app,
    to: inputs.to,
    // A failure names what it wants undone: what is live may be what it would go back to.
    undo: inputs.digest === '' && !inputs.automatic ? undefined : readDigest(inputs.digest),
    runId: event.run.id,
    automatic: inputs.automatic,
  };
  const place = { app, environment: environment.name };
  const decideOn = async (observed: Observed): Promise<Decision> => {
    const choose = (read: readonly LedgerEntry[]) => chooseRollback({ ...asked, observed, entries: read });
    const entries = await readEntries(ledger, place, (read) => isCertain(choose(read)));
    return { ...asked, observed, entries, choice: choose(entries) };
  };
  const decision = await decideOn(await target.observe({ signal }));
  const cut = cutPromotion(decision.entries, asked.runId)?.payload;
  if (decision.choice.kind !== 'not-needed' || cut?.target.deploymentId === undefined) return decision;
  log.info(`Looking whether ${cut.release.version} goes live yet: its promotion was cut short …`);
  return decideOn(await target.observe({ signal, awaited: cut.target.deploymentId }));
}

/** Whether older entries can change nothing: what nobody knows is gone back to only if no release is good. */
const isCertain = (choice: RollbackChoice): boolean =>
  choice.kind === 'not-needed' || (choice.kind === 'go-back' && !isForeign(choice.to));

/**
 * This run's own promotion of which nobody heard what became of it. "Nothing to undo" may be true for a
 * moment only: the target may have been asked.
 */
function cutPromotion(entries: readonly LedgerEntry[], runId: string): LedgerEntry | undefined {
  const own = entries.find(({ task, payload }) => task === 'promote' && payload.run.id === runId);
  return own?.state === 'started' ? own : undefined;
}
