import * as z from 'zod';
import { Failure } from '../../domain/failure.ts';
import type { TargetHost } from '../../ports/target.ts';
import { connectVercel, type VercelApi, vercelAccess } from './api.ts';
import { path } from './request.ts';
import type { VercelSettings } from './settings.ts';

/** Where in its project a deployment goes. */
export type VercelEnvironment =
  | { readonly kind: 'production' }
  | { readonly kind: 'preview' }
  | { readonly kind: 'custom'; readonly slug: string };

/** The project as every later request names it. */
export interface VercelProject {
  readonly id: string;
  readonly name: string;
  /** Of the team (`team_…`), or of the person. */
  readonly accountId: string;
}

/** What everything that speaks with Vercel for one environment has at hand. */
export interface VercelContext {
  readonly api: VercelApi;
  readonly settings: VercelSettings;
  readonly host: TargetHost;
  readonly environment: VercelEnvironment;
  /**
   * Asked for once.
   *
   * @throws Failure as `VercelApi.send`, VERCEL_ANSWER_UNREADABLE
   */
  project(signal: AbortSignal): Promise<VercelProject>;
  projectId(signal: AbortSignal): Promise<string>;
}

const projectAnswer = z.object({
  id: z.string().min(1),
  name: z.string().min(1),
  accountId: z.string().min(1),
});

export interface ContextOptions {
  /** Longest wait for one answer, in milliseconds. */
  readonly timeoutMs?: number;
}

export function openContext(
  settings: VercelSettings,
  host: TargetHost,
  options: ContextOptions = {},
): VercelContext {
  const api = connectVercel({ ...vercelAccess(host.variables, settings.team, host.clock), ...options });
  let known: VercelProject | undefined;
  const project = async (signal: AbortSignal): Promise<VercelProject> => {
    known ??= readAnswer(
      projectAnswer,
      (await api.send({ method: 'GET', path: path`/v9/projects/${settings.project}` }, signal)).body,
      `the project ${settings.project}`,
    );
    return known;
  };
  return {
    api,
    settings,
    host,
    environment: environmentNamed(settings.environment ?? host.environment),
    project,
    projectId: async (signal) => (await project(signal)).id,
  };
}

/** GitHub shows names as they were typed: `Production` means Vercel's production too. */
export function environmentNamed(name: string): VercelEnvironment {
  const word = name.toLowerCase();
  return word === 'production' || word === 'preview' ? { kind: word } : { kind: 'custom', slug: name };
}

/** The environment as a person, and the command line of Vercel, call it. */
export const environmentName = (environment: VercelEnvironment): string =>
  environment.kind === 'custom' ? environment.slug : environment.kind;

/**
 * What Vercel answered, held to what is read of it.
 *
 * @param what names it to a person
 * @throws Failure VERCEL_ANSWER_UNREADABLE
 */
export function readAnswer<Shape extends z.ZodType>(
  shape: Shape,
  body: unknown,
  what: string,
): z.output<Shape> {
  const { success, data, error } = shape.safeParse(body);
  if (success) return data;
  throw new Failure(
    'VERCEL_ANSWER_UNREADABLE',
    `Vercel's answer about ${what} is not as its API describes it: ${z.prettifyError(error).replace(/\s+/g, ' ')}`,
    'Run the job again. If it stays, please report it: the API has changed.',
  );
}
