import { mayCommand } from '../domain/command/author.ts';
import type { EnvironmentSettings } from '../domain/configuration.ts';
import type { WorkflowEvent } from '../domain/event.ts';
import { isEffective, OVERRIDABLE_GATES } from '../domain/gates/engine.ts';
import {
  type ControlKind,
  type ControlPayload,
  describeHold,
  type Hold,
  LONGEST_OVERRIDE_MS,
  type NewControl,
  overridesIn,
  unended,
} from '../domain/holds.ts';
import { defaultBranchOf } from '../domain/hotfix/branch.ts';
import type { Outcome } from '../domain/outcome.ts';
import { type Digest, isDigest, shortDigest } from '../domain/release.ts';
import { readUntil } from '../domain/until.ts';
import type { Clock } from '../ports/clock.ts';
import type { Comments } from '../ports/comments.ts';
import type { HoldLedger } from '../ports/holds.ts';
import type { Ledger } from '../ports/ledger.ts';
import { summarize } from './control-summary.ts';
import { standingHolds, standingOverrides } from './holds.ts';

/** What somebody says, as they wrote it. Empty is for what nobody said. */
export interface ControlRequest {
  readonly mode: ControlKind | 'status';
  readonly reason: string;
  /** Version or digest. */
  readonly release: string;
  readonly until: string;
  readonly gate: string;
  readonly second: string;
}

export interface ControlWorld {
  readonly app: string;
  /** What it is about; of a release, where it is filed. */
  readonly environment: Pick<EnvironmentSettings, 'name'>;
  /** Environments whose ledgers know releases by their versions. */
  readonly known: readonly Pick<EnvironmentSettings, 'name'>[];
  /** Login of whoever says it. */
  readonly by: string;
  /** The comment that says it, where one does. */
  readonly comment?: number;
  readonly ledger: Ledger;
  readonly holds: HoldLedger;
  readonly people: Pick<Comments, 'permission'>;
  readonly event: WorkflowEvent;
  readonly clock: Clock;
}

/** What is locked and held after it. */
export interface ControlOutputs {
  readonly locked?: string | undefined;
  /** As JSON. */
  readonly holds?: string | undefined;
  /** The ledger entry that was written; undefined when nothing had to be. */
  readonly entry?: string | undefined;
}

export type ControlRefusal =
  | 'REASON_MISSING'
  | 'RUN_NOT_BELIEVED'
  | 'NOT_LOCKED'
  | 'NOT_HELD'
  | 'RELEASE_NOT_NAMED'
  | 'RELEASE_UNKNOWN'
  | 'GATE_NOT_OVERRIDABLE'
  | 'OVERRIDE_NOT_PERMITTED'
  | 'SECOND_PERSON_MISSING';
export type ControlOutcome = Outcome<ControlOutputs>;

type Given = ControlRequest;
type Result = ControlOutcome;

/** Characters of a reason that the ledger keeps. */
const LONGEST_REASON = 500;
const DAY_MS = 86_400_000;
/** A lock that nobody remembers after a year is a setting, and belongs into airlock.yml. */
const LONGEST_HOLD_MS = 365 * DAY_MS;
/** Entries that one lifts at most: GitHub takes no payload of any size. */
const MOST_LIFTS = 100;
const OVERRIDE = '4h';

/** Says something of an environment or a release, or tells what was said. Said again, it changes nothing. */
export async function control(inputs: ControlRequest, world: ControlWorld): Promise<Result> {
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
   * What was locked or held and has not ended, lifted or not. Whoever lifts something lifts again what was
   * lifted before: then the newest is the only one that a gate has to look into.
   */
  readonly all: readonly Hold[];
}

async function readBefore({ app, holds, clock }: ControlWorld): Promise<Before> {
  const record = await holds.read();
  const now = clock.now();
  const standing = await standingHolds(holds, record, { app, concerns: (all) => all }, now);
  return { standing, all: unended(record, now) };
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

async function lock(given: Given, { standing, all }: Before, world: ControlWorld): Promise<Result> {
  const { name } = world.environment;
  const isLock = ({ kind, environment }: Hold) => kind === 'lock' && environment === name;
  const locks = standing.filter(isLock);
  const until = ends(given, world);
  const known = sameAgain(locks, given, world);
  if (known) return told(world, `${name} is locked already`, undefined);
  const entry = await record(world, given, 'lock', { ...until, lifts: ids(all.filter(isLock)) });
  return told(world, `${name} is locked: ${given.reason}`, entry);
}

async function unlock(given: Given, { standing, all }: Before, world: ControlWorld): Promise<Result> {
  const { name } = world.environment;
  const isLock = ({ kind, environment }: Hold) => kind === 'lock' && environment === name;
  if (!standing.some(isLock)) {
    return refuse('NOT_LOCKED', `${name} is not locked; ${listed(standing)}`, STATUS);
  }
  const entry = await record(world, given, 'unlock', { lifts: ids(all.filter(isLock)) });
  return told(world, `${name} is unlocked: ${given.reason}`, entry);
}

async function hold(given: Given, { standing, all }: Before, world: ControlWorld): Promise<Result> {
  const found = await named(given, world);
  if ('kind' in found) return found;
  const until = ends(given, world);
  const isHold = ({ kind, digest }: Hold) => kind === 'hold' && digest === found.digest;
  if (sameAgain(standing.filter(isHold), given, world))
    return told(world, `${nameOf(found)} is held already`, undefined);
  const entry = await record(world, given, 'hold', { ...found, ...until, lifts: ids(all.filter(isHold)) });
  return told(world, `${nameOf(found)} is held everywhere: ${given.reason}`, entry);
}

async function release(given: Given, { standing, all }: Before, world: ControlWorld): Promise<Result> {
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
  const same = all.filter((one) => one.kind !== 'lock' && one.digest === digest);
  const about = { ...(digest ? { digest } : {}), ...(version ? { version } : {}) };
  const entry = await record(world, given, 'release', { ...about, lifts: ids(same) });
  return told(world, `${version ?? wanted} is released: ${given.reason}`, entry);
}

async function override(given: Given, world: ControlWorld): Promise<Result> {
  const { gate, second } = given;
  const { by } = world;
  if (!OVERRIDABLE_GATES.some((one) => one === gate)) {
    return refuse(
      'GATE_NOT_OVERRIDABLE',
      `No override opens the gate "${gate.slice(0, 40)}"`,
      `Name one of ${OVERRIDABLE_GATES.join(', ')}.`,
    );
  }
  const other = second.trim().replace(/^@/, '');
  const person = other === '' ? {} : { second: other };
  const isOther = other !== '' && other.toLowerCase() !== by.toLowerCase();
  if (!isEffective({ gate, by, ...(isOther ? person : {}) })) {
    return refuse(
      'SECOND_PERSON_MISSING',
      `The gate ${gate} is opened by two people, and this names ${by} alone`,
      'Put the login of the second person into `second`.',
    );
  }
  const outsider = await outsiderAmong(isOther ? [by, other] : [by], world);
  if (outsider !== undefined) {
    return refuse(
      'OVERRIDE_NOT_PERMITTED',
      `${outsider.slice(0, 40)} has no write access to this repository, and opens no gate of it`,
      'Let somebody with write access start it, and name another one in `second`.',
    );
  }
  const found = given.release.trim() === '' ? undefined : await named(given, world);
  if (found && 'kind' in found) return found;
  const until = readUntil(given.until.trim() || OVERRIDE, world.clock.now(), LONGEST_OVERRIDE_MS);
  const entry = await record(world, given, 'override', { ...found, ...person, gate, until, lifts: [] });
  const people = isOther ? `${by} and ${other}` : by;
  const { name } = world.environment;
  return {
    ...(await told(
      world,
      `${people} opened the gate ${gate} of ${name} until ${until}: ${given.reason}`,
      entry,
    )),
    annotations: [
      {
        level: 'warning',
        message: `${people} overrode the gate ${gate} of ${name} until ${until}: ${given.reason}`,
      },
    ],
  };
}

/** The first of them who may change nothing here, as GitHub says now. */
async function outsiderAmong(
  logins: readonly string[],
  { people }: ControlWorld,
): Promise<string | undefined> {
  for (const login of logins) if (!mayCommand(await people.permission(login))) return login;
  return undefined;
}

/** The end that was given, as the payload has it. */
function ends({ until }: Given, { clock }: ControlWorld): { readonly until?: string } {
  const text = until.trim();
  return text === '' ? {} : { until: readUntil(text, clock.now(), LONGEST_HOLD_MS) };
}

/** Whether the same person said just this: a run that is run again. One without an end stands for another. */
const sameAgain = (holds: readonly Hold[], { reason, until }: Given, { event, by }: ControlWorld): boolean =>
  holds.some(
    (one) =>
      one.reason === reason &&
      one.by === by &&
      (one.run === event.run.url || (until.trim() === '' && one.until === undefined)),
  );

type Named = { readonly digest: Digest; readonly version?: string };

/** The files that somebody means: by digest, or by a version that the environment's ledger knows. */
async function named({ release: given, mode }: Given, world: ControlWorld): Promise<Named | Refused> {
  const wanted = given.trim();
  if (wanted === '') return unnamed({ mode });
  if (isDigest(wanted)) return { digest: wanted };
  const entries = await Promise.all(
    world.known.map(({ name }) => world.ledger.entries(name, Number.POSITIVE_INFINITY)),
  );
  const builds = new Set(
    entries
      .flat()
      .map(({ payload }) => payload.release)
      .filter(({ app, version }) => app === world.app && version === wanted.replace(/^v/, ''))
      .map(({ digest }) => digest),
  );
  const [digest] = builds;
  if (digest === undefined || builds.size > 1) return ambiguous(wanted, [...builds]);
  return { digest, version: wanted.replace(/^v/, '') };
}

const nameOf = ({ digest, version }: Named): string => version ?? `sha256:${shortDigest(digest)}`;

/** The newest: of what is older an earlier entry says that it was lifted. */
const ids = (holds: readonly Hold[]): readonly string[] => holds.slice(0, MOST_LIFTS).map(({ id }) => id);

async function record(
  { app, environment, event, holds, by, comment }: ControlWorld,
  { reason }: Given,
  what: ControlKind,
  about: Pick<ControlPayload, 'lifts'> & Partial<ControlPayload>,
): Promise<string> {
  const entry: NewControl = {
    environment: environment.name,
    payload: {
      schema: 1,
      control: what,
      app,
      commit: event.sha,
      reason,
      run: event.run,
      actor: by,
      ...(comment === undefined ? {} : { comment }),
      ...about,
    },
  };
  return (await holds.record(entry)).id;
}

/** What stands now, read after it was written. */
async function told(world: ControlWorld, headline: string, entry: string | undefined): Promise<Result> {
  const { app, clock, holds: ledger } = world;
  const said = await ledger.read();
  const now = clock.now();
  const { name } = world.environment;
  // A lock of another environment does not concern this one; a held release concerns them all.
  const concerns = (all: readonly Hold[]) =>
    all.filter(({ kind, environment }) => kind !== 'lock' || environment === name);
  const holds = await standingHolds(ledger, said, { app, concerns }, now);
  const overrides = await standingOverrides(
    ledger,
    overridesIn(said.controls, app, now).filter(({ environment }) => environment === name),
    said.controls,
  );
  return {
    kind: 'done',
    headline,
    outputs: {
      locked: String(holds.some(({ kind }) => kind === 'lock')),
      holds: JSON.stringify(holds),
      entry,
    },
    summary: summarize(name, holds, overrides),
  };
}

const STATUS = 'Start the control workflow with mode `status` to see everything that is locked and held.';

const listed = (standing: readonly Hold[]): string =>
  standing.length === 0 ? 'nothing is locked or held' : standing.map(describeHold).join('; ');

type Refused = Extract<Result, { kind: 'refused' }>;

const unnamed = ({ mode }: Pick<Given, 'mode'>): Refused =>
  refuse('RELEASE_NOT_NAMED', `${mode} names no release`, 'Put a version or a digest into `release`.');

const ambiguous = (wanted: string, builds: readonly (Digest | undefined)[]): Refused =>
  refuse(
    'RELEASE_UNKNOWN',
    builds.length === 0
      ? `The ledger of this environment knows no release ${wanted}`
      : `${wanted} stands for ${builds.length} builds: ${builds.join(', ')}`,
    'Name the digest: build-check prints it, and every summary of a release has it.',
  );

const refuse = (reason: ControlRefusal, headline: string, next: string): Refused => ({
  kind: 'refused',
  reason,
  headline,
  next,
  outputs: {},
  summary: '',
});
