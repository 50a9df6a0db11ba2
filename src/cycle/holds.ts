import {
  type ControlEntry,
  describeHold,
  type Hold,
  type HoldRecord,
  holdsIn,
  holdsOn,
  type Override,
  overridesOf,
  unended,
} from '../domain/holds.ts';
import type { Digest } from '../domain/release.ts';
import type { HoldLedger } from '../ports/holds.ts';

/** Name of the gate that an override opens for what is locked or held. */
const GATE = 'hold';

/** A release of an app before an environment. */
export interface HoldQuestion {
  readonly app: string;
  readonly environment: string;
  readonly digest: Digest;
}

export interface HoldAnswer {
  /** What keeps the release out; empty when nothing does. */
  readonly holds: readonly Hold[];
  /** What lets it in all the same. */
  readonly override: Override | undefined;
}

/** What keeps a release out of an environment at this moment, and whether somebody opened the gate. */
export async function askHolds(ledger: HoldLedger, question: HoldQuestion, now: Date): Promise<HoldAnswer> {
  const record = await ledger.read();
  const { app, environment, digest } = question;
  const concerns = (holds: readonly Hold[]) => holdsOn(holds, environment, digest);
  const holds = await standingHolds(ledger, record, { app, concerns }, now);
  if (holds.length === 0) return { holds, override: undefined };
  const said = overridesOf(record.controls, question, now).filter(({ gate }) => gate === GATE);
  const [override] = await standingOverrides(ledger, said, record.controls);
  return { holds, override };
}

/**
 * What is locked and held, of what concerns somebody. What lifts something is doubted first, and only what
 * lifts something that matters: the newest before the others, because it lifts what they did too. Of what a way
 * back would hold still, it is asked last whether that was gone to its end.
 *
 * @param concerns leaves out what does not matter, each for itself
 * @throws Failure where GitHub does not say whether it is to be believed
 */
export async function standingHolds(
  ledger: Pick<HoldLedger, 'doubt' | 'gone'>,
  record: HoldRecord,
  { app, concerns }: { app: string; concerns: (holds: readonly Hold[]) => readonly Hold[] },
  now: Date,
): Promise<readonly Hold[]> {
  const standing = new Set(concerns(unended(record, now)).map(({ id }) => id));
  const disbelieved = new Set<string>();
  for (const entry of record.controls) {
    const { app: its, lifts } = entry.payload;
    if (its !== app || !lifts.some((id) => standing.has(id))) continue;
    if ((await ledger.doubt(entry)) === undefined) for (const id of lifts) standing.delete(id);
    else disbelieved.add(entry.id);
  }
  return withoutCutShort(ledger, record, concerns(holdsIn(record, app, now, disbelieved)));
}

/**
 * Some holds without those that stand in a way back which was not gone to its end. What was cut short may have
 * left the bad release live: its rerun must get through to go back.
 */
export async function withoutCutShort(
  ledger: Pick<HoldLedger, 'gone'>,
  { waysBack }: HoldRecord,
  holds: readonly Hold[],
): Promise<readonly Hold[]> {
  const implied = new Set(holds.flatMap(({ id, kind }) => (kind === 'rollback' ? [id] : [])));
  const gone = await ledger.gone(waysBack.filter(({ id }) => implied.has(id)));
  return holds.filter(({ id, kind }) => kind !== 'rollback' || gone.has(id));
}

/** Those of some overrides that are to be believed. */
export async function standingOverrides(
  ledger: Pick<HoldLedger, 'doubt'>,
  said: readonly Override[],
  controls: readonly ControlEntry[],
): Promise<readonly Override[]> {
  const found: Override[] = [];
  for (const override of said) {
    const entry = controls.find(({ id }) => id === override.id);
    if (entry && (await ledger.doubt(entry)) === undefined) found.push(override);
  }
  return found;
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
