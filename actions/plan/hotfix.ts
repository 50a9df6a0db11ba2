import { changeBetween, ruleFile } from '../../src/cycle/change.ts';
import { type Repository, relationTo } from '../../src/cycle/history.ts';
import { readEntries } from '../../src/cycle/ledger-entries.ts';
import type { Configuration } from '../../src/domain/configuration.ts';
import { Failure } from '../../src/domain/failure.ts';
import type { GateAnswer, GateName } from '../../src/domain/gates/gate.ts';
import { isPerson } from '../../src/domain/gates/starters.ts';
import type { Override } from '../../src/domain/holds.ts';
import { type HotfixAnswer, open, unknown } from '../../src/domain/hotfix/answer.ts';
import { backMergeAnswer, obligations, wasHeldToIt } from '../../src/domain/hotfix/back-merge.ts';
import { baseAnswer, liveEntry } from '../../src/domain/hotfix/base.ts';
import { type HotfixRight, judgeHotfix } from '../../src/domain/hotfix/branch.ts';
import { rulesAnswer, sizeAnswer } from '../../src/domain/hotfix/change.ts';
import { hotfixSummary } from '../../src/domain/hotfix/describe.ts';
import { EMERGENCY_GATES, type Emergency, judgeEmergency } from '../../src/domain/hotfix/emergency.ts';
import type { HotfixRecord } from '../../src/domain/hotfix/settings.ts';
import { hotfixWay, skippedBy } from '../../src/domain/hotfix/way.ts';
import { judgeTrust } from '../../src/domain/trust.ts';
import { approversOf } from '../../src/ports/gatekeeper.ts';
import type { Ledger } from '../../src/ports/ledger.ts';
import type { Said } from './comment-approval.ts';
import { broughtAlong, findHotfix } from './hotfix-history.ts';
import { wasRebuilt } from './rebuilt.ts';
import type { Entry, GateWorld, HotfixEntry } from './world.ts';

export interface HotfixWorld {
  readonly configuration: Pick<Configuration, 'app' | 'environments' | 'hotfix'>;
  readonly ledger: Ledger;
  readonly repository: Repository;
}

export interface HotfixReading {
  readonly base: HotfixAnswer;
  /** Absent where the base is not open: there is nothing to compare the branch with. */
  readonly size?: HotfixAnswer;
  readonly rules?: HotfixAnswer;
  /** What the ledger will keep of it; absent as the two above are. */
  readonly record?: HotfixRecord;
}

/** Whether the run may take the short way, and what its gates are to know of it. */
export function hotfixRight(
  inputs: { readonly config: string; readonly emergency: string },
  { event, configuration }: Pick<GateWorld, 'event' | 'configuration'>,
):
  | { readonly kind: 'hotfix'; readonly why: string; readonly hotfix: HotfixEntry }
  | Extract<HotfixRight, { kind: 'none' }> {
  const right = judgeHotfix(event, judgeTrust(event), configuration.hotfix);
  if (right.kind === 'none') return right;
  const { branch, main, why } = right;
  const { config, emergency } = inputs;
  const approvedIn = configuration.hotfix.approvalEnvironment;
  return { kind: 'hotfix', why, hotfix: { branch, main, config, emergency, approvedIn } };
}

/**
 * An entry on the short way: only what is on it has to come before, and only production's approval may be
 * asked elsewhere.
 *
 * @throws Failure ENVIRONMENT_NOT_COVERED
 */
export function onHotfixWay(
  configuration: Configuration,
  entry: Entry,
  hotfix: HotfixEntry,
): Entry & { readonly hotfix: HotfixEntry } {
  const { environment } = entry;
  const { route } = hotfixWay(configuration);
  if (!route.includes(environment)) {
    throw new Failure(
      'ENVIRONMENT_NOT_COVERED',
      `A hotfix goes through ${route.map(({ name }) => name).join(' → ')}, and ${environment.name} is not on that way.`,
      'Call stage.yml with `lane: hotfix` for those environments only.',
    );
  }
  const after = environment.gates.after.filter((name) => route.some((one) => one.name === name));
  const isLast = environment === route.at(-1);
  return {
    ...entry,
    lane: 'hotfix',
    environment: { ...environment, gates: { ...environment.gates, after } },
    hotfix: isLast ? hotfix : { ...hotfix, emergency: '', approvedIn: undefined },
  };
}

/** What is left out, before anything is decided: an emergency is what somebody asks for. */
export const plannedHotfix = (
  configuration: Configuration,
  { branch, emergency }: Pick<HotfixEntry, 'branch' | 'emergency'>,
): string =>
  hotfixSummary({ branch, skipped: skippedBy(configuration), ...(emergency === '' ? {} : { emergency }) });

type Questions = Readonly<Partial<Record<GateName, () => Promise<GateAnswer>>>>;

/** What the gates of a hotfix ask, from one reading of the branch. */
export interface OpenHotfix {
  readonly questions: Questions;
  /** What the ledger is to keep; undefined where the base cannot be told or is wrong. */
  record(): Promise<HotfixRecord | undefined>;
  /** The overrides that an emergency is, where two people stand for it. */
  emergency(now: Date): Promise<readonly Override[]>;
  /** Why an emergency that somebody asked for is none, or none yet. */
  refusedEmergency(): Promise<GateAnswer | undefined>;
  /** Gates that open with the approval, where it is all that an emergency waits for. */
  opensByApproval(): Promise<readonly GateName[]>;
}

/**
 * Reads a hotfix branch once, and who stands for an emergency once, when they are first asked for.
 *
 * @param said reads what people said by comment; undefined where GitHub asks its reviewers
 */
export function openHotfix(
  world: GateWorld,
  repository: Repository,
  entry: Entry & { readonly hotfix: HotfixEntry },
  said: (() => Promise<Said>) | undefined,
): OpenHotfix {
  const { environment, commit, hotfix } = entry;
  let reading: Promise<HotfixReading> | undefined;
  const read = () => {
    reading ??= readHotfix({ ...world, repository }, { ...hotfix, commit });
    return reading;
  };
  let judging: Promise<Emergency | undefined> | undefined;
  const judge = () => {
    judging ??= judgeOf(world, entry, said);
    return judging;
  };
  const { environment: production } = productionOf(world.configuration);
  const NO_BASE = unknown(
    'the branch cannot be compared with what is live',
    'Mend the base of the branch first.',
  );
  return {
    questions: {
      // What is proven before production may be far ahead of it, with the fix in it already.
      ...(environment.name === production
        ? {}
        : { newest: async () => named('newest', open(`a hotfix is held to what is live in ${production}`)) }),
      'hotfix-base': async () => named('hotfix-base', (await read()).base),
      'hotfix-size': async () => named('hotfix-size', (await read()).size ?? NO_BASE),
      'hotfix-rules': async () => named('hotfix-rules', (await read()).rules ?? NO_BASE),
    },
    async record() {
      const known = await read().catch(unread);
      const emergency = await judge().catch(unread);
      return (
        known?.record && {
          ...known.record,
          ...(emergency?.kind === 'two-people' ? { emergency: emergency.reason } : {}),
          ...(hotfix.approvedIn === undefined ? {} : { approvedIn: hotfix.approvedIn }),
        }
      );
    },
    async emergency(now) {
      const emergency = await judge().catch(unread);
      if (emergency?.kind !== 'two-people') return [];
      const { by, second, reason } = emergency;
      const at = now.toISOString();
      return EMERGENCY_GATES.map((gate) => ({
        id: `run ${world.event.run.id}`,
        gate,
        environment: environment.name,
        reason: `emergency: ${reason}`,
        by,
        second,
        since: at,
        until: at,
      }));
    },
    async refusedEmergency() {
      const emergency = await judge();
      if (emergency === undefined || emergency.kind === 'two-people') return undefined;
      const answer = (await said?.())?.answer;
      // A no is told as one, and not as a second name that is missing.
      const isRejected = answer?.state === 'shut' && answer.reason === 'APPROVAL_REJECTED';
      return isRejected ? { ...answer, gate: 'order' } : named('order', emergency.answer);
    },
    async opensByApproval() {
      const emergency = await judge().catch(unread);
      return emergency?.kind === 'awaited' ? EMERGENCY_GATES : [];
    },
  };
}

/** What could not be read is told by the gate that asked for it. */
function unread(error: unknown): undefined {
  if (!(error instanceof Failure) || error.code === 'CANCELLED') throw error;
  return undefined;
}

async function judgeOf(
  world: GateWorld,
  entry: Entry & { readonly hotfix: HotfixEntry },
  said: (() => Promise<Said>) | undefined,
): Promise<Emergency | undefined> {
  const { name: environment } = entry.environment;
  const { emergency: reason, approvedIn = environment } = entry.hotfix;
  if (reason === '') return undefined;
  const { actor, triggeringActor, run } = world.event;
  const question = { environment, reason };
  if (said) {
    const { answer, ask, approvers } = await said();
    const isAsked = answer.state === 'shut' && answer.reason === 'WAITS_FOR_APPROVAL';
    return judgeEmergency({
      ...question,
      // An app runs it again when people have answered. Their yes is bound to these files, not to an attempt.
      startedBy: [actor, isPerson(triggeringActor) ? triggeringActor : actor],
      // Whoever read nothing of an emergency stands for none.
      approvers: ask?.payload.emergency === reason.trim() ? approvers : [],
      isRebuilt: false,
      isAwaited: isAsked,
    });
  }
  const approvers = approversOf(await world.gatekeeper.approvals(run.id), approvedIn);
  const isRebuilt = await wasRebuilt(world, entry);
  const startedBy = [actor, triggeringActor] as const;
  return judgeEmergency({ ...question, startedBy, approvers, isRebuilt, isAwaited: false });
}

/** What a normal release is asked before production: whether it brings every hotfix with it. */
export function backMergeQuestion(
  world: GateWorld,
  repository: Repository,
  { environment, commit }: Entry,
): Questions {
  if (environment.name !== productionOf(world.configuration).environment) return {};
  return {
    'back-merge': async () => named('back-merge', await readBackMerge({ ...world, repository }, commit)),
  };
}

const named = (gate: GateName, answer: HotfixAnswer): GateAnswer => ({ gate, ...answer });

export interface HotfixBranch {
  readonly branch: string;
  readonly commit: string;
  /** Name of the default branch. */
  readonly main: string;
  /** Path of airlock.yml as the workflow was given it. */
  readonly config: string;
}

/**
 * Holds a hotfix branch to what is live in production, the last environment of airlock.yml.
 *
 * @throws Failure HISTORY_SHALLOW, GIT_FAILED, DEFAULT_BRANCH_MISSING, and what the ledger throws: what cannot be read is no yes
 */
export async function readHotfix(
  { configuration, ledger, repository }: HotfixWorld,
  { branch, commit, main, config }: HotfixBranch,
): Promise<HotfixReading> {
  const place = productionOf(configuration);
  const entries = await readEntries(ledger, place, (read) => liveEntry(read) !== undefined);
  const live = liveEntry(entries);
  const liveCommit = live?.payload.release.commit;
  const standing = liveCommit === undefined ? 'unknown' : await relationTo(repository, commit, liveCommit);
  const along =
    liveCommit !== undefined && standing === 'contained'
      ? await broughtAlong(repository, { main, live: liveCommit, commit })
      : [];
  const base = baseAnswer(place.environment, live, standing, along);
  if (base.state !== 'open' || liveCommit === undefined) return { base };
  // Run again once it is live, it is held to what it grew from and not to itself.
  const grownFrom = live?.payload.hotfix && standing === 'same' ? live.payload.hotfix.base : liveCommit;
  const [change, ...rules] = await Promise.all([
    changeBetween(repository, grownFrom, commit),
    ...[config, ...freezeFiles(configuration)].map((path) => ruleFile(repository, commit, path)),
  ]);
  return {
    base,
    size: sizeAnswer(change, configuration.hotfix.most),
    rules: rulesAnswer(change, rules),
    record: { branch, base: grownFrom, skipped: skippedBy(configuration) },
  };
}

/** Calendars in the repository from which freezes are read. */
const freezeFiles = ({ environments }: HotfixWorld['configuration']): readonly string[] =>
  environments
    .flatMap(({ gates }) => gates.calendar?.sources ?? [])
    .flatMap((source) => (source.kind === 'file' ? [source.path] : []));

/**
 * Whether a normal release brings every hotfix with it that production had.
 *
 * @throws Failure HISTORY_SHALLOW, GIT_FAILED, and what the ledger throws
 */
export async function readBackMerge(
  { configuration, ledger, repository }: HotfixWorld,
  commit: string,
): Promise<HotfixAnswer> {
  const entries = await readEntries(ledger, productionOf(configuration), (read) => read.some(wasHeldToIt));
  const found = [];
  for (const obligation of obligations(entries))
    found.push({ obligation, finding: await findHotfix(repository, commit, obligation) });
  return backMergeAnswer(found);
}

const productionOf = ({ app, environments }: HotfixWorld['configuration']) => ({
  app,
  environment: environments.at(-1)?.name ?? '',
});
