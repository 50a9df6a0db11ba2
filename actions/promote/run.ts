import { type ActivationStep, activateAndVerify } from '../../src/cycle/activate.ts';
import { tellDrift } from '../../src/cycle/drift.ts';
import { askHolds, describeOverride, holdRefusal } from '../../src/cycle/holds.ts';
import { inLane, type Lane } from '../../src/cycle/lane.ts';
import { entryOf, readEntries, recordSuccess } from '../../src/cycle/ledger-entries.ts';
import type { EnvironmentSettings } from '../../src/domain/configuration.ts';
import { type Deployment, isForeign } from '../../src/domain/deployment.ts';
import type { WorkflowEvent } from '../../src/domain/event.ts';
import { Failure } from '../../src/domain/failure.ts';
import { overtakenBy } from '../../src/domain/gates/newest.ts';
import { describeHotfix, hotfixSummary } from '../../src/domain/hotfix/describe.ts';
import { readHotfixRecord } from '../../src/domain/hotfix/settings.ts';
import { type EntryPayload, isGood, type LedgerEntry, lastGood } from '../../src/domain/ledger.ts';
import { cell, code, table, text } from '../../src/domain/markdown.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import { describeRelease, identityOf, type Release, sameRelease } from '../../src/domain/release.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { HoldLedger } from '../../src/ports/holds.ts';
import type { Ledger } from '../../src/ports/ledger.ts';
import type { Log } from '../../src/ports/log.ts';
import type { Prober } from '../../src/ports/prober.ts';
import type { Target } from '../../src/ports/target.ts';
import type { Inputs, Outputs } from '../../src/runner/contract.ts';
import type { contract } from './contract.ts';

export interface PromoteWorld {
  readonly environment: EnvironmentSettings;
  readonly release: Release;
  readonly target: Target;
  readonly ledger: Ledger;
  readonly holds: HoldLedger;
  readonly lane: Lane;
  readonly prober: Prober;
  readonly event: WorkflowEvent;
  /** Who approved this run's entry into the environment. */
  readonly approvers: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  /** Keeps the ledger entry's id for the step after the job. */
  keepEntry(id: string): void;
}

type Result = Outcome<Outputs<typeof contract>>;

/** Makes a staged deployment live. Run twice, it finds it live and checks it once more. */
export async function promote(
  inputs: Inputs<typeof contract>,
  world: PromoteWorld,
  signal: AbortSignal,
): Promise<Result> {
  const { verdict } = inputs;
  const { version } = world.release;
  if (verdict !== 'pass') {
    return {
      kind: 'refused',
      reason: 'NOT_SMOKE_TESTED',
      next: 'Mend what the smoke test found; the live release is untouched.',
      headline: `The smoke test of ${version} says "${verdict || 'nothing'}", so it is not made live`,
      outputs: {},
      summary: '',
    };
  }
  return inLane(world.lane, () => makeLive(inputs, world, signal), signal);
}

async function makeLive(
  inputs: Inputs<typeof contract>,
  world: PromoteWorld,
  signal: AbortSignal,
): Promise<Result> {
  const { environment, release, target, ledger } = world;
  const hotfix = readHotfixRecord(inputs.hotfix);
  // Asked here and not only by the plan: somebody may have locked the environment since.
  const question = { app: release.app, environment: environment.name, digest: release.digest };
  const { holds, override } = await askHolds(world.holds, question, world.clock.now());
  const [hold] = holds;
  if (hold && !override) return holdRefusal(hold);
  const letIn = hold && override && describeOverride(override, hold);
  if (letIn) world.log.warning(letIn);
  const overridden = [...new Set([...textsIn(inputs.overridden, 'overridden'), ...(letIn ? ['hold'] : [])])];
  const short = hotfix && describeHotfix(hotfix);
  if (hotfix?.emergency !== undefined)
    world.log.warning(`${release.version} goes live in ${environment.name} ${short}`);
  const before = await target.observe({ signal });
  const deployment = staged(before.deployments, inputs['deployment-id'], release);
  const entries = await readEntries(
    ledger,
    { app: release.app, environment: environment.name },
    (read) => lastGood(read, release) !== undefined,
  );
  const newer = overtakenBy(entries, release, world.event.run.id);
  if (newer) return overtaken(newer, environment.name);
  const drift = tellDrift(before.live, entries, world.event.run.id, world.log);
  const previous = previousOf(before.live, entries, release);
  const entry = await ledger.open(
    entryOf('promote', environment.name, world.event, {
      release,
      target: { provider: environment.target.provider, deploymentId: deployment.id },
      ...(previous ? { previous } : {}),
      migrations: textsIn(inputs.migrations, 'migrations'),
      verdicts: { 'smoke-test': 'pass' },
      approvers: world.approvers,
      ...(overridden.length > 0 ? { overridden } : {}),
      ...(hotfix ? { hotfix } : {}),
    }),
  );
  world.keepEntry(entry.id);

  const { strategy } = environment;
  const alreadyWhole = before.live?.id === deployment.id && deployment.weight === 100;
  const { steps, observed } = await activateAndVerify(
    {
      deployment,
      release,
      weights: strategy.kind === 'canary' && !alreadyWhole && before.live ? strategy.steps : [100],
      pauseMs: strategy.kind === 'canary' ? strategy.pauseMs : 0,
      smoke: environment.smoke,
      url: environment.url,
      intent: 'promote',
    },
    world,
    signal,
  );
  const last = steps.at(-1);
  const outputs = {
    'deployment-id': deployment.id,
    url: environment.url ?? observed.live?.url,
    previous: previous?.deploymentId,
    entry: entry.id,
    checks: JSON.stringify(last?.report.checks ?? []),
  };
  const summary = [
    ...(letIn ? [`⚠️ ${text(letIn)}`] : []),
    ...(drift ? [text(drift)] : []),
    ...(hotfix ? [hotfixSummary(hotfix)] : []),
    summarize(environment.name, before.live, deployment, steps),
  ].join('\n\n');
  if (last?.report.verdict !== 'pass') {
    const weight = last?.weight ?? 0;
    await ledger.advance(entry.id, 'failed', {
      text: `Smoke checks at ${weight} % say ${last?.report.verdict ?? 'nothing'}`,
    });
    return {
      kind: 'refused',
      reason: weight === 100 ? 'LIVE_CHECKS_FAILED' : 'CANARY_CHECKS_FAILED',
      next: 'Roll back; the stage workflow does that by itself when airlock.yml allows it.',
      headline: `${release.version} takes ${weight} % of ${environment.name} and its smoke checks say "${last?.report.verdict ?? 'insufficient'}"`,
      outputs,
      summary,
    };
  }
  await recordSuccess(ledger, entry, {
    text: `${release.version} is live${short ? ` ${short}` : ''}, checks passed`,
    url: outputs.url,
  });
  return {
    kind: 'done',
    headline: alreadyWhole
      ? `${release.version} is live in ${environment.name} already${isGood(entries, release) ? '' : ', and is recorded now'}`
      : `${release.version} is live in ${environment.name}${short ? ` ${short}` : ''}`,
    outputs,
    summary,
  };
}

const overtaken = ({ payload }: LedgerEntry, environment: string): Result => ({
  kind: 'refused',
  reason: 'NOT_NEWEST',
  next: 'Run this job again: its plan then tells whether this release is the newer one.',
  headline: `${payload.release.version} of a later run went live in ${environment} since this release was staged`,
  outputs: {},
  summary: '',
});

function staged(deployments: readonly Deployment[], id: string, release: Release): Deployment {
  const found = deployments.find((deployment) => deployment.id === id);
  if (!found) {
    throw new Failure(
      'DEPLOYMENT_UNKNOWN',
      `The target has no deployment ${id}.`,
      'Run the deploy action first, in the same job, and pass its `deployment-id`.',
    );
  }
  if (!sameRelease(found, release)) {
    throw new Failure(
      'DEPLOYMENT_OTHER_RELEASE',
      `Deployment ${id} holds ${describeRelease(found)}, and this release is ${describeRelease(release)}.`,
      'Nothing was changed. Pass the deployment of the release that was tested.',
    );
  }
  return found;
}

/**
 * What a rollback of this promotion would go back to: what is live now or, when we are, the last good one;
 * where there is none, what an attempt before this one found.
 */
function previousOf(
  live: Deployment | undefined,
  entries: readonly LedgerEntry[],
  release: Release,
): EntryPayload['previous'] | undefined {
  if (live && !sameRelease(live, release)) return { deploymentId: live.id, ...identityOf(live) };
  const good = lastGood(entries, release)?.payload;
  if (!good) {
    return entries.find(({ task, payload }) => task === 'promote' && sameRelease(payload.release, release))
      ?.payload.previous;
  }
  if (!good.target.deploymentId) return undefined;
  return { deploymentId: good.target.deploymentId, ...identityOf(good.release) };
}

/** An output of an action before this one: a list of names, or anything else and then it is refused. */
function textsIn(value: unknown, input: 'migrations' | 'overridden'): readonly string[] {
  if (Array.isArray(value) && value.every((id) => typeof id === 'string')) return value;
  const output = {
    migrations: '`applied` output of the migrate',
    overridden: '`overridden` output of the plan',
  };
  throw new Failure(
    'INPUT_INVALID',
    `\`${input}\` must be a JSON list of names.`,
    `Pass the ${output[input]} action.`,
  );
}

const was = (before: Deployment | undefined): string =>
  before ? `${before.version}${isForeign(before) ? ' (not put there by Airlock)' : ''}` : 'nothing';

function summarize(
  environment: string,
  before: Deployment | undefined,
  now: Deployment,
  steps: readonly ActivationStep[],
): string {
  const mark = { pass: '✅', fail: '❌', insufficient: '◌', error: '⚠️' } as const;
  return [
    table(
      ['environment', 'was live', 'is asked to be live', 'deployment'],
      [[cell(environment), cell(was(before)), cell(now.version), code(now.id)]],
    ),
    table(
      ['traffic', 'check', 'verdict', 'detail'],
      steps.flatMap(({ weight, report }) =>
        report.checks.map((check) => [
          `${weight} %`,
          cell(check.name),
          `${mark[check.verdict]} ${check.verdict}`,
          cell(check.detail),
        ]),
      ),
    ),
  ].join('\n\n');
}
