import { Failure } from '../../domain/failure.ts';
import { isUncertain } from './api.ts';
import { environmentName } from './context.ts';
import { isInEnvironment } from './deployments.ts';
import { lookUp } from './find-deployment.ts';
import type { Lookout, Moment } from './lookout.ts';
import { PATIENCE, until } from './patience.ts';
import { isUnderWay } from './project-state.ts';
import { path } from './request.ts';

/**
 * Deletes a deployment that no visitor meets. One that is gone already is a success.
 *
 * @throws Failure VERCEL_RETIRE_LIVE, VERCEL_UNKNOWN_DEPLOYMENT, VERCEL_NOT_CONFIRMED, or as `VercelApi.send`
 */
export async function retireOnVercel(lookout: Lookout, id: string, signal: AbortSignal): Promise<void> {
  const { context } = lookout;
  const { api, host, environment } = context;
  const [found, now] = await Promise.all([lookUp(context, id, signal), lookout.moment(signal)]);
  if (!found) return;
  if (!isInEnvironment(context, found))
    throw new Failure(
      'VERCEL_UNKNOWN_DEPLOYMENT',
      `${found.url} is no deployment of ${environmentName(environment)}, so it is not for this environment to delete.`,
      'Name a deployment of this environment.',
    );
  const why = whyLive(now, id);
  if (why !== undefined)
    throw new Failure(
      'VERCEL_RETIRE_LIVE',
      `${found.url} is live: ${why}.`,
      'Make another deployment live first.',
    );
  const gone = await until(host.clock, PATIENCE.aliases, signal, async () => {
    const request = { method: 'DELETE', path: path`/v13/deployments/${id}`, expects: [404] } as const;
    try {
      await api.send(request, signal);
      return true;
    } catch (error) {
      if (!isUncertain(error)) throw error;
      return (await lookUp(context, id, signal)) === undefined || undefined;
    }
  });
  if (gone) return;
  throw new Failure(
    'VERCEL_NOT_CONFIRMED',
    `Vercel was asked to delete ${found.url}, and still has it.`,
    'Run the job again, or delete it on the project’s page.',
  );
}

/** What gives it visitors, or is about to. */
function whyLive({ holders, rolling, project }: Moment, id: string): string | undefined {
  const domain = [...holders].find(([, holder]) => holder === id)?.[0];
  if (domain !== undefined) return `${domain} shows it`;
  if ([rolling?.base, rolling?.canary, rolling?.queued].includes(id))
    return 'a Rolling Release gives it traffic';
  if (project.production === id) return 'it is the project’s production';
  const { lastAliasRequest: job } = project;
  return isUnderWay(job) && job?.toDeploymentId === id ? 'Vercel is about to make it so' : undefined;
}
