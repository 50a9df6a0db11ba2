import { type ControlKind, describeHold, type Hold, type HoldRecord, unended } from '../domain/holds.ts';
import { defaultBranchOf } from '../domain/hotfix/branch.ts';
import { readUntil } from '../domain/until.ts';
import { record, told } from './control-entry.ts';
import { ambiguous, named, nameOf, unnamed } from './control-release.ts';
import {
  type ControlOutcome,
  type ControlRequest,
  type ControlWorld,
  type Refused,
  refuse,
} from './control-world.ts';
import { standingHolds, withoutCutShort } from './holds.ts';
import { override } from './override.ts';

/** Characters of a reason that the ledger keeps. */
const LONGEST_REASON = 500;
const DAY_MS = 86_400_000;
/** A lock that nobody remembers after a year is a setting, and belongs into airlock.yml. */
const LONGEST_HOLD_MS = 365 * DAY_MS;
/** Entries that one lifts at most: GitHub takes no payload of any size. */
const MOST_LIFTS = 100;

/** Says something of an environment or a release, or tells what was said. Said again, it changes nothing. */
export async function control(inputs: ControlRequest, world: ControlWorld): Promise<ControlOutcome> {
  const { mode } = inputs;
  if (mode === 'status') return told(world, `${world.environment.name} as it stands`, undefined);
  const reason = inputs.reason.replaceAll(/\s+/g, ' ').trim().slice(0, LONGEST_REASON).toWellFormed();
  if (reason === '') {
    return refuse(
      'REASON_MISSING',
      `${mode} says no reason`,
      'Fill in `reason`: others will read it at night.',
    );
  }
  if (mode !== 'lock' && mode !== 'hold') {
    const why = notBelieved(mode, world);
    if (why) return why;
  }
  const said = { ...inputs, mode, reason };
  if (mode === 'override') return override(said, world);
  const before = await readBefore(world);
  return { lock, unlock, hold, release }[mode](said, before, world);
}

/** What was said before. */
interface Before {
  readonly standing: readonly Hold[];
  /**
   * What was locked or held and has not ended, lifted or not, also by ways back that may have been cut short.
   * Whoever lifts something lifts again what was lifted before: then the newest is the only one that a gate has
   * to look into.
   */
  readonly all: readonly Hold[];
  readonly record: HoldRecord;
}

async function readBefore({ app, holds, clock }: ControlWorld): Promise<Before> {
  const record = await holds.read();
  const now = clock.now();
  const standing = await standingHolds(holds, record, { app, concerns: (all) => all }, now);
  return { standing, all: unended(record, now), record };
}

/** What opens something is believed of a run on the default branch only, and an override of a person’s own. */
function notBelieved(mode: ControlKind, { event, comment }: ControlWorld): Refused | undefined {
  // GitHub starts what a comment starts on the default branch.
  if (comment !== undefined) return undefined;
  const isOnMain = event.ref === `refs/heads/${defaultBranchOf(event)}`;
  if (isOnMain && (event.name === 'workflow_dispatch' || mode !== 'override')) return undefined;
  return refuse(
    'RUN_NOT_BELIEVED',
    isOnMain
      ? 'An override counts only when somebody starts the run by hand or says it in a comment'
      : `${mode} counts only in a run on the default branch`,
    'Start the control workflow by hand, on the default branch.',
  );
}

async function lock(
  given: ControlRequest,
  { standing, all }: Before,
  world: ControlWorld,
): Promise<ControlOutcome> {
  const { name } = world.environment;
  const isLock = ({ kind, environment }: Hold) => kind === 'lock' && environment === name;
  const locks = standing.filter(isLock);
  const until = ends(given, world);
  const known = sameAgain(locks, given, world);
  if (known) return told(world, `${name} is locked already`, undefined);
  const entry = await record(world, given, 'lock', { ...until, lifts: ids(all.filter(isLock)) });
  return told(world, `${name} is locked: ${given.reason}`, entry);
}

async function unlock(
  given: ControlRequest,
  { standing, all }: Before,
  world: ControlWorld,
): Promise<ControlOutcome> {
  const { name } = world.environment;
  const isLock = ({ kind, environment }: Hold) => kind === 'lock' && environment === name;
  if (!standing.some(isLock)) {
    return refuse('NOT_LOCKED', `${name} is not locked; ${listed(standing)}`, STATUS);
  }
  const entry = await record(world, given, 'unlock', { lifts: ids(all.filter(isLock)) });
  return told(world, `${name} is unlocked: ${given.reason}`, entry);
}

async function hold(
  given: ControlRequest,
  { standing, all }: Before,
  world: ControlWorld,
): Promise<ControlOutcome> {
  const found = await named(given, world);
  if ('kind' in found) return found;
  const until = ends(given, world);
  const isHold = ({ kind, digest }: Hold) => kind === 'hold' && digest === found.digest;
  if (sameAgain(standing.filter(isHold), given, world))
    return told(world, `${nameOf(found)} is held already`, undefined);
  const entry = await record(world, given, 'hold', { ...found, ...until, lifts: ids(all.filter(isHold)) });
  return told(world, `${nameOf(found)} is held everywhere: ${given.reason}`, entry);
}

async function release(
  given: ControlRequest,
  { standing, all, record: before }: Before,
  world: ControlWorld,
): Promise<ControlOutcome> {
  const wanted = given.release.trim();
  if (wanted === '') return unnamed(given);
  const held = standing.filter(
    ({ kind, digest, version }) => kind !== 'lock' && (digest === wanted || version === wanted),
  );
  const [first] = held;
  if (!first) return refuse('NOT_HELD', `${wanted} is not held; ${listed(standing)}`, STATUS);
  // The files count, not what they are called: a version may stand for several builds.
  const digests = new Set(held.map(({ digest }) => digest));
  if (digests.size > 1) return ambiguous(wanted, [...digests]);
  const { digest, version } = first;
  const said = all.filter((one) => one.kind !== 'lock' && one.digest === digest);
  // A way back that goes on holds what it leaves once it is gone: nobody lifts that ahead.
  const same = await withoutCutShort(world.holds, before, said);
  const about = { ...(digest ? { digest } : {}), ...(version ? { version } : {}) };
  const entry = await record(world, given, 'release', { ...about, lifts: ids(same) });
  return told(world, `${version ?? wanted} is released: ${given.reason}`, entry);
}

/** The end that was given, as the payload has it. */
function ends({ until }: ControlRequest, { clock }: ControlWorld): { readonly until?: string } {
  const text = until.trim();
  return text === '' ? {} : { until: readUntil(text, clock.now(), LONGEST_HOLD_MS) };
}

/** Whether the same person said just this: a run that is run again. One without an end stands for another. */
const sameAgain = (
  holds: readonly Hold[],
  { reason, until }: ControlRequest,
  { event, by }: ControlWorld,
): boolean =>
  holds.some(
    (one) =>
      one.reason === reason &&
      one.by === by &&
      (one.run === event.run.url || (until.trim() === '' && one.until === undefined)),
  );

/** The newest: of what is older an earlier entry says that it was lifted. */
const ids = (holds: readonly Hold[]): readonly string[] => holds.slice(0, MOST_LIFTS).map(({ id }) => id);

const STATUS = 'Start the control workflow with mode `status` to see everything that is locked and held.';

const listed = (standing: readonly Hold[]): string =>
  standing.length === 0 ? 'nothing is locked or held' : standing.map(describeHold).join('; ');
