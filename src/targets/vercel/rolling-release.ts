import * as z from 'zod';
import { Failure } from '../../domain/failure.ts';
import type { Course } from '../../ports/target.ts';
import { readRefusal } from './answers.ts';
import { isUncertain, type VercelAnswer } from './api.ts';
import { readAnswer, type VercelContext } from './context.ts';
import { PATIENCE, until } from './patience.ts';
import { path, type VercelRequest } from './request.ts';

const stage = z.object({ index: z.number(), targetPercentage: z.number() });
const deploymentRef = z.object({ id: z.string() }).nullish();

const rollingAnswer = z.object({
  /** Null where none was ever started. */
  rollingRelease: z
    .object({
      state: z.string(),
      advancementType: z.string(),
      currentDeployment: deploymentRef,
      canaryDeployment: deploymentRef,
      /** What was promoted meanwhile, and waits for the end. */
      queuedDeploymentId: z.string().nullish(),
      /** At times it is not told. */
      activeStage: stage.nullish(),
      currentCanaryPercentage: z.number().nullish(),
      stages: z.array(stage),
    })
    .nullish(),
});

const MINUTE_MS = 60_000;
/** Percent of a canary whose share Vercel does not tell: it has one. */
const LEAST_SHARE = 1;

/** Vercel counts whole minutes in a plan, and seconds where it tells of a release under way. */
const stageMinutes = (course: Course | undefined): number =>
  Math.max(1, Math.ceil((course?.pauseMs ?? 0) / MINUTE_MS));

/** A Rolling Release under way. */
export interface RollingRelease {
  /** The deployment that gets the traffic the canary does not. */
  readonly base: string | undefined;
  readonly canary: string;
  /** What goes next, by a promote that came meanwhile. */
  readonly queued: string | undefined;
  /** Share of the canary, 0 to 100. */
  readonly weight: number;
  /** Vercel does not always tell it. */
  readonly stage: number | undefined;
  /** Every share that it will go through. */
  readonly steps: readonly number[];
  /** Vercel takes it on by time; nobody approves. */
  readonly automatic: boolean;
}

const place = ({ settings }: VercelContext, part = ''): string =>
  path`/v1/projects/${settings.project}/rolling-release` + part;

/**
 * The Rolling Release under way, where there is one. An answer that does not tell its stage is asked for
 * again. Where it stays untold, the canary is known all the same, and that is enough to take it back.
 *
 * @throws Failure as `VercelApi.send`, VERCEL_ANSWER_UNREADABLE
 */
export async function readRollingRelease(
  context: VercelContext,
  signal: AbortSignal,
): Promise<RollingRelease | undefined> {
  if (context.environment.kind !== 'production') return undefined;
  let untold: RollingRelease | undefined;
  const found = await until(context.host.clock, PATIENCE.answer, signal, async () => {
    const request = { method: 'GET', path: place(context), query: { state: 'ACTIVE' } } as const;
    // A plan without the feature has none under way; the project itself was readable with this token.
    const { status, body } = await context.api.send({ ...request, expects: [402, 403, 404] }, signal);
    if (status >= 400) return 'none';
    const { rollingRelease } = readAnswer(rollingAnswer, body, 'the Rolling Release');
    const canary = rollingRelease?.canaryDeployment?.id;
    if (rollingRelease?.state !== 'ACTIVE' || canary === undefined) return 'none';
    const { activeStage, currentDeployment, currentCanaryPercentage, queuedDeploymentId, stages } =
      rollingRelease;
    const weight = currentCanaryPercentage ?? activeStage?.targetPercentage ?? LEAST_SHARE;
    const release = {
      base: currentDeployment?.id,
      canary,
      queued: queuedDeploymentId ?? undefined,
      weight: Math.round(100 * weight) / 100,
      stage: activeStage?.index,
      steps: stages.map(({ targetPercentage }) => targetPercentage),
      automatic: rollingRelease.advancementType === 'automatic',
    };
    if (activeStage) return release;
    untold = release;
    return undefined;
  });
  return found === 'none' ? undefined : (found ?? untold);
}

/**
 * Plans the steps in the project's settings and starts the release. Started already, it changes nothing.
 *
 * @throws Failure VERCEL_ROLLING_RELEASE_UNAVAILABLE, VERCEL_ROLLING_RELEASE_REFUSED, or as `VercelApi.send`
 */
export async function startRollingRelease(
  context: VercelContext,
  canary: string,
  weight: number,
  course: Course | undefined,
  signal: AbortSignal,
): Promise<void> {
  const steps = course?.steps.includes(weight) ? course.steps : [weight, 100];
  await plan(context, steps, course, signal);
  const started = await until(context.host.clock, PATIENCE.aliases, signal, async () => {
    if ((await readRollingRelease(context, signal))?.canary === canary) return true;
    const request = { method: 'POST', path: place(context, '/start') } as const;
    const answer = await attempt(context, { ...request, body: { canaryDeploymentId: canary } }, signal);
    refuseUnavailable(answer);
    if (answer && answer.status >= 400) throw refused('start it', answer);
    return undefined;
  });
  if (started !== true)
    throw new Failure(
      'VERCEL_NOT_CONFIRMED',
      'Vercel was asked to start a Rolling Release, and shows none.',
      'Look at the Rolling Release on the project’s page, then run the job again.',
    );
}

const stagePlan = z.object({ targetPercentage: z.number(), duration: z.number().nullish() });
const configAnswer = z.object({
  rollingRelease: z
    .object({ stages: z.array(stagePlan.extend({ requireApproval: z.boolean().nullish() })).nullish() })
    .nullish(),
});

/** The project keeps one plan for all releases to come: it is changed only where it says something else. */
async function plan(
  context: VercelContext,
  steps: readonly number[],
  course: Course | undefined,
  signal: AbortSignal,
): Promise<void> {
  const automatic = context.settings.advance === 'automatic';
  const minutes = stageMinutes(course);
  const stages = steps.map((targetPercentage) => ({
    targetPercentage,
    ...(automatic && targetPercentage < 100 ? { duration: minutes } : {}),
  }));
  const where = place(context, '/config');
  const known = await context.api.send({ method: 'GET', path: where, expects: [402, 403] }, signal);
  refuseUnavailable(known);
  const present = readAnswer(configAnswer, known.body, 'the plan of Rolling Releases').rollingRelease?.stages;
  const fits =
    present?.length === stages.length &&
    stages.every(({ targetPercentage, duration }, index) => {
      const one = present[index];
      const asks = one?.requireApproval === (!automatic && targetPercentage < 100);
      return asks && one?.targetPercentage === targetPercentage && (one.duration ?? undefined) === duration;
    });
  if (fits) return;
  const body = { enabled: true, advancementType: automatic ? 'automatic' : 'manual-approval', stages };
  for (let tries = 1; ; tries += 1) {
    const answer = await attempt(context, { method: 'PATCH', path: where, body }, signal, tries === 3);
    refuseUnavailable(answer);
    if (answer && answer.status >= 400) throw refused('plan its steps', answer);
    if (answer) break;
  }
  context.host.log.info(
    `Rolling Releases of this project now go ${steps.join(' → ')} %, ${
      automatic ? `by themselves after ${minutes} min each` : 'each step when Airlock approves it'
    }; before: ${present ? `${present.map((one) => one.targetPercentage).join(' → ')} %` : 'none were planned'}. The setting stays, and later promotes by hand follow it too.`,
  );
}

/**
 * Takes a release under way to a share, or waits until Vercel itself has taken it there. Below 100 only.
 *
 * @returns the release as it stands then; nothing when it ended meanwhile
 * @throws Failure VERCEL_STEP_UNPLANNED, VERCEL_STEP_NOT_REACHED, or as `VercelApi.send`
 */
export async function advanceRollingRelease(
  context: VercelContext,
  weight: number,
  course: Course | undefined,
  signal: AbortSignal,
): Promise<RollingRelease | undefined> {
  let last: RollingRelease | undefined;
  const limit = PATIENCE.aliases + (course?.steps.length ?? 1) * stageMinutes(course) * MINUTE_MS;
  const reached = await until(context.host.clock, limit, signal, async () => {
    const now = await readRollingRelease(context, signal);
    if (now && now.stage === undefined) throw untoldStage();
    if (!now || now.weight >= weight) return { now };
    if (last && last.canary !== now.canary) return { now: undefined };
    last = now;
    if (now.automatic) return undefined;
    if (!now.steps.includes(weight)) throw unplanned(now, weight);
    const body = { nextStageIndex: (now.stage ?? 0) + 1, canaryDeploymentId: now.canary };
    const request = { method: 'POST', path: place(context, '/approve-stage'), body } as const;
    const answer = await attempt(context, request, signal);
    // Somebody else approved it in this moment, or it has ended: the next look shows which.
    if (answer && answer.status >= 400 && ![400, 404, 409].includes(answer.status))
      throw refused('approve a stage', answer);
    return undefined;
  });
  if (reached) return reached.now;
  throw new Failure(
    'VERCEL_STEP_NOT_REACHED',
    `The Rolling Release did not get to ${weight} %: it stands at ${last?.weight ?? 0} %.`,
    'Look whether it is paused on the project’s page, then run the job again: it goes on from there.',
  );
}

/** Asks Vercel to give the canary all the traffic. Whether it did is for the caller to read. */
export async function completeRollingRelease(
  context: VercelContext,
  canary: string,
  signal: AbortSignal,
): Promise<void> {
  const body = { canaryDeploymentId: canary };
  const answer = await attempt(context, { method: 'POST', path: place(context, '/complete'), body }, signal);
  // It ended in this moment: the aliases tell how.
  if (answer && answer.status >= 400 && answer.status !== 404 && answer.status !== 409)
    throw refused('complete it', answer);
}

/** Nothing where the fate of the write is unknown: then it is looked up. */
async function attempt(
  { api }: VercelContext,
  request: VercelRequest,
  signal: AbortSignal,
  isLast = false,
): Promise<VercelAnswer | undefined> {
  try {
    return await api.send({ ...request, expects: [400, 402, 403, 404, 409, 422] }, signal);
  } catch (error) {
    if (isUncertain(error) && !isLast) return undefined;
    throw error;
  }
}

function refuseUnavailable(answer: VercelAnswer | undefined): void {
  if (answer?.status !== 402 && answer?.status !== 403) return;
  throw new Failure(
    'VERCEL_ROLLING_RELEASE_UNAVAILABLE',
    `Vercel gives this project no Rolling Releases, so no release can get a part of the traffic. ${said(answer)}`,
    'Set `strategy: blue-green` for this environment in airlock.yml, or take a plan that has Rolling Releases (Pro and Enterprise).',
  );
}

const refused = (what: string, answer: VercelAnswer): Failure =>
  new Failure(
    'VERCEL_ROLLING_RELEASE_REFUSED',
    `Vercel has a Rolling Release of this project, and would not ${what}. ${said(answer)}`,
    'Look at the Rolling Release on the project’s page; nothing else was changed.',
  );

const said = ({ status, body }: VercelAnswer): string => {
  const { message, code } = readRefusal(body);
  return `Vercel said: ${message || 'nothing'} (${code || 'no code'}, status ${status}).`;
};

const unplanned = (rolling: RollingRelease, weight: number): Failure =>
  new Failure(
    'VERCEL_STEP_UNPLANNED',
    `The Rolling Release under way goes ${rolling.steps.join(' → ')} %: ${weight} % is none of its steps, and Vercel does not change a release that has begun.`,
    'Roll back to end it, then run the job again: it starts with the steps of airlock.yml.',
  );

const untoldStage = (): Failure =>
  new Failure(
    'VERCEL_ANSWER_UNREADABLE',
    'Vercel says that a Rolling Release is under way, and does not say at which stage it is.',
    'Look at the Rolling Release on the project’s page, then run the job again.',
  );
