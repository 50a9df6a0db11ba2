import { setMaxListeners } from 'node:events';
import { Failure } from '../../src/domain/failure.ts';
import { dispatchInputs } from './call-inputs.ts';
import { githubContext } from './contexts.ts';
import type { RunNews } from './journal.ts';
import { loadWorkflows } from './load-workflows.ts';
import { Masks } from './masks.ts';
import { checkCeilings, RESTRICTED_PERMISSIONS } from './permissions.ts';
import { Places } from './places.ts';
import { planJobs } from './plan-jobs.ts';
import { StartupFailure } from './refusals.ts';
import type { JobResult, Run, RunRequest, RunResult } from './request.ts';
import { Activity } from './run-state.ts';
import { runWorkflow } from './run-workflow.ts';
import type { Workflow } from './workflow.ts';

export { Lanes } from './lanes.ts';
export type { Run, RunRequest, RunResult } from './request.ts';

/**
 * Starts a run of a workflow, as GitHub would after the event. What GitHub would not start ends the run at
 * once, with `startupFailure`. Throws `Failure` with WORKFLOW_NOT_FOUND, or EXECUTOR_UNSUPPORTED naming
 * everything that this executor cannot do, before a run is opened.
 */
export function startRun(request: RunRequest): Run {
  const places = new Places(request);
  if (places.caller.read(request.workflowPath) === undefined)
    throw new Failure(
      'WORKFLOW_NOT_FOUND',
      `${request.repository} has no ${request.workflowPath} at ${request.sha}`,
      'Name a workflow file that is committed.',
    );
  let workflow: Workflow | undefined;
  let inputs: Readonly<Record<string, unknown>> = {};
  let startupFailure: string | undefined;
  try {
    workflow = loadWorkflows(request.workflowPath, places);
    if (!workflow.events.has(request.event.name))
      throw new Failure(
        'EVENT_NOT_HANDLED',
        `${request.workflowPath} does not run on \`${request.event.name}\``,
        `Start it with one of: ${[...workflow.events].join(', ')}.`,
      );
    checkCeilings(workflow, request.defaultPermissions ?? RESTRICTED_PERMISSIONS);
    if (request.event.name === 'workflow_dispatch')
      inputs = dispatchInputs(workflow, request.inputs ?? {}, {
        contexts: { github: {}, inputs: {}, vars: request.variables },
      });
  } catch (error) {
    if (!(error instanceof StartupFailure)) throw error;
    startupFailure = error.message;
  }

  const { service } = request;
  const opened = service.openRun({
    repository: request.repository,
    workflowPath: request.workflowPath,
    workflowName: workflow?.name ?? request.workflowPath,
    event: request.event.name,
    ref: request.ref,
    sha: request.sha,
    actor: request.rerunOf === undefined ? request.actor : (request.triggeringActor ?? request.actor),
    ...(request.rerunOf === undefined ? {} : { rerunOf: request.rerunOf }),
  });
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  const masks = new Masks();
  for (const secret of Object.values(request.secrets)) masks.add(secret);
  const tell = (news: RunNews) => request.onEvent({ at: new Date(), runId: opened.id, ...news });
  const results: JobResult[] = [];
  const started = Date.now();

  const finish = (conclusion: RunResult['conclusion']): RunResult => {
    service.setRunStatus(opened.id, 'completed', conclusion);
    tell({ type: 'run-ended', conclusion, durationMs: Date.now() - started });
    return {
      id: opened.id,
      attempt: opened.attempt,
      conclusion,
      jobs: results,
      ...(startupFailure === undefined ? {} : { startupFailure }),
    };
  };

  const work = async (): Promise<RunResult> => {
    // The caller has its `Run` before the first event comes.
    await Promise.resolve();
    const name = workflow?.name ?? request.workflowPath;
    if (workflow === undefined || startupFailure !== undefined) {
      tell({ type: 'run-started', workflow: name, event: request.event.name, jobs: [] });
      return finish('failure');
    }
    const event =
      request.event.name === 'workflow_dispatch'
        ? { ...request.event, payload: { ...request.event.payload, inputs: asTexts(inputs) } }
        : request.event;
    const github = githubContext({ ...request, event }, opened, { name, path: request.workflowPath });
    const at = { prefix: '', namePrefix: '', before: [] };
    const scope = {
      contexts: { github, inputs, vars: request.variables, needs: {}, strategy: {}, matrix: {} },
    };
    tell({
      type: 'run-started',
      workflow: name,
      event: event.name,
      jobs: planJobs(workflow, { ...at, scope }),
    });
    const outcome = await runWorkflow({
      ...at,
      run: {
        request: { ...request, event },
        opened,
        places,
        github,
        tell: (news) =>
          tell(news.type === 'job-changed' && news.note ? { ...news, note: masks.hide(news.note) } : news),
        results,
        again: new Set(),
        activity: new Activity((status) => service.setRunStatus(opened.id, status)),
      },
      workflow,
      inputs,
      secrets: request.secrets,
      environmentSecrets: true,
      ceiling: request.defaultPermissions ?? RESTRICTED_PERMISSIONS,
      cancelled: stop.signal,
      lanes: [],
    });
    return finish(stop.signal.aborted && outcome.result !== 'failure' ? 'cancelled' : outcome.result);
  };

  return {
    id: opened.id,
    attempt: opened.attempt,
    done: work(),
    cancel: () => stop.abort(new Error('The run was canceled.')),
  };
}

/** `github.event.inputs` are texts, whatever their type. */
const asTexts = (inputs: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, String(value)]));
