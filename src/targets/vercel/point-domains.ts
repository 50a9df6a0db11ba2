import { Failure } from '../../domain/failure.ts';
import { domainsShow } from './alias-request.ts';
import { isUncertain } from './api.ts';
import { environmentName } from './context.ts';
import type { VercelDeployment } from './deployments.ts';
import type { Lookout, Truth } from './lookout.ts';
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
  const { api, host, environment } = lookout.context;
  const place = environmentName(environment);
  if (truth.holders.size === 0)
    throw new Failure(
      'VERCEL_NO_DOMAIN',
      `${place} has no domain, so each deployment is met at its own address only, and ${deployment.url}, which is not the newest, cannot be made the live one.`,
      'Give the environment a domain in Vercel’s settings, or set its `url:` in airlock.yml to an address that Airlock may keep as an alias.',
    );
  const done = await until(host.clock, PATIENCE.aliases, signal, async () => {
    const now = await lookout.moment(signal);
    const elsewhere = [...now.holders].filter(([, holder]) => holder !== deployment.id);
    if (elsewhere.length === 0 && domainsShow(now, deployment.id)) return true;
    for (const [alias] of elsewhere) {
      const request = { method: 'POST', path: path`/v2/deployments/${deployment.id}/aliases` } as const;
      await api.send({ ...request, body: { alias } }, signal).catch((error: unknown) => {
        // The next look shows whether it happened.
        if (!isUncertain(error)) throw error;
      });
    }
    return undefined;
  });
  if (done) return;
  throw new Failure(
    'VERCEL_NOT_CONFIRMED',
    `Vercel was asked to show ${deployment.url} in ${place}, and does not show that it did.`,
    'Look at the domains of the project, then run the job again: it goes on from what it finds.',
  );
}
