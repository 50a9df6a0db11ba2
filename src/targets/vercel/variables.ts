import * as z from 'zod';
import { Failure } from '../../domain/failure.ts';
import { environmentName, readAnswer, type VercelContext } from './context.ts';
import { path } from './request.ts';

/** Names only: a value that Vercel may send along is dropped where it arrives. */
const variable = z.object({
  key: z.string(),
  target: z.union([z.string(), z.array(z.string())]).nullish(),
  customEnvironmentIds: z.array(z.string()).nullish(),
  applyToAllCustomEnvironments: z.boolean().nullish(),
  gitBranch: z.string().nullish(),
});
type Variable = z.output<typeof variable>;

const projectVariables = z.object({ envs: z.array(variable) });
const sharedVariables = z.object({ data: z.array(variable) });

/** Vercel sets these itself in every build and function. */
const SYSTEM =
  /^(CI|VERCEL|VERCEL_(ENV|TARGET_ENV|URL|BRANCH_URL|PROJECT_PRODUCTION_URL|REGION|DEPLOYMENT_ID|PROJECT_ID|GIT_[A-Z_]+))$/;

/**
 * Refuses to deploy while a variable that airlock.yml requires is not set for this environment. Reads
 * names, never values.
 *
 * @param environmentId of a custom environment
 * @throws Failure VERCEL_VARIABLES_MISSING, as `VercelApi.send`
 */
export async function requireVariables(
  context: VercelContext,
  environmentId: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const required = context.settings.variables.filter((name) => !SYSTEM.test(name));
  if (required.length === 0) return;
  const project = await context.project(signal);
  const reaches = (one: Variable) => isFor(context, one, environmentId);
  const own = await projectNames(context, project.id, signal);
  const missing = without(required, own.filter(reaches));
  if (missing.length === 0) return;
  const shared = await sharedNames(context, project.id, signal);
  const absent = without(missing, (shared ?? []).filter(reaches));
  if (absent.length === 0) return;
  const where = environmentName(context.environment);
  const hidden = shared
    ? ''
    : ' Variables that the team shares were not looked at: Vercel did not show them to this token.';
  throw new Failure(
    'VERCEL_VARIABLES_MISSING',
    `The Vercel project ${project.name} has no ${absent.join(', ')} for ${where}.${hidden}`,
    `Set ${absent.length === 1 ? 'it' : 'each'} with ${absent.map((name) => `\`vercel env add ${name} ${where}\``).join(', ')}, or in the project under Settings → Environment Variables.`,
  );
}

async function projectNames(context: VercelContext, projectId: string, signal: AbortSignal) {
  const where = path`/v10/projects/${projectId}/env`;
  const { body } = await context.api.send({ method: 'GET', path: where }, signal);
  return readAnswer(projectVariables, body, 'the environment variables').envs;
}

/** Nothing where the token may not see them: it may be good for one project only. */
async function sharedNames(context: VercelContext, projectId: string, signal: AbortSignal) {
  try {
    const { body } = await context.api.send({ method: 'GET', path: '/v1/env', query: { projectId } }, signal);
    return readAnswer(sharedVariables, body, 'the shared variables').data;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

/** One of a single branch is not there for the others. */
function isFor({ environment }: VercelContext, one: Variable, environmentId: string | undefined): boolean {
  if (one.gitBranch) return false;
  if (environment.kind !== 'custom') return [one.target].flat().includes(environment.kind);
  return (
    one.applyToAllCustomEnvironments === true ||
    (environmentId !== undefined && (one.customEnvironmentIds ?? []).includes(environmentId))
  );
}

const without = (names: readonly string[], found: readonly Variable[]): readonly string[] =>
  names.filter((name) => !found.some(({ key }) => key === name));
