import { activateAndVerify } from '../../src/cycle/activate.ts';
import { tellDrift } from '../../src/cycle/drift.ts';
import { inLane } from '../../src/cycle/lane.ts';
import { entryOf, readEntries, recordSuccess } from '../../src/cycle/ledger-entries.ts';
import { retireAbandoned } from '../../src/cycle/retire-abandoned.ts';
import { isForeign, type Observed } from '../../src/domain/deployment.ts';
import { Failure } from '../../src/domain/failure.ts';
import { type LedgerEntry, mayBecome } from '../../src/domain/ledger.ts';
import { cell, code, table, text } from '../../src/domain/markdown.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import { NOT_OURS, nextOlder } from '../../src/domain/rollback/choose.ts';
import type { RollbackChoice, RollbackQuestion, WayBack } from '../../src/domain/rollback/question.ts';
import type { Inputs, Outputs } from '../../src/runner/contract.ts';
import type { contract } from './contract.ts';
import { decide } from './decide.ts';
import { heldBack, heldRefusal } from './held.ts';
import { revert } from './revert.ts';
import type { RollbackWorld } from './world.ts';

/** Characters of a reason that the ledger keeps: a pasted log must not keep an environment from going back. */
const LONGEST_REASON = 1_000;

/** Releases that one rollback tries: where two good ones do not come back, the cause is hardly in them. */
const MOST_TRIES = 2;
/** How often one release is asked for, and the pause before it is asked for again. */
const TRIES_OF_ONE = 2;
const BEFORE_AGAIN_MS = 5_000;

type Result = Outcome<Outputs<typeof contract>>;

/**
 * Takes an environment back. Run twice, it finds the work done. No lock and no hold keeps it from that; only a
 * release that a person names must not be held.
 */
export const rollback = (
  inputs: Inputs<typeof contract>,
  world: RollbackWorld,
  signal: AbortSignal,
): Promise<Result> => inLane(world.lane, () => takeBack(inputs, world, signal), signal);

async function takeBack(
  inputs: Inputs<typeof contract>,
  world: RollbackWorld,
  signal: AbortSignal,
): Promise<Result> {
  const { environment, log } = world;
  const { choice, ...question } = await decide(inputs, world, signal);
  const { observed, entries } = question;
  const drift = tellDrift(observed.live, entries, question.runId, log);
  if (choice.kind === 'not-needed') {
    const late = inputs.automatic
      ? await retireAbandoned({ entries, runId: question.runId }, world, signal)
      : undefined;
    await closeUnfinished(world, entries, 'cancelled', inputs.reason);
    const reverted = await revert(inputs, world, signal);
    return {
      kind: 'done',
      headline: `Nothing to roll back in ${environment.name}: ${choice.why}`,
      outputs: { 'rolled-back': 'false', ...liveNow(observed), reverted: JSON.stringify(reverted.ids) },
      summary: paragraphs([
        `Reason: ${cell(inputs.reason)}`,
        late && `Taken off the target: ${text(late)}, staged too late to be promoted.`,
        drift && text(drift),
        reverted.line,
      ]),
    };
  }
  if (choice.kind === 'refused') {
    await closeUnfinished(world, entries, 'cancelled', inputs.reason);
    return refuse(choice.reason, choice.why, choice.next);
  }
  const isNamed = inputs.to !== '' && !inputs.automatic;
  const hold = isNamed ? await heldBack(choice.to, observed.live, world) : undefined;
  if (hold) {
    const { reason, why, next } = heldRefusal(hold);
    await closeUnfinished(world, entries, 'cancelled', inputs.reason);
    return refuse(reason, why, next);
  }
  if (inputs.automatic && !environment.rollback.automatic) {
    await closeUnfinished(world, entries, 'cancelled', inputs.reason);
    return refuse(
      'NOT_AUTOMATIC',
      `${environment.name} would go back to ${choice.to.version}, but airlock.yml leaves that to a person`,
      'Run the rollback workflow for this environment, or mend it forward.',
    );
  }
  log.info(
    `${environment.name} goes back from ${choice.from?.version ?? 'nothing'} to ${choice.to.version} (${choice.to.id})${aside(choice)}. Reason: ${inputs.reason}`,
  );
  return goBack(inputs, choice, { ...question, drift }, world, signal);
}

/** Goes back to the release that was chosen and, when it does not come back or pass, to the next older one. */
async function goBack(
  inputs: Inputs<typeof contract>,
  chosen: WayBack,
  question: RollbackQuestion & { readonly drift: string | undefined },
  world: RollbackWorld,
  signal: AbortSignal,
): Promise<Result> {
  const place = { app: world.app, environment: world.environment.name };
  const failures: Failure[] = [];
  for (let choice = chosen; ; ) {
    const tried = await tryWayBack(inputs, choice, question.entries, world, signal).catch(
      (error: unknown) => {
        const isTold = error instanceof Failure && error.code !== 'CANCELLED';
        throw isTold ? summedUp(error, [...failures, error]) : error;
      },
    );
    const told = [
      ...failures.map(({ message }) => `Passed over: ${text(message)}`),
      ...(question.drift ? [text(question.drift)] : []),
    ];
    if (!(tried instanceof Failure)) return conclude(inputs, choice, tried, told, world, signal);
    failures.push(tried);
    if (failures.length === MOST_TRIES) throw summedUp(tried, failures);
    const older = (read: readonly LedgerEntry[]) => nextOlder({ ...question, entries: read }, choice);
    const next = older(await readEntries(world.ledger, place, (read) => older(read) !== undefined));
    if (!next) throw summedUp(tried, failures);
    world.log.warning(`${tried.message} Trying the next older good release, ${next.release.version}.`);
    choice = next;
  }
}

/**
 * Whether what is left was found bad, by a person or by its checks, so that it stays out from now on. What
 * a kill or a cancel cut short may come again.
 */
const isFoundBad = (inputs: Inputs<typeof contract>, { from, undoes }: WayBack): boolean =>
  from?.digest !== undefined && (!inputs.automatic || undoes?.state === 'failed');

/** Several ways back that failed, as one failure. What was brought live unproven weighs most. */
function summedUp(last: Failure, all: readonly Failure[]): Failure {
  if (all.length === 1) return last;
  const worst = all.find(({ code }) => code === 'ROLLBACK_UNVERIFIED') ?? last;
  return new Failure(worst.code, all.map(({ message }) => message).join(' '), worst.next, { cause: worst });
}

/**
 * Only what is wrong with this one deployment sends the rollback to an older one. Of everything else it is not
 * known what became of it, or no other would fare better: the same is asked for once more, which finds what is done.
 *
 * @returns the result, or what is wrong with the deployment
 */
async function perhapsAgain<Result>(
  activate: () => Promise<Result>,
  { clock, log }: RollbackWorld,
  signal: AbortSignal,
): Promise<Result | Failure> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await activate();
    } catch (error) {
      if (signal.aborted || !(error instanceof Failure) || error.code === 'CANCELLED') throw error;
      if (error.ofDeployment) return error;
      if (tries === TRIES_OF_ONE) throw error;
      log.warning(`${error.message} Asking once more …`);
      await clock.sleep(BEFORE_AGAIN_MS, signal);
    }
  }
}

/** @returns what was read back, or why this release is not it; throws when going on would be wrong, too */
async function tryWayBack(
  inputs: Inputs<typeof contract>,
  choice: WayBack,
  entries: readonly LedgerEntry[],
  world: RollbackWorld,
  signal: AbortSignal,
): Promise<{ entry: LedgerEntry; observed: Observed } | Failure> {
  const { environment, ledger } = world;
  const entry = await ledger.open(
    entryOf('rollback', environment.name, world.event, {
      release: choice.release,
      target: { provider: environment.target.provider, deploymentId: choice.to.id },
      ...(choice.from ? { previous: choice.from } : {}),
      ...(choice.undoes ? { undoes: choice.undoes.id } : {}),
      ...(isFoundBad(inputs, choice) ? { condemns: true } : {}),
      ...(isForeign(choice.to) ? { foreign: { version: choice.to.version, commit: choice.to.commit } } : {}),
      reason: inputs.reason.slice(0, LONGEST_REASON).toWellFormed(),
    }),
  );
  world.keepEntry(entry.id);
  const activation = {
    deployment: choice.to,
    release: isForeign(choice.to) ? undefined : choice.release,
    weights: [100],
    pauseMs: 0,
    smoke: environment.smoke,
    url: environment.url,
    intent: 'rollback' as const,
    reason: inputs.reason,
  };
  const result = await perhapsAgain(() => activateAndVerify(activation, world, signal), world, signal);
  if (result instanceof Failure) {
    // Not `failed`: that it did not start now condemns no release.
    await ledger.advance(entry.id, 'cancelled', { text: `Did not come back: ${result.code}` });
    return result;
  }
  const { steps, observed } = result;
  const report = steps.at(-1)?.report;
  // The bad release is bad whether or not the way back passes its checks.
  await closeUnfinished(world, entries, 'failed', inputs.reason);
  if (choice.undoes && mayBecome(choice.undoes.state, 'failed')) {
    await ledger.advance(choice.undoes.id, 'failed', { text: `Rolled back: ${inputs.reason}` });
  }
  if (report?.verdict !== 'pass') {
    await ledger.advance(entry.id, 'failed', {
      text: `Smoke checks after the rollback say ${report?.verdict ?? 'nothing'}`,
    });
    const failing = report?.checks
      .filter(({ verdict }) => verdict !== 'pass')
      .map(({ name, detail }) => `${name}: ${detail}`);
    return new Failure(
      'ROLLBACK_UNVERIFIED',
      `${choice.to.version}${aside(choice)} came back to ${environment.name}, and its smoke checks do not pass either (${failing?.join('; ') ?? 'no answer'}).`,
      'The cause is likely outside the release (database, configuration, platform). Call the person on duty.',
    );
  }
  await recordSuccess(ledger, entry, {
    text: `Back to ${choice.to.version}${aside(choice)}: ${inputs.reason}`,
    url: environment.url,
  });
  return { entry, observed };
}

async function conclude(
  inputs: Inputs<typeof contract>,
  choice: WayBack,
  { entry, observed }: { entry: LedgerEntry; observed: Observed },
  told: readonly string[],
  world: RollbackWorld,
  signal: AbortSignal,
): Promise<Result> {
  const { environment } = world;
  const reverted = await revert(inputs, world, signal);
  return {
    kind: 'done',
    headline: `${environment.name} is back on ${choice.to.version}${aside(choice)}${choice.from ? `; ${choice.from.version} is undone` : ''}`,
    outputs: {
      'rolled-back': 'true',
      ...liveNow(observed),
      undone: choice.from?.version,
      reverted: JSON.stringify(reverted.ids),
      entry: entry.id,
    },
    summary: paragraphs([
      table(
        ['', 'version', 'deployment'],
        [
          ['undone', cell(choice.from?.version ?? 'nothing'), code(choice.from?.deploymentId ?? '')],
          ['live now', cell(`${choice.to.version}${aside(choice)}`), code(choice.to.id)],
        ],
      ),
      `Reason: ${cell(inputs.reason)}`,
      ...told,
      reverted.line,
    ]),
    annotations: [
      {
        level: 'warning',
        message: `${environment.name} was rolled back to ${choice.to.version}${aside(choice)}. Reason: ${inputs.reason}`,
      },
    ],
  };
}

/**
 * What this run left unfinished here did not succeed: the ledger says so before anyone reads it. A promotion
 * that nothing goes back from was `cancelled`: `failed` would call its release bad, and nobody found it so.
 */
async function closeUnfinished(
  { ledger, event }: RollbackWorld,
  entries: readonly LedgerEntry[],
  promotionIs: 'failed' | 'cancelled',
  reason: string,
): Promise<void> {
  for (const { id, task, state, payload } of entries) {
    const isOpen = state === 'started' || state === 'staged';
    if (!isOpen || payload.run.id !== event.run.id || task === 'rollback') continue;
    await ledger.advance(id, task === 'promote' ? promotionIs : 'failed', { text: reason });
  }
}

/** What must be said wherever a deployment is named that nobody knows the files of. */
const aside = ({ to }: WayBack): string => (isForeign(to) ? ` (${NOT_OURS})` : '');

const paragraphs = (all: readonly (string | undefined)[]): string => all.filter(Boolean).join('\n\n');

const liveNow = ({ live }: Observed) => ({ 'deployment-id': live?.id, version: live?.version });

const refuse = (
  reason: Extract<RollbackChoice, { kind: 'refused' }>['reason'] | 'HELD' | 'NOT_AUTOMATIC',
  why: string,
  next: string,
): Result => ({
  kind: 'refused',
  reason,
  next,
  headline: why,
  outputs: { 'rolled-back': 'false' },
  summary: '',
});
