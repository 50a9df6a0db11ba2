import * as z from 'zod';
import { readAnswer, type VercelContext } from './context.ts';
import { path } from './request.ts';

/** A promote or a rollback as Vercel remembers the last one. The clock behind `requestedAt` is not ours. */
const aliasRequest = z.object({
  type: z.string(),
  toDeploymentId: z.string(),
  jobStatus: z.string(),
  requestedAt: z.number(),
});

export type AliasRequest = z.output<typeof aliasRequest>;

const projectAnswer = z
  .looseObject({
    id: z.string(),
    autoAssignCustomDomains: z.boolean().nullish(),
    lastRollbackTarget: z.unknown().optional(),
    lastAliasRequest: aliasRequest.nullish(),
    link: z.unknown().optional(),
    targets: z.record(z.string(), z.looseObject({ id: z.string() }).nullish()).nullish(),
    customEnvironments: z.array(z.looseObject({ id: z.string(), slug: z.string() })).nullish(),
  })
  .transform((project) => ({
    id: project.id,
    /** Whether a new production build takes the domains by itself. */
    autoAssigns: project.autoAssignCustomDomains !== false,
    rolledBack: project.lastRollbackTarget != null,
    /** Whether pushes to a repository make builds without Airlock. */
    linked: project.link != null,
    lastAliasRequest: project.lastAliasRequest ?? undefined,
    /** What Vercel itself takes for the live one: it counts only where no domain can be asked. */
    production: project.targets?.production?.id,
    customEnvironments: project.customEnvironments ?? [],
  }));

/** What moves in a project when something goes live. */
export type ProjectState = z.output<typeof projectAnswer>;

/** @throws Failure as `VercelApi.send`, VERCEL_ANSWER_UNREADABLE */
export async function readProject(
  { api, settings }: VercelContext,
  signal: AbortSignal,
): Promise<ProjectState> {
  const query = { rollbackInfo: 'true' };
  const { body } = await api.send(
    { method: 'GET', path: path`/v9/projects/${settings.project}`, query },
    signal,
  );
  return readAnswer(projectAnswer, body, 'the project');
}

export const isUnderWay = (request: AliasRequest | undefined): boolean =>
  request?.jobStatus === 'pending' || request?.jobStatus === 'in-progress';
