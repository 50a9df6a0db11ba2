import type { Look } from '../../ports/target.ts';
import { domainsShow } from './alias-request.ts';
import type { Lookout, Moment, Truth } from './lookout.ts';
import { PATIENCE, until } from './patience.ts';
import { isUnderWay } from './project-state.ts';

/** How often the truth is read again because it moved in the very moment in which it was read. */
const MOST_TURNS = 3;

/**
 * The truth that lasts. While Vercel moves production, what stands now is about to go, and who decided by it
 * would find "nothing to undo" where a promote that was cut short is still on its way. With `awaited`, one
 * that Vercel does not tell of yet is given its time to show as well. A move that does not end is told as
 * unsettled.
 *
 * @throws Failure as `VercelApi.send`
 */
export async function standingTruth(lookout: Lookout, { awaited, signal }: Look): Promise<Truth> {
  const patient = signal ?? new AbortController().signal;
  if (awaited !== undefined) await arrives(lookout, awaited, patient);
  let coming = awaited;
  for (let turn = 1; ; turn += 1) {
    const rests = coming === undefined || (await comesToRest(lookout, coming, patient));
    const truth = await lookout.truth(patient);
    const { lastAliasRequest: job } = truth.project;
    if (!isUnderWay(job)) return truth;
    coming = job?.toDeploymentId;
    if (rests && turn < MOST_TURNS) continue;
    lookout.context.host.log.warning(
      'Vercel has not moved production to the other deployment yet. What is live now may change any moment.',
    );
    return truth;
  }
}

/**
 * Waits until Vercel moves nothing any more: its request is over, and the domains, which lag behind it, show
 * what was asked for.
 *
 * @param deployment to which production is or may be on its way
 * @returns whether that came true in time
 */
export async function comesToRest(
  lookout: Lookout,
  deployment: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { clock, log } = lookout.context.host;
  let coming = deployment;
  let told = false;
  const rests = await until(clock, PATIENCE.aliases, signal, async () => {
    const now = await lookout.moment(signal);
    const { lastAliasRequest: job } = now.project;
    if (job && isUnderWay(job)) coming = job.toDeploymentId;
    else if (!isPromised(now, coming) || domainsShow(now, coming)) return true;
    if (!told) log.info('Vercel is moving production to another deployment. Waiting until that is over …');
    told = true;
    return undefined;
  });
  return rests === true;
}

/** Waits until Vercel tells of it, or long enough to know that it was never asked. */
async function arrives(lookout: Lookout, awaited: string, signal: AbortSignal): Promise<void> {
  const { clock } = lookout.context.host;
  await until(clock, PATIENCE.cutShort, signal, async () =>
    isSeen(await lookout.moment(signal), awaited) ? true : undefined,
  );
}

/** Whether anything tells of it; what is under way for another is in its place. */
const isSeen = (now: Moment, awaited: string): boolean =>
  isUnderWay(now.project.lastAliasRequest) ||
  isPromised(now, awaited) ||
  now.rolling?.canary === awaited ||
  // Where nothing is live yet and there is no domain, nothing speaks against it and nothing for it.
  ((now.holders.size > 0 || now.project.production !== undefined) && domainsShow(now, awaited));

const isPromised = ({ project: { lastAliasRequest: job } }: Moment, id: string): boolean =>
  job?.toDeploymentId === id && job.jobStatus === 'succeeded';
