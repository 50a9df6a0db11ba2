import * as z from 'zod';
import { Failure } from '../../domain/failure.ts';
import { readAnswer, type VercelContext } from './context.ts';
import { path } from './request.ts';

const environments = z.object({ environments: z.array(z.object({ id: z.string(), slug: z.string() })) });

/**
 * The id of the custom environment, which must exist; nothing for production and preview, which always do.
 *
 * @throws Failure VERCEL_ENVIRONMENT_MISSING, VERCEL_PLAN, as `VercelApi.send`
 */
export async function requireEnvironment(
  context: VercelContext,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { environment, api } = context;
  if (environment.kind !== 'custom') return undefined;
  const project = await context.project(signal);
  const { body } = await api.send(
    { method: 'GET', path: path`/v9/projects/${project.id}/custom-environments` },
    signal,
  );
  const known = readAnswer(environments, body, 'the custom environments').environments;
  const found = known.find(({ id, slug }) => environment.slug === slug || environment.slug === id);
  if (found) return found.id;
  const others = known.map(({ slug }) => slug);
  throw new Failure(
    'VERCEL_ENVIRONMENT_MISSING',
    `The Vercel project ${project.name} has no environment "${environment.slug}"; it has ${['production', 'preview', ...others].join(', ')}.`,
    `Create it in the project under Settings → Environments (a custom environment needs a Pro or Enterprise plan), or set \`environment: preview\` for the target of ${context.host.environment} in airlock.yml.`,
  );
}
