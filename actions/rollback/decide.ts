import { readEntries } from '../../src/cycle/ledger-entries.ts';
import { isForeign, type Observed } from '../../src/domain/deployment.ts';
import type { LedgerEntry } from '../../src/domain/ledger.ts';
import { readDigest } from '../../src/domain/release.ts';
import { chooseRollback } from '../../src/domain/rollback/choose.ts';
import type { RollbackChoice, RollbackQuestion } from '../../src/domain/rollback/question.ts';
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
  const cut = cutPromotion(decision)?.payload;
  const awaited = cut?.target.deploymentId;
  if (awaited === undefined || !isDoubtful(decision, awaited)) return decision;
  log.info(`Looking whether ${cut?.release.version} goes live yet: its promotion was cut short …`);
  return decideOn(await target.observe({ signal, awaited }));
}

/** Whether older entries can change nothing: what nobody knows is gone back to only if no release is good. */
const isCertain = (choice: RollbackChoice): boolean =>
  choice.kind === 'not-needed' || (choice.kind === 'go-back' && !isForeign(choice.to));

/**
 * Whether that deployment, coming late, would make the choice a wrong one: nothing shows it yet, and either
 * all is to stay as it is, or whatever is live is to go.
 */
function isDoubtful({ choice, observed, automatic, to }: Decision, awaited: string): boolean {
  const { live, unsettled, deployments } = observed;
  const isShown = deployments.some(({ id, weight }) => id === awaited && weight > 0);
  if (isShown || unsettled !== undefined) return false;
  const stays = choice.kind !== 'go-back' || choice.to.id === live?.id;
  return stays || (!automatic && to === '');
}

/**
 * The promotion of which nobody heard what became of it: this run's own, or for a person the last one. That
 * there is nothing to undo may be true for a moment only: the target may have been asked.
 */
function cutPromotion({ entries, runId, automatic }: Decision): LedgerEntry | undefined {
  const last = entries.find(
    ({ task, payload }) => task === 'promote' && (!automatic || payload.run.id === runId),
  );
  return last?.state === 'started' ? last : undefined;
}
