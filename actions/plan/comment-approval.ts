import { interestedIn, weighYeses } from '../../src/cycle/approvals.ts';
import { authorsFor } from '../../src/cycle/authors.ts';
import { type Repository, relationTo } from '../../src/cycle/history.ts';
import { readEntries } from '../../src/cycle/ledger-entries.ts';
import { migrationsBetween } from '../../src/cycle/overview.ts';
import { distrust } from '../../src/domain/approval/issue.ts';
import {
  type ApprovalRecord,
  type Ask,
  answersTo,
  askOf,
  issueOf,
  letsOneselfApprove,
} from '../../src/domain/approval/record.ts';
import type { CommentApproval } from '../../src/domain/approval/settings.ts';
import { standingOf } from '../../src/domain/approval/standing.ts';
import { Failure } from '../../src/domain/failure.ts';
import { commentApprovalGate, waits } from '../../src/domain/gates/comment-approval.ts';
import type { GateAnswer } from '../../src/domain/gates/gate.ts';
import { type PlanFacts, type PlanHash, planHash } from '../../src/domain/gates/plan-hash.ts';
import { startedByNobody } from '../../src/domain/gates/starters.ts';
import { liveCommit, liveEntry } from '../../src/domain/hotfix/base.ts';
import { isProven, nameOf, proofOf } from '../../src/domain/ledger.ts';
import type { Digest } from '../../src/domain/release.ts';
import { readStarters } from './starters.ts';
import type { Entry, GateWorld, HotfixEntry } from './world.ts';

/** What people said by comment to exactly what a run would do now. */
export interface Said {
  /** Of the gate `approval`. */
  readonly answer: GateAnswer;
  /** What they were asked; undefined where nobody was. */
  readonly ask: Ask | undefined;
  /** Logins of those whose yes counts. */
  readonly approvers: readonly string[];
}

const nobody = (answer: GateAnswer, ask?: Ask): Said => ({ answer, ask, approvers: [] });

/**
 * Whether people said yes by comment to exactly what this run would do now, and who.
 *
 * @throws Failure where the ledger, a comment or somebody’s standing cannot be read
 */
export async function askByComment(
  world: GateWorld,
  repository: Repository,
  entry: Entry,
  settings: CommentApproval,
): Promise<Said> {
  const { environment, digest, commit, isAhead } = entry;
  if (isAhead || digest === undefined) return nobody(waits(settings, 'nobody said yes yet'));
  const { selfApproval } = environment.gates;
  const place = { app: world.configuration.app, environment: environment.name };
  // Asked in one request with the ledger, before it is known whether anybody said yes.
  const authors = selfApproval ? [] : authorsFor(world, place, commit);
  const starters = selfApproval ? undefined : await readStarters(world, entry);
  if (starters?.kind === 'unknown') return nobody(startedByNobody(starters));
  const now = world.clock.now();
  const record = await world.approvals.read(environment.name);
  const ask = askOf(record, placeOf(world, entry));
  const plan = await planOf(world, repository, entry);
  const question = { environment: environment.name, settings, ask, plan };
  if (ask === undefined) return nobody(commentApprovalGate({ ...question, no: undefined, yeses: [] }, now));
  const standing = standingOf(record, ask, settings.needed, now);
  const no = standing.kind === 'rejected' ? standing.no : undefined;
  const yes = no ? [] : answersTo(record, ask);
  const wrote = yes.length === 0 ? [] : await authors;
  const started = starters?.people.keys() ?? [];
  const interested = interestedIn(wrote, [...ask.payload.startedBy, ...started]);
  const yeses = await weighYeses(world, { ask, issue: issueOf(record, ask) }, yes, {
    settings,
    selfApproval: letsOneselfApprove(ask, environment.gates),
    interested,
  });
  const answer = commentApprovalGate({ ...question, no, yeses }, now);
  if (answer.state !== 'open') return nobody(answer, ask);
  return {
    answer,
    ask,
    approvers: yeses.flatMap((yes) => (yes.refused === undefined ? [yes.by.login] : [])),
  };
}

/** What a run asked for, so that it can say where it is answered. */
export interface Asked {
  readonly ask: Ask;
  /** Number of the issue, where there is one already. */
  readonly issue: number | undefined;
}

/**
 * Asks people for what this run would do now. Where it asked for the same before and is still waiting, that stands.
 *
 * @param job GitHub’s id of the running job: it is run again when people have answered
 * @throws Failure JOB_UNKNOWN
 */
export async function writeAsk(
  world: GateWorld,
  repository: Repository,
  entry: Entry & { readonly digest: Digest },
  settings: CommentApproval,
  job: string,
): Promise<Asked> {
  if (!/^[1-9]\d{0,15}$/.test(job)) {
    throw new Failure(
      'JOB_UNKNOWN',
      'This run waits for an approval, and the job that is to go on after it is not known.',
      'Leave `job` out of `with:`, for its default, and use a runner of version 2.336 or later.',
    );
  }
  const { environment, digest, commit } = entry;
  const { approvals, clock, configuration, event } = world;
  const now = clock.now();
  const record = await approvals.read(environment.name);
  const plan = await planOf(world, repository, entry);
  const known = askOf(record, placeOf(world, entry));
  if (
    known?.payload.plan.whole === plan.whole &&
    standingOf(record, known, settings.needed, now).kind === 'waits' &&
    (await isAnswerable(world, record, known))
  ) {
    return { ask: known, issue: issueOf(record, known) };
  }
  const starters = await readStarters(world, entry);
  const started = starters.kind === 'people' ? starters.people.keys() : [event.actor];
  const payload = {
    schema: 1 as const,
    approval: 'ask' as const,
    app: configuration.app,
    commit,
    digest,
    plan,
    until: new Date(now.getTime() + settings.expiresMs).toISOString(),
    startedBy: [...new Set([...started, ...(known?.payload.startedBy ?? [])])],
    job: Number(job),
    ...(isEmergency(entry) ? { emergency: entry.hotfix.emergency.trim() } : {}),
    run: event.run,
  };
  const { id, at } = await approvals.record(environment.name, payload);
  return { ask: { id, at, environment: environment.name, payload }, issue: undefined };
}

const isEmergency = <Any extends Entry>(entry: Any): entry is Any & { readonly hotfix: HotfixEntry } =>
  entry.hotfix !== undefined && entry.hotfix.emergency !== '';

/** Whether people can say yes to it still. In an issue that somebody changed or closed nobody can. */
async function isAnswerable({ issues }: GateWorld, record: ApprovalRecord, ask: Ask): Promise<boolean> {
  const issue = issueOf(record, ask);
  if (issue === undefined) return true;
  const state = await issues.read(issue);
  return state?.isOpen === true && distrust(state, ask) === undefined;
}

const placeOf = ({ configuration, event }: GateWorld, { environment }: Entry) => ({
  app: configuration.app,
  environment: environment.name,
  runId: event.run.id,
});

const planOf = async (world: GateWorld, repository: Repository, entry: Entry): Promise<PlanHash> =>
  planHash(await readFacts(world, repository, entry));

async function readFacts(
  { configuration, ledger }: GateWorld,
  repository: Repository,
  { environment, digest, commit, lane, hotfix }: Entry,
): Promise<PlanFacts> {
  const { app, database } = configuration;
  if (digest === undefined) throw new Error('A release that is not built has no plan.');
  const before = environment.gates.after.at(-1);
  const [entries, proving] = await Promise.all([
    readEntries(ledger, { app, environment: environment.name }, (read) => liveEntry(read) !== undefined),
    before === undefined
      ? []
      : readEntries(ledger, { app, environment: before }, (read) => isProven(read, digest)),
  ]);
  const live = liveEntry(entries);
  const left = liveCommit(live);
  const isKnown = left !== undefined && (await relationTo(repository, commit, left)) !== 'unknown';
  return {
    release: {
      app,
      digest,
      commit,
      version: proofOf(proving, digest)?.payload.release.version,
      lane,
      emergency: hotfix?.emergency ?? '',
    },
    live: live && {
      deploymentId: live.payload.target.deploymentId,
      digest: live.payload.foreign ? undefined : live.payload.release.digest,
      version: nameOf(live.payload),
    },
    migrations:
      database === undefined
        ? []
        : (await migrationsBetween(repository, isKnown ? left : undefined, commit, database.migrations)).map(
            ({ id, reversibility }) => `${id} ${reversibility}`,
          ),
    environment,
  };
}
