import { describeHold, type Hold, holdsIn, holdsOn, type Override, overrideOf } from '../domain/holds.ts';
import type { Digest } from '../domain/release.ts';
import type { HoldLedger } from '../ports/holds.ts';

/** Name of the gate that an override opens for what is locked or held. */
const GATE = 'hold';

export interface HoldAnswer {
  /** What keeps the release out; empty when nothing does. */
  readonly holds: readonly Hold[];
  /** What lets it in all the same. */
  readonly override: Override | undefined;
}

/** What keeps a release out of an environment at this moment, and whether somebody opened the gate. */
export async function askHolds(
  ledger: HoldLedger,
  { environment, digest }: { readonly environment: string; readonly digest: Digest },
  now: Date,
): Promise<HoldAnswer> {
  const record = await ledger.read();
  return {
    holds: holdsOn(holdsIn(record, now), environment, digest),
    override: overrideOf(record.controls, { gate: GATE, environment, digest }, now),
  };
}

/** A hold as the refusal of an action that would have made the release live. */
export function holdRefusal(hold: Hold) {
  const isLock = hold.kind === 'lock';
  return {
    kind: 'refused' as const,
    reason: 'HELD',
    headline: describeHold(hold),
    next: isLock
      ? `Wait, or unlock ${hold.environment} with the control workflow (mode unlock), with a reason.`
      : 'Release another build, or let this one go with the control workflow (mode release), with a reason.',
    outputs: {},
    summary: '',
  };
}

/** One line for the log and the summary of what was let through. */
export const describeOverride = ({ by, second, until, reason }: Override, hold: Hold): string =>
  `${describeHold(hold)}. Overridden by ${second === undefined ? by : `${by} and ${second}`} until ${until}: ${reason}`;
