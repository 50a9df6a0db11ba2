import { type Call, created, invalid, listed, notFound, number, ok, Refusal, route } from '../call.ts';
import { mayReview, review } from '../gate.ts';
import { resolve, triggerOf } from '../git.ts';
import {
  type Environment,
  ensureEnvironment,
  fullName,
  loginOf,
  newRun,
  type Protection,
  type Run,
  UNPROTECTED,
} from '../state.ts';

interface ProtectionBody {
  readonly wait_timer?: number;
  readonly prevent_self_review?: boolean;
  readonly reviewers?: readonly { readonly type?: string; readonly id?: number }[] | null;
  readonly deployment_branch_policy?: {
    readonly protected_branches: boolean;
    readonly custom_branch_policies: boolean;
  } | null;
}

interface ReviewBody {
  readonly environment_ids: readonly number[];
  readonly state: 'approved' | 'rejected';
  readonly comment: string;
}

interface DispatchBody {
  readonly ref: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly return_run_details?: boolean;
}

const READ = [{ actions: 'read' }] as const;

const runOf = (call: Pick<Call, 'state' | 'repository' | 'path'>): Run => {
  const run = call.state.runs.get(number(call, 'run_id'));
  if (run?.opened.repository !== fullName(call.repository)) throw notFound();
  return run;
};

const pendingEnvironments = (call: Pick<Call, 'repository'>, run: Run): readonly Environment[] =>
  [...new Set(run.pending.map((one) => one.environment))].flatMap((name) => {
    const found = call.repository.environments.get(name);
    return found === undefined ? [] : [found];
  });

/** Environments, workflow runs and the approvals between them. */
export const environmentRoutes = {
  'repos/get-all-environments': route(READ, ({ repository, show }) =>
    listed(
      [...repository.environments.values()].map((one) => show.environment(repository, one)),
      (environments) => ({ total_count: repository.environments.size, environments }),
    ),
  ),

  'repos/get-environment': route(READ, ({ repository, show, path }) => {
    const found = repository.environments.get(path.environment_name ?? '');
    if (found === undefined) throw notFound();
    return ok(show.environment(repository, found));
  }),

  'repos/create-or-update-environment': route<ProtectionBody | undefined>(
    [{ administration: 'write' }],
    ({ state, repository, show, path, body }) => {
      const policy = body?.deployment_branch_policy;
      if (policy && policy.protected_branches === policy.custom_branch_policies)
        throw invalid(
          'Environment',
          'deployment_branch_policy',
          'protected_branches and custom_branch_policies cannot have the same value',
        );
      const logins = (body?.reviewers ?? []).map(({ id }) => {
        const login = [...state.tokens.values()].map(loginOf).find((one) => show.user(one).id === id);
        if (login === undefined) throw invalid('Environment', 'reviewers', `No user with id ${id}`);
        return login;
      });
      if (logins.length > 6) throw invalid('Environment', 'reviewers', 'No more than 6 reviewers');
      const protection: Protection = {
        ...UNPROTECTED,
        reviewers: logins,
        preventSelfReview: body?.prevent_self_review ?? false,
        waitMinutes: body?.wait_timer ?? 0,
        branches: policy ? (policy.protected_branches ? 'protected' : 'custom') : 'all',
      };
      const environment = ensureEnvironment(state, repository, path.environment_name ?? '');
      environment.protection = protection;
      return ok(show.environment(repository, environment));
    },
  ),
};

export const runRoutes = {
  'actions/create-workflow-dispatch': route<DispatchBody>([{ actions: 'write' }], (call) => {
    const { state, repository, token, body, path } = call;
    const workflowPath = `.github/workflows/${path.workflow_id}`;
    const ref = [`refs/heads/${body.ref}`, `refs/tags/${body.ref}`].find((one) => resolve(repository, one));
    if (ref === undefined) throw new Refusal(422, `No ref found for: ${body.ref}`);
    const workflow = triggerOf(repository, ref, workflowPath);
    if (workflow === undefined) throw notFound();
    if (!workflow.isDispatched) throw new Refusal(422, "Workflow does not have 'workflow_dispatch' trigger");
    const given = Object.entries(body.inputs ?? {}).map(([name, value]) => [name, String(value)] as const);
    const unexpected = given.map(([name]) => name).filter((name) => !workflow.inputs.includes(name));
    if (unexpected.length > 0)
      throw new Refusal(422, `Unexpected inputs provided: ${JSON.stringify(unexpected)}`);
    const by = loginOf(token);
    const name = fullName(repository);
    const run = newRun(state, {
      ...{ repository: name, workflowPath, workflowName: workflowPath, event: 'workflow_dispatch', ref },
      ...{ sha: resolve(repository, ref)?.sha ?? '', actor: by },
    });
    state.dispatches.push({
      repository: name,
      workflowPath,
      ref,
      inputs: Object.fromEntries(given),
      by,
      run,
    });
    return body.return_run_details === true
      ? ok(call.show.dispatched(repository, run.id))
      : { status: 204, body: null };
  }),

  'actions/list-workflow-runs-for-repo': route(READ, ({ state, repository, show, query }) => {
    const found = [...state.runs.values(), ...state.dispatches.map(({ run }) => run)].filter(
      (run) =>
        run.opened.repository === fullName(repository) &&
        (query.branch === undefined || run.opened.ref === `refs/heads/${query.branch}`) &&
        (query.actor === undefined || run.opened.actor === query.actor) &&
        (query.head_sha === undefined || run.opened.sha === query.head_sha) &&
        (query.event === undefined || run.opened.event === query.event) &&
        (query.status === undefined || run.status === query.status || run.conclusion === query.status),
    );
    return listed(
      found.toReversed().map((run) => show.run(repository, run)),
      (page) => ({ total_count: found.length, workflow_runs: page }),
    );
  }),

  'actions/get-workflow-run': route(READ, (call) => ok(call.show.run(call.repository, runOf(call)))),

  'actions/list-jobs-for-workflow-run': route(READ, (call) => {
    const run = runOf(call);
    const jobs = run.jobs.filter((job) => call.query.filter === 'all' || job.attempt === run.attempt);
    return listed(
      jobs.map((job) => call.show.job(call.repository, run, job)),
      (page) => ({ total_count: jobs.length, jobs: page }),
    );
  }),

  'actions/re-run-job-for-workflow-run': route(
    [{ actions: 'write' }],
    ({ state, repository, token, ...call }) => {
      const id = number(call, 'job_id');
      const run = [...state.runs.values()].find(
        (one) => one.opened.repository === fullName(repository) && one.jobs.some((job) => job.id === id),
      );
      const job = run?.jobs.find((one) => one.id === id);
      if (run === undefined || job === undefined) throw notFound();
      const isAsked = state.reruns.some(({ runId }) => runId === run.id);
      if (run.status !== 'completed' || isAsked)
        throw new Refusal(403, 'The workflow run containing this job is already running');
      if (job.attempt !== run.attempt)
        throw new Refusal(403, 'Unable to re-run this job: it is not of the latest attempt');
      state.reruns.push({ runId: run.id, job: job.name, by: loginOf(token) });
      return created({});
    },
  ),

  'actions/get-pending-deployments-for-run': route(READ, (call) => {
    const run = runOf(call);
    return ok(
      pendingEnvironments(call, run).map((environment) =>
        call.show.pending(
          call.repository,
          environment,
          call.token.kind === 'user' && mayReview(environment, run, call.token.login),
        ),
      ),
    );
  }),

  'actions/get-reviews-for-run': route(READ, (call) =>
    ok(runOf(call).reviews.map((one) => call.show.review(call.repository, one))),
  ),

  'actions/review-pending-deployments-for-run': route<ReviewBody>([{ deployments: 'write' }], (call) => {
    // GitHub's description: not enabled for Apps, which is what a job's token is.
    if (call.token.kind !== 'user') throw new Refusal(403, 'Resource not accessible by integration');
    const run = runOf(call);
    const waiting = pendingEnvironments(call, run);
    const environments = call.body.environment_ids.map((id) => {
      const found = waiting.find((one) => one.id === id);
      if (found === undefined)
        throw invalid('PendingDeployment', 'environment_ids', `No pending deployment for environment ${id}`);
      return found;
    });
    review(run, environments, { ...call.body, by: call.token.login });
    return ok([]);
  }),
};
