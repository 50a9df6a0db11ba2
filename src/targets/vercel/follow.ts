import type { checkDeploymentStatus } from '@vercel/client';
import { Failure } from '../../domain/failure.ts';
import { orAborted } from './abort.ts';
import { readBuildLog } from './build-log.ts';
import type { VercelContext } from './context.ts';
import { clientOptions } from './create.ts';
import type { VercelDeployment } from './deployments.ts';
import { lookUp } from './find-deployment.ts';

/** The client's pauses grow to 30 s, and after a refusal are random up to 65 s: then we ask ourselves. */
const ROUND_MS = 20_000;
const PAUSE_MS = 500;
/** What the client says at an end, but for an error. After `canceled` it would go on for ever, `BLOCKED` it does not know. */
const ENDS: readonly string[] = ['ready', 'alias-assigned', 'canceled', 'checks-v2-failed'];

export interface FollowOptions {
  /** Longest wait until a deployment is ready, in milliseconds; as `build-timeout` where nothing is said. */
  readonly readyMs?: number;
  /** After this many milliseconds without a word of the client the deployment is read anew. */
  readonly roundMs?: number;
}

/**
 * Follows a deployment until it is ready. What Vercel's client says is a hint when to look; what is
 * believed is what is read.
 *
 * @throws Failure VERCEL_BUILD_FAILED, VERCEL_BUILD_CANCELLED, VERCEL_BUILD_BLOCKED, VERCEL_BUILD_TIMEOUT,
 *   as `VercelApi.send`; or the signal's reason
 */
export async function followDeployment(
  context: VercelContext,
  begun: VercelDeployment,
  signal: AbortSignal,
  { readyMs = context.settings['build-timeout'] * 60_000, roundMs = ROUND_MS }: FollowOptions = {},
): Promise<VercelDeployment> {
  const { clock, log } = context.host;
  const deadline = clock.now().getTime() + readyMs;
  const read = async () =>
    (await lookUp(context, begun.id, signal)) ?? { ...begun, readyState: 'DELETED' as const };
  for (let deployment = begun; ; deployment = await read()) {
    if (deployment.readyState === 'READY') return deployment;
    await refuseFailed(context, deployment, signal);
    if (clock.now().getTime() >= deadline) throw tooSlow(deployment, readyMs);
    log.debug(`${deployment.id} is ${deployment.readyState}.`);
    const heard = await waitForWord(context, deployment, roundMs, signal);
    if (heard === 'trouble') await clock.sleep(PAUSE_MS, signal);
  }
}

/** Listens to the client until it says that something came to an end, or the round is over. */
async function waitForWord(
  context: VercelContext,
  { id }: VercelDeployment,
  roundMs: number,
  signal: AbortSignal,
): Promise<'end' | 'silence' | 'trouble'> {
  const round = AbortSignal.any([signal, AbortSignal.timeout(roundMs)]);
  const wake = new AbortController();
  const options = clientOptions(context, await context.project(signal));
  const begun = { id } as Parameters<typeof checkDeploymentStatus>[0];
  const client = await import('./client.ts');
  const events = client.checkDeploymentStatus(begun, { ...options, aliasAssignedSignal: wake.signal });
  try {
    for (;;) {
      const { done, value } = await orAborted(events.next(), round);
      if (done || value.type === 'error') return 'trouble';
      if (ENDS.includes(value.type)) return 'end';
      if (value.type === 'building') context.host.log.info('Vercel is building the deployment.');
    }
  } catch (error) {
    signal.throwIfAborted();
    if (round.aborted) return 'silence';
    // Lost connections and refusals too are only a reason to look.
    context.host.log.debug(`Vercel's client stopped: ${error instanceof Error ? error.message : error}`);
    return 'trouble';
  } finally {
    // The one word that wakes the client from its sleep, and lets it end. What it then says nobody hears.
    wake.abort({
      type: 'alias-assigned',
      deploymentId: id,
      date: 0,
      alias: [],
      aliasError: null,
      aliasWarning: null,
    });
    events.return?.().catch(() => {});
  }
}

async function refuseFailed(
  context: VercelContext,
  { id, readyState, errorMessage, inspectorUrl }: VercelDeployment,
  signal: AbortSignal,
): Promise<void> {
  const page = inspectorUrl ? ` Its page: ${inspectorUrl}` : '';
  if (readyState === 'ERROR') {
    const lines = await readBuildLog(context, id, signal);
    throw new Failure(
      'VERCEL_BUILD_FAILED',
      [`Vercel could not make the deployment ${id}: ${errorMessage || 'it gave no reason'}.`, ...lines].join(
        '\n',
      ),
      `Mend what the log says, then release again.${page}`,
    );
  }
  if (readyState === 'CANCELED' || readyState === 'DELETED')
    throw new Failure(
      'VERCEL_BUILD_CANCELLED',
      `The deployment ${id} was ${readyState === 'DELETED' ? 'deleted' : 'cancelled'} at Vercel before it was ready.`,
      `Find out who or what did it (a newer commit cancels older builds where the project is linked to Git), then run the job again.${page}`,
    );
  if (readyState === 'BLOCKED')
    throw new Failure(
      'VERCEL_BUILD_BLOCKED',
      `Vercel blocks the deployment ${id}: ${errorMessage || 'mostly since its author has no seat in the team'}.`,
      `Open its page in Vercel to see what it asks for, then run the job again.${page}`,
    );
}

const tooSlow = ({ id, readyState }: VercelDeployment, readyMs: number): Failure =>
  new Failure(
    'VERCEL_BUILD_TIMEOUT',
    `The deployment ${id} was not ready after ${Math.round(readyMs / 60_000)} min; it is ${readyState}.`,
    'Run the job again: it goes on with the same deployment. If builds take this long, raise `build-timeout` of the target in airlock.yml.',
  );
