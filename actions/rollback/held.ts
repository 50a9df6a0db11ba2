import { askHolds, describeOverride } from '../../src/cycle/holds.ts';
import type { Deployment } from '../../src/domain/deployment.ts';
import { describeHold, type Hold } from '../../src/domain/holds.ts';
import type { RollbackWorld } from './world.ts';

/**
 * What keeps a release that a person named from coming back: a hold, or that it was gone back from. Chosen by
 * name, the way back would be a way forward around them. A lock is on what comes and not on what returns, and
 * what is live, beside a canary, is nothing to keep out.
 */
export async function heldBack(
  to: Deployment,
  live: Deployment | undefined,
  { app, environment: { name: environment }, holds: ledger, clock, log }: RollbackWorld,
): Promise<Hold | undefined> {
  const { digest } = to;
  if (digest === undefined || to.id === live?.id) return undefined;
  const question = { app, environment, digest };
  const { holds, override } = await askHolds(ledger, question, clock.now());
  const hold = holds.find(({ kind }) => kind !== 'lock');
  if (!hold || !override) return hold;
  log.warning(describeOverride(override, hold));
  return undefined;
}

/** Such a hold as the refusal of a rollback. */
export const heldRefusal = (hold: Hold) => ({
  reason: 'HELD' as const,
  why: describeHold(hold),
  next: 'Leave `to` empty for the last good release, which nothing holds back, or let this one go with the control workflow (mode release), with a reason.',
});
