import { authorsFor } from '../../src/cycle/authors.ts';
import { type Repository, relationTo } from '../../src/cycle/history.ts';
import { standingHolds, standingOverrides } from '../../src/cycle/holds.ts';
import { readEntries, readOnce } from '../../src/cycle/ledger-entries.ts';
import { HORIZON_MS } from '../../src/domain/calendar/ask.ts';
import { Failure } from '../../src/domain/failure.ts';
import { approvalGate } from '../../src/domain/gates/approval.ts';
import { calendarGate, verbsOf } from '../../src/domain/gates/calendar.ts';
import { type Decision, decide, holdingOf, isSkipped } from '../../src/domain/gates/engine.ts';
import { type GateAnswer, type GateName, unreadable } from '../../src/domain/gates/gate.ts';
import { holdGate, holdsBefore } from '../../src/domain/gates/hold.ts';
import { newestGate } from '../../src/domain/gates/newest.ts';
import { type Before, orderGate } from '../../src/domain/gates/order.ts';
import { soakGate } from '../../src/domain/gates/soak.ts';
import { type ControlEntry, type Override, overridesOf, type WayBackRecord } from '../../src/domain/holds.ts';
import type { HotfixRecord } from '../../src/domain/hotfix/settings.ts';
import { isProven, lastPassed } from '../../src/domain/ledger.ts';
import { readCalendar } from '../../src/ports/calendar.ts';
import { approversOf } from '../../src/ports/gatekeeper.ts';
import { askByComment } from './comment-approval.ts';
import { backMergeQuestion, openHotfix } from './hotfix.ts';
import { wasRebuilt } from './rebuilt.ts';
import { readStarters } from './starters.ts';
import type { Entry, GateWorld, HotfixEntry } from './world.ts';

/** The decision, and what the ledger is to keep of a hotfix whose base could be told. */
export interface EntryDecision extends Decision {
  readonly record: HotfixRecord | undefined;
  /** Gates that open with the approval: people are asked although these are shut. */
  readonly opensByApproval: readonly GateName[];
}

/** Every gate of the environment, each read on its own: one that cannot be read hides no other. */
export async function readGates(
  { ledger, holds, ...given }: GateWorld,
  repository: Repository,
  entry: Entry,
): Promise<EntryDecision> {
  const world = {
    ...given,
    ledger: readOnce(ledger),
    holds: {
      read: lazily(() => holds.read()),
      doubt: (one: ControlEntry) => holds.doubt(one),
      gone: (some: readonly WayBackRecord[]) => holds.gone(some),
    },
  };
  const { environment, digest, lane } = entry;
  const now = world.clock.now();
  const rules = { lane, skips: world.configuration.hotfix.skip.gates };
  const before = lazily(() => readBefore(world, entry));
  const { comment } = environment.gates;
  const said = comment && lazily(() => askByComment(world, repository, entry, comment));
  const hotfix = entry.hotfix && openHotfix(world, repository, { ...entry, hotfix: entry.hotfix }, said);
  const questions: Readonly<Partial<Record<GateName, () => Promise<GateAnswer>>>> = {
    hold: () => askHold(world, entry, now),
    order: async () => {
      const answer = orderGate(digest, await before(), environment.gates.freshMs, now);
      return answer.state === 'open' ? answer : ((await hotfix?.refusedEmergency()) ?? answer);
    },
    soak: async () => soakGate(digest, await before(), environment.gates.soakMs, now),
    calendar: () => askCalendars(world, entry, now, repository.signal),
    newest: () => askNewest(world, repository, entry),
    ...(hotfix?.questions ?? backMergeQuestion(world, repository, entry)),
    approval: async () => (said ? (await said()).answer : askReviewers(world, entry)),
  };
  const answers = await Promise.all(
    Object.entries(questions)
      .map(([gate, ask]) => ({ gate: gate as GateName, ask }))
      .filter(({ gate }) => !isSkipped(gate, rules))
      .map(({ gate, ask }) => orUnreadable(gate, ask)),
  );
  const overrides = [
    ...(await overridesFor(world, entry, answers, now)),
    ...((await hotfix?.emergency(now)) ?? []),
  ];
  return {
    ...decide(answers, { ...rules, overrides }),
    record: await hotfix?.record(),
    opensByApproval: (await hotfix?.opensByApproval()) ?? [],
  };
}

/** The gates of a hotfix alone, before anything is built: what its branch is held to does not need the release. */
export async function readHotfixGates(
  world: GateWorld,
  repository: Repository,
  entry: Entry & { readonly hotfix: HotfixEntry },
): Promise<Decision> {
  const now = world.clock.now();
  const { questions } = openHotfix(world, repository, entry, undefined);
  const answers = await Promise.all(
    Object.entries(questions).map(([gate, ask]) => orUnreadable(gate as GateName, ask)),
  );
  const overrides = await overridesFor(world, entry, answers, now);
  const { gates } = decide(answers, { lane: 'hotfix', skips: [], overrides });
  const own = gates.filter(({ gate }) => Object.hasOwn(questions, gate));
  return { gates: own, holding: holdingOf(own) };
}

async function askHold(
  { holds, configuration: { app } }: GateWorld,
  { environment: { name }, digest }: Entry,
  now: Date,
): Promise<GateAnswer> {
  const concerns = holdsBefore(name, digest);
  return holdGate(await standingHolds(holds, await holds.read(), { app, concerns }, now), name, digest);
}

/** Overrides of the gates that are not open. What cannot be read opens none: the gate itself says why it is shut. */
async function overridesFor(
  { holds, configuration: { app } }: GateWorld,
  { environment: { name: environment }, digest }: Entry,
  answers: readonly GateAnswer[],
  now: Date,
): Promise<readonly Override[]> {
  const gates = answers.filter(({ state }) => state !== 'open').map(({ gate }) => gate);
  if (gates.length === 0) return [];
  try {
    const { controls } = await holds.read();
    const said = overridesOf(controls, { app, environment, digest }, now);
    const wanted = said.filter(({ gate }) => gates.some((one) => one === gate));
    return await standingOverrides(holds, wanted, controls);
  } catch (error) {
    if (error instanceof Failure && error.code !== 'CANCELLED') return [];
    throw error;
  }
}

const readBefore = (world: GateWorld, { environment, digest }: Entry): Promise<readonly Before[]> =>
  Promise.all(
    environment.gates.after.map(async (name) => ({
      environment: name,
      entries: await readEntries(
        world.ledger,
        { app: world.configuration.app, environment: name },
        (read) => digest !== undefined && isProven(read, digest),
      ),
    })),
  );

async function askCalendars(
  { calendars }: GateWorld,
  { environment, lane }: Entry,
  now: Date,
  signal: AbortSignal,
): Promise<GateAnswer> {
  const settings = environment.gates.calendar;
  if (settings === undefined) return calendarGate(undefined, lane, now);
  const within = { from: now.getTime(), to: now.getTime() + HORIZON_MS };
  return calendarGate(await readCalendar(settings, verbsOf(lane), calendars, within, signal), lane, now);
}

async function askNewest(
  { configuration: { app }, ledger, event }: GateWorld,
  repository: Repository,
  { environment, commit }: Entry,
): Promise<GateAnswer> {
  const place = { app, environment: environment.name };
  const last = lastPassed(await readEntries(ledger, place, (read) => lastPassed(read) !== undefined));
  const relation = last ? await relationTo(repository, commit, last.payload.release.commit) : 'unknown';
  return newestGate(environment.name, last, event.run.id, relation);
}

async function askReviewers(world: GateWorld, entry: Entry): Promise<GateAnswer> {
  const { gatekeeper, event } = world;
  const { environment, commit, isAhead, hotfix } = entry;
  const name = hotfix?.approvedIn ?? environment.name;
  const question = { settings: { ...environment, name }, isAhead };
  if (environment.gates.approval === 'none') {
    const protection = { kind: 'known' as const, reviewers: [], preventsSelfReview: false };
    return approvalGate({ ...question, protection, approvers: [] });
  }
  const { selfApproval } = environment.gates;
  const place = { app: world.configuration.app, environment: environment.name };
  // Asked in one request with the ledger, before it is known whether anybody approved.
  const authors = selfApproval || isAhead ? [] : authorsFor(world, place, commit);
  const [protection, approvals] = await Promise.all([
    gatekeeper.protection(name),
    isAhead ? [] : gatekeeper.approvals(event.run.id),
  ]);
  const approvers = approversOf(approvals, name);
  if (approvers.length === 0) return approvalGate({ ...question, protection, approvers });
  const [isRebuilt, starters, wrote] = await Promise.all([
    wasRebuilt(world, entry),
    selfApproval ? undefined : readStarters(world, entry),
    authors,
  ]);
  return approvalGate({ ...question, protection, approvers, isRebuilt, starters, authors: wrote });
}

async function orUnreadable(gate: GateName, read: () => Promise<GateAnswer>): Promise<GateAnswer> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof Failure) || error.code === 'CANCELLED') throw error;
    return unreadable(gate, `${error.message} [${error.code}]`, error.next);
  }
}

/** Several gates are answered from one reading. */
function lazily<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined;
  return () => {
    reading ??= read();
    return reading;
  };
}
