import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMapping } from '@actions/workflow-parser';
import { askForApproval } from './approval.ts';
import { withToken } from './call-inputs.ts';
import { jobFileContext, runnerContext } from './contexts.ts';
import { evaluate, evaluateText, evaluateTexts, pairs } from './evaluate.ts';
import type { Conclusion } from './events.ts';
import { type Frame, type JobState, scopeOf } from './job-state.ts';
import { Journal } from './journal.ts';
import { Masks } from './masks.ts';
import { killOrphans } from './orphans.ts';
import { perform, runPres } from './perform.ts';
import { environmentName } from './plan-jobs.ts';
import { fieldsOf } from './read-workflow.ts';
import type { JobResult } from './request.ts';
import type { JobOrder } from './run-state.ts';
import { runPosts, runSteps } from './run-steps.ts';
import type { StepsJob } from './workflow.ts';

/** GitHub's limits: a job's time in minutes, what a cancelled job is still given, and an output's size. */
const JOB_MINUTES = 360;
const CANCEL_TIMEOUT_MS = 5 * 60_000;
const OUTPUT_LIMIT = 1024 * 1024;

/** Waits for the environment's approval, then runs the job to its end. Never throws for what a job does. */
export async function runJob(order: JobOrder): Promise<JobResult> {
  const { within, job, id } = order;
  const { run } = within;
  const masks = new Masks();
  const journal = new Journal(id, masks, run.tell);
  const contexts = {
    inputs: within.inputs,
    needs: order.needs,
    strategy: order.strategy,
    matrix: order.matrix,
    vars: run.request.variables,
  };
  const environment = environmentName(job, { contexts: { ...contexts, github: run.github } });
  const approval = environment === '' ? 'approved' : await askForApproval(order, journal, environment);
  if (approval !== 'approved')
    return ended(order, journal, approval === 'rejected' ? 'failure' : 'cancelled');

  const token = run.request.service.mintToken({
    runId: run.opened.id,
    job: id,
    permissions: order.permissions,
  });
  const done = run.activity.begin('running');
  try {
    const secrets: Record<string, string> = {
      ...withToken(within.secrets, token),
      ...(within.environmentSecrets ? run.request.environmentSecrets[environment] : {}),
      GITHUB_TOKEN: token,
    };
    for (const secret of Object.values(secrets)) masks.add(secret);
    const variables = { ...run.request.variables, ...run.request.environmentVariables[environment] };
    journal.changed('running');
    return await runPrepared(order, {
      journal,
      masks,
      contexts: { ...contexts, secrets, vars: variables },
      token,
    });
  } finally {
    run.request.service.revokeToken(token);
    done();
  }
}

interface Prepared {
  readonly journal: Journal;
  readonly masks: Masks;
  readonly contexts: Readonly<Record<string, unknown>> & { readonly vars: Readonly<Record<string, string>> };
  readonly token: string;
}

async function runPrepared(order: JobOrder, prepared: Prepared): Promise<JobResult> {
  const { within, job, id } = order;
  const { run, workflow } = within;
  const { journal } = prepared;
  const control = new AbortController();
  const kill = new AbortController();
  const timers: NodeJS.Timeout[] = [];
  const onCancelled = () => {
    control.abort(order.cancelled.reason);
  };
  const { folders, state, frame } = await prepare(order, prepared, control.signal, kill.signal);
  control.signal.addEventListener(
    'abort',
    () => {
      state.standing = 'cancelled';
      timers.push(setTimeout(() => kill.abort(), run.request.cancelTimeoutMs ?? CANCEL_TIMEOUT_MS));
    },
    { once: true },
  );
  if (order.cancelled.aborted) onCancelled();
  else order.cancelled.addEventListener('abort', onCancelled, { once: true });

  let outputs: Record<string, string> = {};
  let environmentUrl: string | undefined;
  try {
    Object.assign(state.env, evaluateTexts(workflow.env, scopeOf(state, frame, state.env)));
    Object.assign(state.env, evaluateTexts(job.env, scopeOf(state, frame, state.env)));
    const written = job.timeoutMinutes;
    const minutes =
      written === undefined ? JOB_MINUTES : Number(evaluate(written, scopeOf(state, frame, state.env)));
    timers.push(
      setTimeout(
        () => {
          const message = `The job has exceeded the maximum execution time of ${minutes} minutes.`;
          journal.annotate(undefined, { level: 'error', message });
          control.abort();
        },
        Math.min(minutes * (run.request.minuteMs ?? 60_000), 2 ** 31 - 1),
      ),
    );
    journal.log(undefined, `Runs on this machine in place of ${describe(job, frame, state)}`);
    if (createsDeployment(job, state, frame))
      journal.log(
        undefined,
        'GitHub would also record a deployment for this environment; this executor does not',
      );
    await runPres(state, frame, job.steps);
    await runSteps(state, frame, job.steps, perform);
    await runPosts(state);
    outputs = collectOutputs(state, frame, job);
    environmentUrl = urlOf(state, frame, job);
  } catch (error) {
    journal.annotate(undefined, {
      level: 'error',
      message: error instanceof Error ? error.message : String(error),
    });
    if (state.standing === 'success') state.standing = 'failure';
    await runPosts(state);
  } finally {
    for (const timer of timers) clearTimeout(timer);
    order.cancelled.removeEventListener('abort', onCancelled);
    const orphans = await killOrphans(state.trackingId);
    if (orphans.length > 0) journal.log(undefined, `Cleaned up orphan processes: ${orphans.join(', ')}`);
    await rm(folders.temp, { recursive: true, force: true });
  }
  const forgiven = state.standing === 'failure' && isForgiven(state, frame, job);
  journal.changed(state.standing, forgiven ? 'continue-on-error' : undefined);
  const result: JobResult = {
    id,
    conclusion: forgiven ? 'success' : state.standing,
    outputs,
    ...(environmentUrl === undefined ? {} : { environmentUrl }),
  };
  run.results.push({ ...result, conclusion: state.standing });
  return result;
}

async function prepare(
  order: JobOrder,
  prepared: Prepared,
  cancelled: AbortSignal,
  killed: AbortSignal,
): Promise<{ folders: JobState['folders']; state: JobState; frame: Frame }> {
  const { within, job, id } = order;
  const { run, workflow } = within;
  const { request, opened } = run;
  const runFolder = join(request.workRoot, 'runs', String(opened.id));
  const [, name = 'repository'] = request.repository.split('/');
  const slug = `${id.replaceAll(/[^A-Za-z0-9]+/g, '-').slice(0, 60)}-${randomUUID().slice(0, 8)}`;
  const root = join(runFolder, String(opened.attempt), slug);
  const folders = {
    workspace: join(root, name, name),
    temp: join(root, '_temp'),
    fileCommands: join(root, '_temp', '_runner_file_commands'),
    artifacts: join(runFolder, 'artifacts'),
  };
  const toolCache = join(request.workRoot, 'tool-cache');
  for (const folder of [folders.workspace, folders.fileCommands, toolCache])
    await mkdir(folder, { recursive: true });
  const eventPath = join(folders.temp, 'event.json');
  await writeFile(eventPath, JSON.stringify(request.event.payload));
  const debug = [request.secrets, prepared.contexts.vars].some((of) => of.ACTIONS_STEP_DEBUG === 'true');
  const state: JobState = {
    id,
    request,
    places: run.places,
    journal: prepared.journal,
    masks: prepared.masks,
    folders,
    trackingId: `github_${randomUUID()}`,
    env: {},
    path: [],
    github: {
      ...run.github,
      job: job.id,
      token: prepared.token,
      workspace: folders.workspace,
      event_path: eventPath,
    },
    runner: runnerContext({ temp: folders.temp, toolCache }, debug),
    checkRun: request.service.checkRun({ runId: opened.id, job: id }),
    file: jobFileContext(workflow.home, workflow.path),
    standing: 'success',
    cancelled,
    killed,
    posts: [],
    actionStates: new Map(),
  };
  const frame: Frame = {
    home: workflow.home,
    prefix: '',
    contexts: prepared.contexts,
    steps: {},
    env: {},
    composite: undefined,
    cancelled: killed,
    defaults: [job.defaults, workflow.defaults],
  };
  return { folders, state, frame };
}

/** Ends a job that never ran a step. */
function ended(order: JobOrder, journal: Journal, conclusion: Conclusion): JobResult {
  journal.changed(conclusion, conclusion === 'failure' ? 'the deployment was rejected' : undefined);
  const result: JobResult = { id: order.id, conclusion, outputs: {} };
  order.within.run.results.push(result);
  return result;
}

/** A job's outputs; one that holds a secret is left out, as GitHub does. */
function collectOutputs(state: JobState, frame: Frame, job: StepsJob): Record<string, string> {
  const outputs: Record<string, string> = {};
  const scope = scopeOf(state, frame, state.env);
  for (const [key, value] of pairs(job.outputs)) {
    const [name, text] = [String(key), evaluateText(value, scope)];
    if (text === '') continue;
    const message = state.masks.hides(text)
      ? `Skip output '${name}' since it may contain secret.`
      : Buffer.byteLength(text) > OUTPUT_LIMIT
        ? `Skip output '${name}' since it is larger than 1 MB.`
        : undefined;
    if (message === undefined) outputs[name] = text;
    else state.journal.annotate(undefined, { level: 'warning', message });
  }
  return outputs;
}

function urlOf(state: JobState, frame: Frame, job: StepsJob): string | undefined {
  if (job.environment === undefined || !isMapping(job.environment)) return undefined;
  const url = evaluateText(fieldsOf(job.environment).get('url'), scopeOf(state, frame, state.env));
  if (url === '') return undefined;
  if (!state.masks.hides(url)) return url;
  const message = 'Skip setting environment url as environment may contain secret.';
  state.journal.annotate(undefined, { level: 'warning', message });
  return undefined;
}

/** Naming an environment records a deployment unless the job says `deployment: false`. */
function createsDeployment(job: StepsJob, state: JobState, frame: Frame): boolean {
  if (job.environment === undefined) return false;
  const deployment = fieldsOf(job.environment).get('deployment');
  return deployment === undefined || evaluate(deployment, scopeOf(state, frame, state.env)) !== false;
}

const isForgiven = (state: JobState, frame: Frame, job: StepsJob): boolean =>
  job.continueOnError !== undefined &&
  evaluate(job.continueOnError, scopeOf(state, frame, state.env)) === true;

function describe(job: StepsJob, frame: Frame, state: JobState): string {
  const asked = job.runsOn === undefined ? '' : evaluate(job.runsOn, scopeOf(state, frame, state.env));
  return typeof asked === 'string' ? asked : JSON.stringify(asked);
}
