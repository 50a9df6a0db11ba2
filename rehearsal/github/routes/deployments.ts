import { type Call, created, invalid, listed, notFound, number, ok, Refusal, route } from '../call.ts';
import { history, resolve } from '../git.ts';
import {
  type Commit,
  type Deployment,
  type DeploymentStatus,
  ensureEnvironment,
  loginOf,
  type Repository,
  type State,
  type StatusState,
} from '../state.ts';

interface NewDeployment {
  readonly ref: string;
  readonly task?: string;
  readonly auto_merge?: boolean;
  readonly required_contexts?: readonly string[];
  readonly payload?: unknown;
  readonly environment?: string;
  readonly description?: string | null;
  readonly transient_environment?: boolean;
  readonly production_environment?: boolean;
}

interface NewStatus {
  readonly state: StatusState;
  readonly description?: string;
  readonly environment?: string;
  readonly environment_url?: string;
  readonly log_url?: string;
  readonly target_url?: string;
  readonly auto_inactive?: boolean;
}

const READ = [{ deployments: 'read' }] as const;
const WRITE = [{ deployments: 'write' }] as const;
const LONGEST_DESCRIPTION = 140;

const deploymentOf = (call: Pick<Call, 'repository' | 'path'>): Deployment => {
  const found = call.repository.deployments.find((one) => one.id === number(call, 'deployment_id'));
  if (found === undefined) throw notFound();
  return found;
};

const newestFirst = (deployment: Deployment): readonly DeploymentStatus[] => deployment.statuses.toReversed();

const isShort = (resource: string, description: string | null | undefined): void => {
  if ((description ?? '').length > LONGEST_DESCRIPTION)
    throw invalid(
      resource,
      'description',
      `description is too long (maximum is ${LONGEST_DESCRIPTION} characters)`,
    );
};

/** A branch that lacks the default branch's newest commit gets it merged first, unless that was declined. */
function mustMerge(repository: Repository, ref: string, commit: Commit): boolean {
  if (ref === repository.defaultBranch || !repository.refs.has(`refs/heads/${ref}`)) return false;
  const main = resolve(repository, repository.defaultBranch);
  return main !== undefined && !history(repository, commit).includes(main);
}

/** Left out, every reported check must have passed; a list names those that must; `[]` asks for none. */
function requireChecks(
  repository: Repository,
  commit: Commit,
  ref: string,
  contexts: readonly string[] | undefined,
) {
  const reported = repository.checks.get(commit.sha) ?? [];
  const wanted = contexts ?? reported.map((one) => one.context);
  const missing = wanted.filter(
    (context) => !reported.some((one) => one.context === context && one.state === 'success'),
  );
  if (missing.length > 0)
    throw new Refusal(409, `Conflict: Commit status checks failed for ${ref}.`, [
      { resource: 'Deployment', field: 'required_contexts', code: 'invalid', contexts: missing },
    ]);
}

/** Takes the earlier ones of the environment out of service, as `auto_inactive` asks. */
function retireEarlier(state: State, repository: Repository, by: Deployment, login: string): void {
  for (const earlier of repository.deployments) {
    const isEarlier = earlier.id < by.id && earlier.environment === by.environment;
    if (!isEarlier || earlier.transient || earlier.production) continue;
    if (earlier.statuses.at(-1)?.state !== 'success') continue;
    append(state, earlier, { state: 'inactive' }, login);
  }
}

function append(state: State, deployment: Deployment, status: NewStatus, login: string): DeploymentStatus {
  const at = state.now();
  const added: DeploymentStatus = {
    id: state.nextId(),
    state: status.state,
    description: status.description ?? '',
    environment: status.environment ?? deployment.environment,
    environmentUrl: status.environment_url ?? '',
    logUrl: status.log_url ?? status.target_url ?? '',
    creator: login,
    createdAt: at,
  };
  deployment.statuses.push(added);
  deployment.environment = added.environment;
  deployment.updatedAt = at;
  return added;
}

/** Deployments and their statuses. */
export const deploymentRoutes = {
  'repos/create-deployment': route<NewDeployment>(WRITE, ({ state, repository, show, token, body }) => {
    const commit = resolve(repository, body.ref);
    if (commit === undefined) throw invalid('Deployment', 'ref', `No ref found for: ${body.ref}`);
    isShort('Deployment', body.description);
    if (body.auto_merge !== false && mustMerge(repository, body.ref, commit))
      return {
        status: 202,
        body: { message: `Auto-merged ${repository.defaultBranch} into ${body.ref} on deployment.` },
      };
    requireChecks(repository, commit, body.ref, body.required_contexts);
    const environment = body.environment ?? 'production';
    ensureEnvironment(state, repository, environment);
    const at = state.now();
    const deployment: Deployment = {
      id: state.nextId(),
      sha: commit.sha,
      ref: body.ref,
      task: body.task ?? 'deploy',
      // Its own copy: nothing that happens to the request may change what was recorded.
      payload: structuredClone(body.payload ?? {}),
      originalEnvironment: environment,
      environment,
      description: body.description ?? null,
      transient: body.transient_environment ?? false,
      production: body.production_environment ?? environment === 'production',
      creator: loginOf(token),
      createdAt: at,
      updatedAt: at,
      statuses: [],
    };
    repository.deployments.push(deployment);
    return created(show.deployment(repository, deployment));
  }),

  'repos/list-deployments': route(READ, ({ repository, show, query }) => {
    const found = repository.deployments
      .filter((one) => (query.sha ?? 'none') === 'none' || one.sha === query.sha)
      .filter(
        (one) =>
          ((query.ref ?? 'none') === 'none' || one.ref === query.ref) &&
          ((query.task ?? 'none') === 'none' || one.task === query.task) &&
          ((query.environment ?? 'none') === 'none' || one.environment === query.environment),
      );
    return listed(found.toReversed().map((one) => show.deployment(repository, one)));
  }),

  'repos/get-deployment': route(READ, (call) =>
    ok(call.show.deployment(call.repository, deploymentOf(call))),
  ),

  'repos/create-deployment-status': route<NewStatus>(WRITE, (call) => {
    const { state, repository, show, token, body } = call;
    const deployment = deploymentOf(call);
    isShort('DeploymentStatus', body.description);
    const status = append(state, deployment, body, loginOf(token));
    if (body.environment !== undefined) ensureEnvironment(state, repository, body.environment);
    if (body.state === 'success' && body.auto_inactive !== false)
      retireEarlier(state, repository, deployment, loginOf(token));
    return created(show.status(repository, deployment, status));
  }),

  'repos/list-deployment-statuses': route(READ, (call) => {
    const deployment = deploymentOf(call);
    return listed(newestFirst(deployment).map((one) => call.show.status(call.repository, deployment, one)));
  }),

  'repos/get-deployment-status': route(READ, (call) => {
    const deployment = deploymentOf(call);
    const status = deployment.statuses.find((one) => one.id === number(call, 'status_id'));
    if (status === undefined) throw notFound();
    return ok(call.show.status(call.repository, deployment, status));
  }),
};
