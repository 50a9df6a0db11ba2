import * as z from 'zod';
import type { Deployment } from '../../domain/deployment.ts';
import { type ReleaseIdentity, sameRelease } from '../../domain/release.ts';
import { readAnswer, type VercelContext } from './context.ts';
import { META, releaseOf } from './meta.ts';

/** Most that Vercel lists at once. */
const PAGE = 100;
/** Deployments beyond are too old to be looked for. */
const MOST_PAGES = 10;

const environmentRef = z.looseObject({ id: z.string(), slug: z.string().optional() });

/** One deployment as far as we read it. Lists call the id `uid`, single answers `id`. */
const deploymentAnswer = z
  .looseObject({
    uid: z.string().optional(),
    id: z.string().optional(),
    url: z.string(),
    projectId: z.string().optional(),
    readyState: z.string(),
    readySubstate: z.string().nullish(),
    createdAt: z.number(),
    target: z.string().nullish(),
    customEnvironment: environmentRef.nullish(),
    meta: z.record(z.string(), z.coerce.string()).default({}),
    errorCode: z.string().nullish(),
    errorMessage: z.string().nullish(),
    inspectorUrl: z.string().nullish(),
  })
  .transform(({ uid, id, ...rest }) => ({ ...rest, id: id ?? uid ?? '' }))
  .refine(({ id }) => id !== '', 'has no id');

export type VercelDeployment = z.output<typeof deploymentAnswer>;

const page = z.object({
  deployments: z.array(deploymentAnswer),
  pagination: z.object({ next: z.number().nullish() }).nullish(),
});

/** @throws Failure VERCEL_ANSWER_UNREADABLE */
export const readDeploymentAnswer = (body: unknown): VercelDeployment =>
  readAnswer(deploymentAnswer, body, 'a deployment');

/**
 * The project's deployments, newest first.
 *
 * @param meta what their meta must hold; Vercel sorts out what it can, the caller looks at each one
 * @throws Failure as `VercelApi.send`, VERCEL_ANSWER_UNREADABLE
 */
export async function listDeployments(
  context: VercelContext,
  meta: Readonly<Record<string, string>>,
  signal: AbortSignal,
  { target, mostPages = MOST_PAGES }: { target?: 'production'; mostPages?: number } = {},
): Promise<readonly VercelDeployment[]> {
  const filter = Object.fromEntries(Object.entries(meta).map(([key, value]) => [`meta-${key}`, value]));
  const projectId = await context.projectId(signal);
  const found: VercelDeployment[] = [];
  let until: string | undefined;
  for (let pages = 0; pages < mostPages; pages += 1) {
    const query = { projectId, limit: String(PAGE), until, target, ...filter };
    const { body } = await context.api.send({ method: 'GET', path: '/v7/deployments', query }, signal);
    const { deployments, pagination } = readAnswer(page, body, 'the deployments');
    found.push(...deployments);
    if (!pagination?.next) break;
    until = String(pagination.next);
  }
  return found;
}

/**
 * This release's deployments in this environment that came up or still may, the first one first. Whoever
 * stages it at the same time sees the same first one.
 */
export async function findStaged(
  context: VercelContext,
  release: ReleaseIdentity,
  signal: AbortSignal,
): Promise<readonly VercelDeployment[]> {
  const place = { [META.app]: context.host.app, [META.environment]: context.host.environment };
  const wanted = { ...place, [META.version]: release.version, [META.commit]: release.commit };
  return (await listDeployments(context, wanted, signal))
    .filter((deployment) => {
      const identity = releaseOf(deployment.meta, context.host);
      return (
        identity !== undefined &&
        sameRelease(identity, release) &&
        isInEnvironment(context, deployment) &&
        !hasFailed(deployment)
      );
    })
    .sort((one, other) => one.createdAt - other.createdAt || (one.id < other.id ? -1 : 1));
}

/** Whether Vercel itself put it into the environment that is meant. */
export function isInEnvironment({ environment }: VercelContext, deployment: VercelDeployment): boolean {
  const { target, customEnvironment } = deployment;
  if (environment.kind === 'custom' && !customEnvironment) return false;
  switch (environment.kind) {
    case 'production':
      return target === 'production';
    case 'preview':
      return target !== 'production' && !customEnvironment;
    case 'custom':
      // A list may leave the slug out: then what we wrote beside it must do.
      return [customEnvironment?.slug ?? environment.slug, customEnvironment?.id].includes(environment.slug);
  }
}

/** `BLOCKED`: Vercel lets nobody see it, such as for an author without a seat in the team. */
export const hasFailed = ({ readyState }: VercelDeployment): boolean =>
  ['ERROR', 'CANCELED', 'BLOCKED', 'DELETED'].includes(readyState);

/** As every target tells it. Its state is of itself only: what is live shows in the project. */
export function describeDeployment(
  context: VercelContext,
  deployment: VercelDeployment,
  identity: ReleaseIdentity,
): Deployment {
  return {
    id: deployment.id,
    ...identity,
    state: hasFailed(deployment) ? 'failed' : 'staged',
    url: `${context.api.scheme}//${deployment.url}`,
    weight: 0,
    stagedAt: new Date(deployment.createdAt).toISOString(),
  };
}
