import { Failure } from '../../domain/failure.ts';
import { isUncertain } from './api.ts';
import { environmentName } from './context.ts';
import type { VercelDeployment } from './deployments.ts';
import type { Lookout, Moment, Truth } from './lookout.ts';
import { PATIENCE, until } from './patience.ts';
import { path } from './request.ts';

/**
 * Points every domain of the environment at a deployment, and reads back that they show it.
 *
 * @throws Failure VERCEL_NO_DOMAIN, VERCEL_NOT_CONFIRMED, or as `VercelApi.send`
 */
export async function pointDomains(
  lookout: Lookout,
  deployment: VercelDeployment,
  truth: Truth,
  signal: AbortSignal,
): Promise<void> {
  const { host, environment } = lookout.context;
  const place = environmentName(environment);
  if (truth.holders.size === 0)
    throw new Failure(
      'VERCEL_NO_DOMAIN',
      `${place} has no domain, so each deployment is met at its own address only, and ${deployment.url}, which is not the newest, cannot be made the live one.`,
      'Give the environment a domain in Vercel’s settings, or set its `url:` in airlock.yml to an address that Airlock may keep as an alias.',
    );
  const done = await until(host.clock, PATIENCE.aliases, signal, async () => {
    const now = await lookout.moment(signal);
    const left = await pointStrays(lookout, deployment.id, now, signal);
    return left === 0 ? true : undefined;
  });
  if (done) return;
  throw new Failure(
    'VERCEL_NOT_CONFIRMED',
    `Vercel was asked to show ${deployment.url} in ${place}, and does not show that it did.`,
    'Look at the domains of the project, then run the job again: it goes on from what it finds.',
  );
}

/**
 * Points the domains that show another deployment, or none, at this one. The next look shows whether it happened.
 *
 * @returns how many there were
 */
export async function pointStrays(
  { context: { api } }: Lookout,
  id: string,
  { holders }: Moment,
  signal: AbortSignal,
): Promise<number> {
  const strays = [...holders].flatMap(([alias, holder]) => (holder === id ? [] : [alias]));
  for (const alias of strays) {
    const request = { method: 'POST', path: path`/v2/deployments/${id}/aliases` } as const;
    await api.send({ ...request, body: { alias } }, signal).catch((error: unknown) => {
      if (!isUncertain(error)) throw error;
    });
  }
  return strays.length;
}
