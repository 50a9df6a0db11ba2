import { Failure } from '../../domain/failure.ts';
import type { Look } from '../../ports/target.ts';
import type { Lookout, Moment, Truth } from './lookout.ts';
import { PATIENCE, until } from './patience.ts';
import { isUnderWay } from './project-state.ts';

/**
 * The truth that lasts. While Vercel moves production, what stands now is about to go, and who decided by it
 * would find "nothing to undo" where a promote that was cut short is still on its way. With `awaited`, one
 * that Vercel does not tell of yet is given its time to show as well.
 *
 * @throws Failure VERCEL_NOT_CONFIRMED where the awaited one is on its way and does not arrive, or as
 *   `VercelApi.send`
 */
export async function standingTruth(lookout: Lookout, { awaited, signal }: Look): Promise<Truth> {
  const patient = signal ?? new AbortController().signal;
  if (awaited === undefined) {
    const seen = await lookout.truth(patient);
    if (!moves(seen)) return seen;
  } else await arrives(lookout, awaited, patient);
  const rests = await comesToRest(lookout, (now) => moves(now, awaited), patient);
  if (!rests && awaited !== undefined) throw notAtRest(awaited);
  if (!rests)
    lookout.context.host.log.warning(
      'Vercel has not moved production to the other deployment yet. What is live now may change any moment.',
    );
  return lookout.truth(patient);
}

/** Waits until Vercel tells of it, or long enough to know that it was never asked. */
async function arrives(lookout: Lookout, awaited: string, signal: AbortSignal): Promise<void> {
  const { clock } = lookout.context.host;
  await until(clock, PATIENCE.arrival, signal, async () =>
    isSeen(await lookout.moment(signal), awaited) ? true : undefined,
  );
}

/** Waits until nothing moves any more. @returns whether that came true in time */
export async function comesToRest(
  lookout: Lookout,
  isMoving: (now: Moment) => boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const { clock, log } = lookout.context.host;
  let told = false;
  const rests = await until(clock, PATIENCE.aliases, signal, async () => {
    if (!isMoving(await lookout.moment(signal))) return true;
    if (!told) log.info('Vercel is moving production to another deployment. Waiting until that is over …');
    told = true;
    return undefined;
  });
  return rests === true;
}

/** Whether anything tells of the awaited one; what is under way for another is in its place. */
const isSeen = (now: Moment, awaited: string): boolean =>
  isUnderWay(now.project.lastAliasRequest) || isPromised(now, awaited) || isShown(now, awaited);

/** The domains lag behind the request: it has succeeded, and they show the one before. */
const moves = (now: Moment, awaited?: string): boolean =>
  isUnderWay(now.project.lastAliasRequest) ||
  (awaited !== undefined && isPromised(now, awaited) && !isShown(now, awaited));

const isPromised = ({ project: { lastAliasRequest: job } }: Moment, id: string): boolean =>
  job?.toDeploymentId === id && job.jobStatus === 'succeeded';

/** Where there is no domain, nothing shows anything, and nothing lags. */
const isShown = ({ holders, rolling }: Moment, id: string): boolean =>
  holders.size === 0 || rolling?.canary === id || [...holders.values()].includes(id);

const notAtRest = (awaited: string): Failure =>
  new Failure(
    'VERCEL_NOT_CONFIRMED',
    `Vercel is moving production to ${awaited}, and does not come to an end: what is going to be live cannot be told.`,
    'Look at the project’s page and at https://www.vercel-status.com; go back there if visitors are harmed, and run the job again.',
  );
