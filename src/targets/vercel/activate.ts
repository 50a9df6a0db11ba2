import type { Observed } from '../../domain/deployment.ts';
import { Failure } from '../../domain/failure.ts';
import type { Course } from '../../ports/target.ts';
import { domainsShow, finishRollingRelease, isLeft, moveDomains } from './alias-request.ts';
import { environmentName, type VercelContext } from './context.ts';
import { isInEnvironment, type VercelDeployment } from './deployments.ts';
import { findDeployment } from './find-deployment.ts';
import type { Lookout, Truth } from './lookout.ts';
import { releaseOf } from './meta.ts';
import { observedFrom, weightOf } from './observe.ts';
import { PATIENCE, until } from './patience.ts';
import { pointDomains } from './point-domains.ts';
import { advanceRollingRelease, readRollingRelease, startRollingRelease } from './rolling-release.ts';
import { comesToRest } from './standing.ts';

/**
 * Makes a deployment live with `weight` percent of the traffic. Looks first: what stands already is not
 * asked for again, and what a run before this one began is finished.
 *
 * @throws Failure VERCEL_UNKNOWN_DEPLOYMENT, VERCEL_WOULD_REBUILD, VERCEL_NOT_READY, VERCEL_NO_WEIGHTS,
 *   VERCEL_BEHIND_ROLLING_RELEASE, VERCEL_NO_DOMAIN, those of `moveDomains` and of Rolling Releases
 */
export async function activateOnVercel(
  lookout: Lookout,
  id: string,
  weight: number,
  signal: AbortSignal,
  course?: Course,
): Promise<Observed> {
  const { context } = lookout;
  const truth = await lookout.truth(signal);
  const deployment = await findDeployment(context, truth, id, signal);
  refuseUnfit(context, deployment);
  // Before anything is live there is nothing to share the traffic with.
  const share = truth.live === undefined ? 100 : weight;
  if (context.environment.kind === 'production')
    await inProduction(lookout, { deployment, weight: share, course }, truth, signal);
  else await elsewhere(lookout, deployment, share, truth, signal);
  const after = await lookout.truth(signal);
  tellAutoAssignment(context, truth, after);
  return observedFrom(lookout, after);
}

interface Order {
  readonly deployment: VercelDeployment;
  readonly weight: number;
  readonly course: Course | undefined;
}

async function inProduction(lookout: Lookout, order: Order, seen: Truth, signal: AbortSignal): Promise<void> {
  const { log } = lookout.context.host;
  const { deployment, weight, course } = order;
  const { id } = deployment;
  const now = await settled(lookout, id, seen, signal);
  const { rolling } = now;
  // Where that way does not end, the other request is overtaken by one of our own.
  if (stands(now, id, weight) && !isLeft(now, id)) {
    log.info(`${deployment.url} has ${weight} % of production already: nothing is sent to Vercel.`);
    return;
  }
  if (weight < 100 && stands(now, id, 100)) {
    log.info(`${deployment.url} has all of production already, and Vercel gives nothing back in steps.`);
    return;
  }
  if (rolling?.canary === id)
    return weight < 100
      ? advance(lookout.context, order, signal)
      : complete(lookout, order, rolling.automatic, signal);
  const intent = course?.intent ?? guessIntent(now, deployment);
  if (rolling && !isOwnToAbort(lookout.context, now, order, intent)) {
    await waitBehind(lookout, now, signal);
    return inProduction(lookout, order, await lookout.truth(signal), signal);
  }
  if (weight < 100) {
    await startRollingRelease(lookout.context, id, weight, course, signal);
    return advance(lookout.context, order, signal);
  }
  const type = rolling || (intent === 'rollback' && now.live !== undefined) ? 'rollback' : 'promote';
  const wish = { type, id, name: deployment.url, reason: course?.reason } as const;
  await moveDomains(lookout, wish, now, signal);
}

/** Takes a Rolling Release of this deployment on, begun by this run or by one before it. */
async function advance(
  context: VercelContext,
  { deployment, weight, course }: Order,
  signal: AbortSignal,
): Promise<void> {
  const reached = await advanceRollingRelease(context, weight, course, signal);
  if (reached && reached.weight > weight)
    context.host.log.info(
      `The Rolling Release of ${deployment.url} stands at ${reached.weight} % already, and goes forward only.`,
    );
}

/** The last step. One that advances by itself is given its time, unless all of it is wanted at once. */
async function complete(
  lookout: Lookout,
  { deployment, course }: Order,
  automatic: boolean,
  signal: AbortSignal,
): Promise<void> {
  const inSteps = course?.steps.some((step) => step < 100) ?? false;
  if (automatic && inSteps) await advanceRollingRelease(lookout.context, 100, course, signal);
  await finishRollingRelease(lookout, { id: deployment.id, name: deployment.url }, signal);
}

/** Other environments have no promote: their domains are pointed at the deployment. */
async function elsewhere(
  lookout: Lookout,
  deployment: VercelDeployment,
  weight: number,
  truth: Truth,
  signal: AbortSignal,
): Promise<void> {
  const { context } = lookout;
  const place = environmentName(context.environment);
  if (weight < 100)
    throw new Failure(
      'VERCEL_NO_WEIGHTS',
      `Vercel shares the traffic in production only, so nothing in ${place} can have ${weight} % of it.`,
      'Set `strategy: blue-green` for this environment in airlock.yml.',
    );
  if (truth.live === deployment.id && domainsShow(truth, deployment.id)) {
    context.host.log.info(`${deployment.url} is live in ${place} already: nothing is sent to Vercel.`);
    return;
  }
  await pointDomains(lookout, deployment, truth, signal);
}

function refuseUnfit(context: VercelContext, deployment: VercelDeployment): void {
  const place = environmentName(context.environment);
  const isPreview = context.environment.kind === 'production' && deployment.target !== 'production';
  if (isPreview)
    throw new Failure(
      'VERCEL_WOULD_REBUILD',
      `${deployment.url} is not a production deployment: to promote it, Vercel would build it anew, and what goes live would not be what was tested.`,
      'Stage the release for production with the deploy action: the same files go up, and nothing is built again.',
      { ofDeployment: true },
    );
  if (!isInEnvironment(context, deployment))
    throw new Failure(
      'VERCEL_UNKNOWN_DEPLOYMENT',
      `${deployment.url} is no deployment of ${place}.`,
      'Stage the release for this environment with the deploy action.',
      { ofDeployment: true },
    );
  if (deployment.readyState !== 'READY')
    throw new Failure(
      'VERCEL_NOT_READY',
      `${deployment.url} is not ready: Vercel says ${deployment.readyState}.`,
      'Stage the release again, and look at the build log when it fails.',
      { ofDeployment: true },
    );
}

const stands = (now: Truth, id: string, weight: number): boolean =>
  weightOf(now, id) === weight && (weight < 100 || (now.live === id && domainsShow(now, id)));

/**
 * What is live now may be about to go: a promote or a rollback that a stopped run has sent. It is waited
 * for before anybody says that nothing needs to be done.
 */
async function settled(lookout: Lookout, id: string, seen: Truth, signal: AbortSignal): Promise<Truth> {
  const coming = seen.project.lastAliasRequest?.toDeploymentId;
  if (coming === undefined || !stands(seen, id, 100) || !isLeft(seen, id)) return seen;
  await comesToRest(lookout, coming, signal);
  return lookout.truth(signal);
}

/** Where nobody said: what was live before the present one is gone back to. */
const guessIntent = (now: Truth, deployment: VercelDeployment): Course['intent'] => {
  const live = now.deployments.find(({ id }) => id === now.live);
  const isEarlier = live !== undefined && deployment.createdAt < live.createdAt;
  const goesBack =
    now.rolling?.base === deployment.id || (isEarlier && deployment.readySubstate === 'PROMOTED');
  return goesBack ? 'rollback' : 'promote';
};

/** Going back ends a Rolling Release. Only one of Airlock's own is ended. */
function isOwnToAbort(
  context: VercelContext,
  now: Truth,
  { weight }: Order,
  intent: Course['intent'],
): boolean {
  const canary = now.deployments.find(({ id }) => id === now.rolling?.canary);
  return (
    intent === 'rollback' &&
    weight === 100 &&
    canary !== undefined &&
    releaseOf(canary.meta, context.host) !== undefined
  );
}

/** Asked before anything is sent, so that a refusal leaves nothing queued at Vercel. */
async function waitBehind(lookout: Lookout, now: Truth, signal: AbortSignal): Promise<void> {
  const { settings, host } = lookout.context;
  const canary = now.deployments.find(({ id }) => id === now.rolling?.canary);
  const what = `A Rolling Release of ${canary?.url ?? now.rolling?.canary} is under way, at ${now.rolling?.weight} %`;
  const waits = settings['behind-rolling-release'] === 'wait';
  if (waits) {
    host.log.info(`${what}. Waiting until it ends …`);
    const over = await until(host.clock, PATIENCE.rollingRelease, signal, async () =>
      (await readRollingRelease(lookout.context, signal)) ? undefined : true,
    );
    if (over) return;
  }
  throw new Failure(
    'VERCEL_BEHIND_ROLLING_RELEASE',
    `${what}${waits ? ' after an hour still' : ''}. It is not this run’s, so it is left alone, and nothing was sent to Vercel.`,
    `Complete or abort it on the project’s page${waits ? '' : ', or set `behind-rolling-release: wait`'}. One that a stopped run of Airlock left is ended by a rollback.`,
  );
}

/** A rollback stops Vercel from giving new builds the domains; nobody should find that out by surprise. */
function tellAutoAssignment({ host, environment }: VercelContext, before: Truth, after: Truth): void {
  if (environment.kind !== 'production') return;
  if (after.project.rolledBack)
    host.log.warning(
      'Vercel is rolled back now: until the next promote, no new build takes the production domains by itself, not even a push to the production branch.',
    );
  else if (before.project.rolledBack && after.project.autoAssigns)
    host.log.info(
      'The rollback is over: new builds take the production domains by themselves again, as before it.',
    );
  else if (before.project.rolledBack)
    host.log.info(
      'The rollback is over. New builds do not take the production domains by themselves: the project’s settings say so.',
    );
}
