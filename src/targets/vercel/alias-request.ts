import { Failure } from '../../domain/failure.ts';
import { readRefusal } from './answers.ts';
import { isUncertain } from './api.ts';
import type { Lookout, Moment } from './lookout.ts';
import { PATIENCE, until } from './patience.ts';
import { pointStrays } from './point-domains.ts';
import { type AliasRequest, isUnderWay } from './project-state.ts';
import { path, type VercelRequest } from './request.ts';
import { completeRollingRelease } from './rolling-release.ts';

/** The longest reason that is worth sending. */
const LONGEST_REASON = 200;
const TRIES = 3;

export interface Wish {
  readonly type: 'promote' | 'rollback';
  readonly id: string;
  /** How a person knows the deployment. */
  readonly name: string;
  readonly reason: string | undefined;
}

/** What Vercel said of a wish. `current`: it is fulfilled, or the same one is under way. */
type Said = 'accepted' | 'queued' | 'current' | 'unknown';

/**
 * Asks Vercel to move the production domains, and waits until they have moved. What Vercel tells of its
 * last request may be of an earlier one, by another clock: only one that differs from what was there
 * before counts, and it is over when the domains themselves show the deployment.
 *
 * @param before what was seen before anything was sent
 * @throws Failure VERCEL_ACTIVATION_FAILED, VERCEL_NOT_CONFIRMED, VERCEL_BEHIND_ROLLING_RELEASE,
 *   VERCEL_ROLLBACK_PLAN, VERCEL_NOT_ACTIVATABLE, or as `VercelApi.send`
 */
export async function moveDomains(
  lookout: Lookout,
  wish: Wish,
  before: Moment,
  signal: AbortSignal,
): Promise<void> {
  const { clock, log } = lookout.context.host;
  const earlier = before.project.lastAliasRequest;
  let last = before;
  const look = async () => {
    last = await lookout.moment(signal);
    return last;
  };
  for (let tries = 1; ; tries += 1) {
    const said = await send(lookout, wish, tries === TRIES, signal);
    if (said === 'current')
      log.info(`Vercel says that ${wish.name} is the current production deployment already.`);
    if (said === 'queued') behind(lookout, wish);
    if (said === 'unknown') {
      const arrived = await until(clock, PATIENCE.arrival, signal, async () =>
        hasArrived(await look(), wish, earlier),
      );
      if (!arrived) continue;
    }
    let byRelease = false;
    const limit = said === 'queued' ? PATIENCE.rollingRelease : PATIENCE.aliases;
    const done = await until(clock, limit, signal, async () => {
      const now = await look();
      if (wish.type === 'promote' && now.rolling?.canary === wish.id) {
        // The project has a plan of steps, and this promote is to be one step.
        await completeRollingRelease(lookout.context, wish.id, signal);
        byRelease = true;
        return undefined;
      }
      const job = ownJob(now, wish, earlier);
      if (job?.jobStatus === 'failed' || job?.jobStatus === 'skipped') throw jobFailed(wish, job);
      const proven = job
        ? job.jobStatus === 'succeeded'
        : byRelease || said === 'current' || said === 'unknown';
      if (proven && !now.rolling && isWhole(now, wish.id)) return true;
      // Vercel has nothing to do, and some domains were left elsewhere: by a job that failed half way, or by hand.
      if (said === 'current' && !now.rolling && !isUnderWay(now.project.lastAliasRequest))
        await pointStrays(lookout, wish.id, now, signal);
      return undefined;
    });
    if (done) return;
    throw notConfirmed(wish, last, earlier);
  }
}

/**
 * Gives the canary of a Rolling Release all the traffic, and waits until the domains show it; where Vercel
 * took the last step by itself, that is all there is to do.
 *
 * @throws Failure VERCEL_NOT_CONFIRMED, VERCEL_ROLLING_RELEASE_REFUSED, or as `VercelApi.send`
 */
export async function finishRollingRelease(
  lookout: Lookout,
  { id, name }: Pick<Wish, 'id' | 'name'>,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = lookout.context.host;
  let last: Moment | undefined;
  const done = await until(clock, PATIENCE.aliases, signal, async () => {
    last = await lookout.moment(signal);
    if (last.rolling?.canary === id) await completeRollingRelease(lookout.context, id, signal);
    else if (!last.rolling && domainsShow(last, id)) return true;
    return undefined;
  });
  if (!done && last) throw notConfirmed({ type: 'promote', id, name, reason: undefined }, last, undefined);
}

/** Whether every domain that shows anything shows this deployment; where there is none, what Vercel says. */
export function domainsShow({ holders, project }: Moment, id: string): boolean {
  if (holders.size === 0) return project.production === undefined || project.production === id;
  const shown = [...holders.values()].filter((holder) => holder !== undefined);
  return shown.length > 0 && shown.every((holder) => holder === id);
}

/** Whether production is on its way to another deployment. */
export const isLeft = ({ project: { lastAliasRequest: job } }: Moment, id: string): boolean =>
  isUnderWay(job) && job?.toDeploymentId !== id;

/** What the domains show proves nothing while they are about to be moved. */
const isWhole = (now: Moment, id: string): boolean => domainsShow(now, id) && !isLeft(now, id);

async function send(
  { context }: Lookout,
  { type, id, name, reason }: Wish,
  isLast: boolean,
  signal: AbortSignal,
): Promise<Said> {
  const project = await context.projectId(signal);
  const request: VercelRequest =
    type === 'promote'
      ? { method: 'POST', path: path`/v10/projects/${project}/promote/${id}`, expects: [400, 404, 409, 422] }
      : {
          method: 'POST',
          path: path`/v9/projects/${project}/rollback/${id}`,
          query: { description: reason?.slice(0, LONGEST_REASON) },
          expects: [400, 402, 404, 409, 422],
        };
  try {
    const { status, body } = await context.api.send(request, signal);
    if (status === 202) return 'queued';
    if (status === 409) return 'current';
    if (status < 400) return 'accepted';
    throw refused(status, type, name, readRefusal(body).message);
  } catch (error) {
    if (isUncertain(error) && !isLast) return 'unknown';
    throw error;
  }
}

/** The request that Vercel tells of, when it is the one of this wish. */
function ownJob(
  { project }: Moment,
  wish: Wish,
  earlier: AliasRequest | undefined,
): AliasRequest | undefined {
  const { lastAliasRequest: job } = project;
  if (job?.type !== wish.type || job.toDeploymentId !== wish.id) return undefined;
  const isOld =
    earlier?.type === job.type &&
    earlier.toDeploymentId === job.toDeploymentId &&
    earlier.requestedAt === job.requestedAt;
  // A run before this one may have sent it, and was stopped before the end.
  return isOld && !isUnderWay(earlier) ? undefined : job;
}

const hasArrived = (now: Moment, wish: Wish, earlier: AliasRequest | undefined): true | undefined =>
  ownJob(now, wish, earlier) || now.rolling?.canary === wish.id || (!now.rolling && isWhole(now, wish.id))
    ? true
    : undefined;

function behind({ context }: Lookout, { name }: Wish): void {
  if (context.settings['behind-rolling-release'] === 'refuse')
    throw new Failure(
      'VERCEL_BEHIND_ROLLING_RELEASE',
      `A Rolling Release was started in this very moment, and Vercel has queued ${name} behind it.`,
      'It goes live when that release ends. Look at the project’s page, then run the job again, or set `behind-rolling-release: wait`.',
    );
  context.host.log.warning(`Vercel has queued ${name} behind a Rolling Release. Waiting until that ends …`);
}

const verbs = { promote: 'promote', rollback: 'roll back to' } as const;

const jobFailed = ({ type, name }: Wish, { jobStatus }: AliasRequest): Failure =>
  new Failure(
    'VERCEL_ACTIVATION_FAILED',
    `Vercel began to ${verbs[type]} ${name}, and ended with "${jobStatus}".`,
    'Look at the domains of the project and at https://www.vercel-status.com, then run the job again.',
    { ofDeployment: true },
  );

function notConfirmed(wish: Wish, now: Moment, earlier: AliasRequest | undefined): Failure {
  const job = ownJob(now, wish, earlier);
  const others = [...now.holders].filter(([, holder]) => holder !== undefined && holder !== wish.id);
  return new Failure(
    'VERCEL_NOT_CONFIRMED',
    [
      `Vercel was asked to ${verbs[wish.type]} ${wish.name}, and does not show that it did:`,
      job ? `the request is "${job.jobStatus}"` : 'it tells nothing of this request',
      others.length > 0
        ? `and ${others.map(([domain, holder]) => `${domain} shows ${holder}`).join(', ')}.`
        : 'though no domain shows another deployment.',
    ].join(' '),
    'Look at the project’s page whether somebody else changed production in this moment, then run the job again: it goes on from what it finds.',
  );
}

const refused = (status: number, type: Wish['type'], name: string, message: string): Failure =>
  status === 402
    ? new Failure(
        'VERCEL_ROLLBACK_PLAN',
        `The plan of this account lets nobody go back to ${name}: on Hobby only to the deployment that was live before this one. Vercel said: ${message}.`,
        'Roll back to the one before, release the older commit again, or upgrade to Pro.',
        { ofDeployment: true },
      )
    : new Failure(
        'VERCEL_NOT_ACTIVATABLE',
        `Vercel would not ${verbs[type]} ${name}. It said: ${message || `status ${status}`}.`,
        'A rollback needs a deployment that was live before, a promote one that is ready and was staged for production: stage the release again.',
        { ofDeployment: true },
      );
