import { Failure } from '../../domain/failure.ts';
import { environmentName, type VercelContext } from './context.ts';
import { readDeploymentAnswer, type VercelDeployment } from './deployments.ts';
import type { Truth } from './lookout.ts';
import { path } from './request.ts';

/**
 * A deployment by its id: among those that were read, or asked for by itself when it is older or of
 * another environment.
 *
 * @throws Failure VERCEL_UNKNOWN_DEPLOYMENT, or as `VercelApi.send`
 */
export async function findDeployment(
  context: VercelContext,
  truth: Truth,
  id: string,
  signal: AbortSignal,
): Promise<VercelDeployment> {
  const found = truth.deployments.find((one) => one.id === id) ?? (await lookUp(context, id, signal));
  if (found) return found;
  throw new Failure(
    'VERCEL_UNKNOWN_DEPLOYMENT',
    `The project ${context.settings.project} has no deployment ${id} that ${environmentName(context.environment)} could show.`,
    'Look at the deployments of the environment: it may have been deleted. Stage the release again.',
    { ofDeployment: true },
  );
}

/** Nothing for one that is gone, or that belongs to another project. */
export async function lookUp(
  { api, projectId }: VercelContext,
  id: string,
  signal: AbortSignal,
): Promise<VercelDeployment | undefined> {
  const request = { method: 'GET', path: path`/v13/deployments/${id}`, expects: [404] } as const;
  const [{ status, body }, project] = await Promise.all([api.send(request, signal), projectId(signal)]);
  if (status === 404) return undefined;
  const found = readDeploymentAnswer(body);
  const isOurs = (found.projectId ?? project) === project;
  return isOurs && found.readyState !== 'DELETED' ? found : undefined;
}
