import type { SmokeSettings } from '../domain/configuration.ts';
import { type Deployment, isForeign, type Observed } from '../domain/deployment.ts';
import { Failure } from '../domain/failure.ts';
import { describeRelease, type Release, sameRelease } from '../domain/release.ts';
import type { SmokeReport } from '../domain/smoke.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Prober } from '../ports/prober.ts';
import type { Access, Course, Target } from '../ports/target.ts';
import { runSmokeChecks, type SmokePorts, type SmokeRequest } from './run-smoke-checks.ts';

/**
 * What takes traffic is warm already, so no warm-up excuses it: users meet what the checks meet. It is
 * asked again only for what heals by itself at once: a packet that was lost, a route on its way.
 */
const LIVE_TRIES = 3;
const BETWEEN_TRIES_MS = 1_000;
/** No try begins later than this after the first one did. */
const SETTLING_MS = 3_000;

export interface Activation {
  readonly deployment: Deployment;
  /** What the deployment must be; nothing is known of one that somebody else made. */
  readonly release: Release | undefined;
  /** Percentages, rising to 100. */
  readonly weights: readonly number[];
  /** Pause after each partial step before it is looked at, in milliseconds. */
  readonly pauseMs: number;
  readonly smoke: SmokeSettings;
  /** The environment's public address; absent when the target makes its own. */
  readonly url: string | undefined;
  readonly intent: Course['intent'];
  /** Why, where somebody gave a reason. */
  readonly reason?: string;
}

export interface ActivationStep {
  readonly weight: number;
  readonly report: SmokeReport;
}

export interface ActivationResult {
  /** Every step taken; the last one is the one that did not pass, when one did not. */
  readonly steps: readonly ActivationStep[];
  readonly observed: Observed;
}

/**
 * Makes a deployment live in the given steps and believes only what it reads back. After each step the
 * smoke checks are asked: while it takes a part of the traffic, of the public address in the way that
 * forces this deployment there, or else of its own address (the public one may answer with the old
 * release); at the end of the public address as users do; always without a warm-up.
 * Stops at the first step whose checks do not pass; promote and rollback decide what that means.
 *
 * @throws Failure NOT_READ_BACK when the target says yes and shows something else, TAKEN_BACK when somebody
 *   ended it between two steps
 */
export async function activateAndVerify(
  activation: Activation,
  world: { target: Target; prober: Prober; clock: Clock; log: Log },
  signal: AbortSignal,
): Promise<ActivationResult> {
  const { deployment, release, smoke } = activation;
  const course: Course = {
    intent: activation.intent,
    steps: activation.weights,
    pauseMs: activation.pauseMs,
    ...(activation.reason === undefined ? {} : { reason: activation.reason }),
  };
  const access = await world.target.access?.(signal);
  const steps: ActivationStep[] = [];
  let observed: Observed | undefined;
  // A run that was cut short on its way goes on from there: nobody is taken back to fewer visitors.
  let reached = deployment.weight;
  for (const weight of activation.weights) {
    if (weight < reached) continue;
    if (steps.length > 0) await stillHolds(world.target, deployment, reached, signal);
    world.log.info(
      weight === 100
        ? `Making ${deployment.version} live …`
        : `Giving ${deployment.version} ${weight} % of the traffic …`,
    );
    observed = await world.target.activate(deployment.id, weight, signal, course);
    const current = readBack(observed, deployment, weight);
    reached = current.weight;
    if (weight < 100) await world.clock.sleep(activation.pauseMs, signal);
    const address = addressOf(activation.url, current, access);
    if (address === undefined) {
      throw new Failure(
        'NO_ADDRESS',
        `Neither airlock.yml nor the target names an address for ${deployment.version}, so it cannot be checked.`,
        'Set `url:` of this environment in airlock.yml.',
      );
    }
    const settings = { ...smoke, warmUpMs: 0 };
    const report = await checkLive(
      { ...address, release, settings, headers: access?.headers ?? {} },
      world,
      signal,
    );
    steps.push({ weight: reached, report });
    if (report.verdict !== 'pass') break;
  }
  return { steps, observed: observed ?? (await world.target.observe({ signal })) };
}

/** Where this very deployment answers, as near to what users meet as the target allows. */
function addressOf(
  publicUrl: string | undefined,
  deployment: Deployment,
  access: Access | undefined,
): Pick<SmokeRequest, 'baseUrl' | 'query'> | undefined {
  const { url, weight } = deployment;
  if (publicUrl !== undefined && weight === 100) return { baseUrl: publicUrl };
  if (publicUrl !== undefined && access?.canaryQuery)
    return { baseUrl: publicUrl, query: access.canaryQuery };
  return url === undefined ? undefined : { baseUrl: url };
}

async function checkLive(
  request: SmokeRequest,
  ports: SmokePorts,
  signal: AbortSignal,
): Promise<SmokeReport> {
  const lastTryBy = ports.clock.now().getTime() + SETTLING_MS - BETWEEN_TRIES_MS;
  for (let tries = 1; ; tries += 1) {
    const report = await runSmokeChecks(request, ports, signal);
    const isLast = tries === LIVE_TRIES || ports.clock.now().getTime() > lastTryBy;
    if (report.verdict === 'pass' || isLast) return report;
    ports.log.info('Asking once more, in case this was a moment only.');
    await ports.clock.sleep(BETWEEN_TRIES_MS, signal);
  }
}

/**
 * Between two steps people look, and may have taken it back: what they decided is not decided anew. One that
 * has just been given everything may show nothing for a moment, so it is looked for before that is said.
 */
async function stillHolds(
  target: Target,
  { id, version }: Deployment,
  reached: number,
  signal: AbortSignal,
): Promise<void> {
  const weightIn = ({ deployments }: Observed) => deployments.find((one) => one.id === id)?.weight ?? 0;
  if (weightIn(await target.observe({ signal })) >= reached) return;
  const after = await target.observe({ signal, awaited: id });
  const weight = weightIn(after);
  if (weight >= reached) return;
  throw new Failure(
    'TAKEN_BACK',
    `${version} had ${reached} % of the traffic, and somebody took that back before the next step: it has ${weight} %, live is ${after.live?.version ?? 'nothing'}.`,
    'Where that was on purpose, mend the release and make a new one; else run the job again.',
  );
}

/** More than was asked for is no other answer: some targets go on by themselves while they are looked at. */
function readBack(observed: Observed, wanted: Deployment, weight: number): Deployment {
  const seen = observed.deployments.find(({ id }) => id === wanted.id);
  const holds = seen && seen.weight >= weight && (weight < 100 || observed.live?.id === wanted.id);
  if (holds && (sameRelease(seen, wanted) || (isForeign(seen) && isForeign(wanted)))) return seen;
  throw new Failure(
    'NOT_READ_BACK',
    `The target was told to give ${wanted.version} ${weight} % of the traffic; it shows ${
      seen ? `${seen.weight} % and ${describeRelease(seen)}` : 'no such deployment'
    }, live is ${observed.live?.version ?? 'nothing'}.`,
    'Look whether somebody else changed the environment in this moment, then run the job again.',
  );
}
