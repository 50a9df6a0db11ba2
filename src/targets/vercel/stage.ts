import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Deployment } from '../../domain/deployment.ts';
import { Failure } from '../../domain/failure.ts';
import { describeRelease, identityOf } from '../../domain/release.ts';
import { describeBytes } from '../../domain/size.ts';
import type { StageRequest } from '../../ports/target.ts';
import { LONGEST_WAIT_MS } from './answers.ts';
import { environmentName, type VercelContext } from './context.ts';
import { type Created, type Creation, createOnce } from './create.ts';
import { describeDeployment, findStaged, type VercelDeployment } from './deployments.ts';
import { requireEnvironment } from './environment.ts';
import { type DeployedFile, inventory, listFiles } from './files.ts';
import { type FollowOptions, followDeployment } from './follow.ts';
import { META } from './meta.ts';
import { requireBuildOutput } from './output.ts';
import { packFiles } from './pack.ts';
import { PATIENCE, until } from './patience.ts';
import { gitMetadataOf, provenanceOf } from './provenance.ts';
import { path } from './request.ts';
import { type UploadOptions, uploadFiles } from './upload.ts';
import { requireVariables } from './variables.ts';

/** Most that Vercel takes in one request. */
const MOST_FILES = 15_000;
/** Creates that ended in nobody knows what, or in the want of files, or were too many: then it is Vercel's turn. */
const TRIES = 4;
const OUTPUT_PREFIX = '.vercel/output/';
const FIRST_WAIT_MS = 5_000;
/** Longest wait for Vercel to take note of a cancel, in milliseconds. */
const CANCEL_MS = 3_000;

export interface StageOptions extends FollowOptions, UploadOptions {
  /** Files in one request; 15,000 where nothing is said. */
  readonly mostFiles?: number;
}

/**
 * Puts a release beside what is live, and waits until it is ready. Finds what an earlier run, or one at the
 * same time, made of the same release; what failed or was cancelled is not used again.
 *
 * @throws Failure VERCEL_OUTPUT_INVALID, VERCEL_ENVIRONMENT_MISSING, VERCEL_VARIABLES_MISSING; as
 *   `uploadFiles`, `followDeployment` and `VercelApi.send`; or the signal's reason
 */
export async function stageOnVercel(
  context: VercelContext,
  request: StageRequest,
  signal: AbortSignal,
  options: StageOptions = {},
): Promise<Deployment> {
  const { log } = context.host;
  const [earlier] = await findStaged(context, request.release, signal);
  if (earlier) {
    log.info(`${describeRelease(request.release)} is at Vercel already: ${earlier.id}.`);
    try {
      return await follow(context, earlier, request, signal, options);
    } catch (error) {
      // Whoever began it was cancelled, and took it along.
      if (codeOf(error) !== 'VERCEL_BUILD_CANCELLED' || isOfThisRun(earlier, request)) throw error;
      log.info(`${earlier.id} was ended by the run that began it.`);
    }
  }
  return follow(context, await deploy(context, request, signal, options), request, signal, options);
}

async function follow(
  context: VercelContext,
  deployment: VercelDeployment,
  request: StageRequest,
  signal: AbortSignal,
  options: StageOptions,
): Promise<Deployment> {
  try {
    const ready = await followDeployment(context, deployment, signal, options);
    return describeDeployment(context, ready, identityOf(request.release));
  } catch (error) {
    // Elsewhere what is late is found by a rerun; a custom environment would show it, unchecked.
    const isLate = context.environment.kind === 'custom' && codeOf(error) === 'VERCEL_BUILD_TIMEOUT';
    if ((signal.aborted || isLate) && isOfThisRun(deployment, request)) await cancel(context, deployment);
    throw error;
  }
}

async function deploy(
  context: VercelContext,
  request: StageRequest,
  signal: AbortSignal,
  options: StageOptions,
): Promise<VercelDeployment> {
  const { settings, host } = context;
  await requireVariables(context, await requireEnvironment(context, signal), signal);
  const isPrebuilt = settings.build === 'prebuilt';
  if (isPrebuilt) await requireBuildOutput(request.directory);
  else
    host.log.warning(
      'Vercel builds this release from its source: what goes live is what Vercel makes of it, not the files that were sealed.',
    );
  const prefix = isPrebuilt ? OUTPUT_PREFIX : '';
  const names = await listFiles(request.directory);
  const mostFiles = options.mostFiles ?? MOST_FILES;
  if (names.length <= mostFiles) {
    const files = await inventory(request.directory, names, prefix, signal);
    return create(context, request, files, signal, options);
  }
  const temporary = await mkdtemp(join(host.variables.RUNNER_TEMP || tmpdir(), 'airlock-vercel-'));
  try {
    const packed = await packFiles(request.directory, names, prefix, temporary, signal);
    host.log.info(
      `${names.length} files are more than the ${mostFiles} that Vercel takes at once: they travel as one archive of ${describeBytes(bytesOf(packed))}.`,
    );
    return await create(context, request, packed, signal, options);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Asks for the deployment, uploads what Vercel has not, and asks again: until it is there, once. */
async function create(
  context: VercelContext,
  request: StageRequest,
  files: readonly DeployedFile[],
  signal: AbortSignal,
  options: UploadOptions,
): Promise<VercelDeployment> {
  const { host, api } = context;
  const { release, event } = request;
  const creation: Creation = {
    meta: provenanceOf(release, host.environment, event),
    gitMetadata: gitMetadataOf(release, event),
  };
  host.log.info(
    `Deploying ${describeRelease(release)} to ${environmentName(context.environment)}: ${files.length} files, ${describeBytes(bytesOf(files))}.`,
  );
  let why = 'Vercel asked again and again for files that it has';
  // Each trouble has tries of its own: what was uploaded after a wait is asked for once more, too.
  const tries = { missing: 0, limited: 0, unknown: 0 };
  while (Math.max(...Object.values(tries)) < TRIES) {
    const created = await createOnce(context, creation, files, signal).catch(async (error: unknown) => {
      if (signal.aborted) await cancelLate(context, request);
      throw error;
    });
    if (created.kind !== 'created') tries[created.kind] += 1;
    switch (created.kind) {
      case 'created':
        return settle(context, request, created.deployment, signal);
      case 'missing':
        await uploadFiles(
          { api, log: host.log, clock: host.clock },
          select(files, created.sha1s),
          signal,
          options,
        );
        break;
      case 'limited':
        await waitOut(context, created, tries.limited, signal);
        break;
      case 'unknown': {
        why = created.why;
        host.log.info(`Nobody knows whether the deployment was made (${why}): looking for it.`);
        const made = await until(host.clock, PATIENCE.arrival, signal, async () => {
          const [first] = await findStaged(context, release, signal);
          return first;
        });
        if (made) return made;
      }
    }
  }
  throw new Failure(
    'VERCEL_UNREACHABLE',
    `Vercel did not make the deployment in ${TRIES} tries, and none was found: ${why}.`,
    'See https://www.vercel-status.com, then run the job again: what was uploaded is kept.',
  );
}

/** Where somebody staged the same release at the same time, the first one is everybody's. */
async function settle(
  context: VercelContext,
  { release }: StageRequest,
  made: VercelDeployment,
  signal: AbortSignal,
): Promise<VercelDeployment> {
  try {
    const [first] = await findStaged(context, release, signal);
    if (!first || first.id === made.id) return made;
    context.host.log.info(`${first.id} was made of the same release just before: ${made.id} is taken away.`);
    await takeAway(context, made, signal);
    return first;
  } catch (error) {
    if (signal.aborted) await cancel(context, made);
    throw error;
  }
}

/**
 * Waits until Vercel lets somebody create again, as long as it says.
 *
 * @throws Failure VERCEL_RATE_LIMITED where that is too long to wait, or was waited for often enough
 */
async function waitOut(
  { host: { clock } }: VercelContext,
  { failure, resetAt }: Extract<Created, { kind: 'limited' }>,
  nth: number,
  signal: AbortSignal,
): Promise<void> {
  const asked = resetAt === undefined ? 0 : resetAt - clock.now().getTime();
  if (nth === TRIES || asked > LONGEST_WAIT_MS) throw failure;
  await clock.sleep(Math.max(asked, FIRST_WAIT_MS * 2 ** (nth - 1)), signal);
}

/**
 * Best effort: a second deployment of the same release is in nobody's way. A custom environment may have
 * given its domains to this one, so there it is ended before that, and left where it is too late.
 */
async function takeAway(context: VercelContext, made: VercelDeployment, signal: AbortSignal): Promise<void> {
  if (context.environment.kind === 'custom') return cancel(context, made);
  const request = { method: 'DELETE', path: path`/v13/deployments/${made.id}`, expects: [404] } as const;
  await context.api.send(request, signal).catch((error: unknown) => {
    if (signal.aborted || !(error instanceof Failure)) throw error;
    context.host.log.warning(`${made.id} is left at Vercel without visitors: ${error.message}`);
  });
}

/** Each content once: files may share it. */
function select(files: readonly DeployedFile[], sha1s: readonly string[]): readonly DeployedFile[] {
  const bySha1 = new Map(files.map((file) => [file.sha1, file]));
  return [...new Set(sha1s)].flatMap((sha1) => bySha1.get(sha1) ?? []);
}

const bytesOf = (files: readonly DeployedFile[]): number => files.reduce((sum, { size }) => sum + size, 0);

const codeOf = (error: unknown): string | undefined => (error instanceof Failure ? error.code : undefined);

/** What another run made may be waited for there. */
const isOfThisRun = ({ meta }: VercelDeployment, { event }: StageRequest): boolean =>
  meta[META.run] === event?.run.url;

/**
 * Ends what was asked for in the moment of the cancel, where Vercel shows it soon: a build goes on by itself,
 * and a custom environment shows what comes of it.
 */
async function cancelLate(context: VercelContext, request: StageRequest): Promise<void> {
  const patient = AbortSignal.timeout(CANCEL_MS);
  const late = await until(context.host.clock, CANCEL_MS, patient, async () => {
    const found = await findStaged(context, request.release, patient);
    return found.find((one) => isOfThisRun(one, request) && one.readyState !== 'READY');
  }).catch(() => undefined);
  if (late) await cancel(context, late);
}

/** Nobody waits for it any more. Best effort: a rerun finds what is left of it. */
async function cancel(context: VercelContext, { id }: VercelDeployment): Promise<void> {
  const request = { method: 'PATCH', path: path`/v12/deployments/${id}/cancel` } as const;
  const gone = await context.api.send(request, AbortSignal.timeout(CANCEL_MS)).then(
    () => true,
    () => false,
  );
  context.host.log.info(gone ? `Cancelled ${id} at Vercel.` : `${id} could not be cancelled at Vercel.`);
}
