import { sep } from 'node:path';
import type { DeploymentOptions, VercelClientOptions } from '@vercel/client';
import type { deploy } from '@vercel/client/dist/deploy.js';
import * as z from 'zod';
import type { Failure } from '../../domain/failure.ts';
import { orAborted } from './abort.ts';
import { explainStatus } from './answers.ts';
import type { VercelContext, VercelProject } from './context.ts';
import { readDeploymentAnswer, type VercelDeployment } from './deployments.ts';
import type { DeployedFile } from './files.ts';
import type { VercelRequest } from './request.ts';

/** Longest wait for the answer, in milliseconds: Vercel looks for every one of thousands of files. */
const CREATE_TIMEOUT_MS = 120_000;
/** The client cuts names off at this folder. */
const ROOT = sep;

const REQUEST: VercelRequest = { method: 'POST', path: '/v13/deployments' };

/** What is asked for, but the files. */
export interface Creation {
  readonly meta: Readonly<Record<string, string>>;
  readonly gitMetadata: NonNullable<DeploymentOptions['gitMetadata']>;
}

export type Created =
  | { readonly kind: 'created'; readonly deployment: VercelDeployment }
  /** Content that Vercel has not, by SHA-1: nothing was made. */
  | { readonly kind: 'missing'; readonly sha1s: readonly string[] }
  /** It may have been made or not. */
  | { readonly kind: 'unknown'; readonly why: string }
  /** Nothing was made, because of the rate of requests. `resetAt`: when there is one to spend again, ms since 1970. */
  | { readonly kind: 'limited'; readonly failure: Failure; readonly resetAt: number | undefined };

type Files = Parameters<typeof deploy>[0];

/**
 * Asks Vercel once for a deployment of these files. Never asks again by itself: two would be made.
 *
 * Goes by the room below the client's front door: that one reads every file by itself, and uploads.
 *
 * @throws Failure VERCEL_TOKEN_MISSING and as `VercelApi.send`; or the signal's reason
 */
export async function createOnce(
  context: VercelContext,
  creation: Creation,
  files: readonly DeployedFile[],
  signal: AbortSignal,
): Promise<Created> {
  const { access } = context.api;
  const project = await context.project(signal);
  const timeout = AbortSignal.timeout(access.timeoutMs ?? CREATE_TIMEOUT_MS);
  const either = AbortSignal.any([signal, timeout]);
  const client = await import('./client.ts');
  // Objects of this one call: the client writes into what it is given.
  const events = client.deploy(
    filesForClient(files),
    { ...clientOptions(context, project), ...buildOptions(context) },
    deploymentOptions(context, project, creation),
  );
  try {
    for (;;) {
      const { done, value } = await orAborted(events.next(), either);
      if (done) return { kind: 'unknown', why: 'the answer was not whole' };
      const { type, payload } = value;
      if (type === 'created') return readCreated(payload);
      if (type === 'error') return readError(context, payload);
      if (type === 'warning' || type === 'notice') context.host.log.info(`Vercel: ${String(payload)}`);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (timeout.aborted) return { kind: 'unknown', why: 'no answer in time' };
    throw error;
  } finally {
    // Where it still waits for the answer it cannot be stopped: it is left alone, and does nothing more.
    events.return?.().catch(() => {});
  }
}

/** Who asks, and where. */
export function clientOptions({ api }: VercelContext, project: VercelProject): VercelClientOptions {
  forgetStrayTeam();
  const { accountId } = project;
  return {
    token: api.access.token,
    apiUrl: api.access.apiUrl,
    path: ROOT,
    isDirectory: true,
    userAgent: 'airlock',
    // The client knows no slug. The project says whose it is.
    ...(accountId.startsWith('team_') && { teamId: accountId }),
  };
}

/** The client appends this variable of the environment to every address, beside the team that was asked for. */
function forgetStrayTeam(): void {
  delete process.env.VERCEL_TEAM_ID;
}

const buildOptions = ({ settings }: VercelContext): Partial<VercelClientOptions> => ({
  // The same files as another release are another deployment: Vercel would hand back the earlier one.
  force: true,
  skipAutoDetectionConfirmation: true,
  ...(settings.build === 'prebuilt' ? { prebuilt: true } : { withCache: true }),
});

function deploymentOptions(
  { environment }: VercelContext,
  project: VercelProject,
  { meta, gitMetadata }: Creation,
): DeploymentOptions & { project: string } {
  return {
    version: 2,
    name: project.name,
    project: project.id,
    meta: { ...meta },
    gitMetadata: { ...gitMetadata },
    ...(environment.kind === 'production' && { target: 'production', autoAssignCustomDomains: false }),
    ...(environment.kind === 'custom' && { customEnvironmentSlugOrId: environment.slug }),
  };
}

/** Without content: what Vercel has not is uploaded by us. */
function filesForClient(files: readonly DeployedFile[]): Files {
  const map: Files = new Map();
  for (const { name, mode, size, sha1 } of files) {
    // The client's own map holds files of equal content as one, and gives a link or a program the mode of
    // whatever came first. A boxed key is one of its own, and is written as the plain text.
    const key: string = Object(sha1);
    map.set(key, { names: [ROOT + name.replaceAll('/', sep)], mode, size });
  }
  return map;
}

function readCreated(payload: unknown): Created {
  try {
    return { kind: 'created', deployment: readDeploymentAnswer(payload) };
  } catch {
    // It was made, whatever this is: it is looked for, and read again.
    return { kind: 'unknown', why: 'the answer was not a deployment' };
  }
}

const refusal = z.looseObject({
  status: z.number(),
  code: z.string().default(''),
  message: z.string().default(''),
  missing: z.array(z.string()).default([]),
  limit: z.looseObject({ resetMs: z.number().optional(), reset: z.number().optional() }).optional(),
});

function readError(context: VercelContext, payload: unknown): Created {
  const { success, data } = refusal.safeParse(payload);
  // Without a status nothing came that could be read.
  if (!success) return { kind: 'unknown', why: payload instanceof Error ? payload.message : 'no answer' };
  if (data.code === 'missing_files') return { kind: 'missing', sha1s: data.missing };
  if (data.status >= 500) return { kind: 'unknown', why: `status ${data.status}` };
  const failure = explainStatus(REQUEST, data.status, { error: data }, context.api.access);
  const { resetMs, reset } = data.limit ?? {};
  if (data.status === 429)
    return { kind: 'limited', failure, resetAt: resetMs ?? (reset === undefined ? undefined : reset * 1000) };
  throw failure;
}
