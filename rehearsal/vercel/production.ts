import { Refusal } from './call.ts';
import { type AliasJob, lookAtJob, underWay } from './progress.ts';
import { catchUp, endRelease, isActive, startRelease } from './rolling-release.ts';
import type { Deployment, Project, State } from './state.ts';

/** Gives a name to a deployment. */
export function point(state: State, name: string, deployment: Deployment): void {
  const uid = state.aliases.get(name)?.uid ?? state.newId('als');
  state.aliases.set(name, {
    uid,
    alias: name,
    deployment: deployment.id,
    project: deployment.project.id,
    createdAt: state.stamp(),
  });
}

/** Production's domains, and the project's word of who holds production, go to a deployment. */
export function takeProduction(state: State, project: Project, id: string): void {
  const deployment = deploymentNamed(state, id);
  project.live = id;
  if (project.reigns.at(-1) !== id) project.reigns.push(id);
  deployment.substate = 'PROMOTED';
  deployment.aliasAssigned = true;
  for (const domain of project.domains)
    if (domain.environment === 'production') point(state, domain.name, deployment);
}

/**
 * Asks for a promote.
 *
 * @returns `queued` when it waits behind a rolling release
 * @throws Refusal 409 when it holds production already, 422 when it is no ready production deployment
 */
export function requestPromote(state: State, deployment: Deployment): 'requested' | 'queued' {
  const { project } = deployment;
  moveOn(state, project);
  needReady(deployment);
  if (deployment.target !== 'production')
    throw new Refusal(
      422,
      'invalid_deployment_target',
      'This deployment is not a production deployment and cannot be directly promoted',
    );
  if (isActive(project.rolling)) {
    if (project.rolling.canary === deployment.id) throw alreadyCurrent();
    project.rolling.queued = deployment.id;
    return 'queued';
  }
  if (project.live === deployment.id && !underWay(project.aliasJob)) throw alreadyCurrent();
  if (isSameRequest(project.aliasJob, 'promote', deployment)) throw alreadyCurrent();
  promote(state, deployment);
  return 'requested';
}

/** By a rolling release where the project has a plan for it and something to roll from; else at once. */
function promote(state: State, deployment: Deployment): void {
  const { project } = deployment;
  const hasPlan = project.rollingConfig !== undefined && project.live !== undefined;
  if (!hasPlan || project.live === deployment.id) {
    openJob(state, deployment, 'promote');
    return;
  }
  // What was asked for before is overtaken.
  if (underWay(project.aliasJob)) project.aliasJob.status = 'skipped';
  beginRelease(state, deployment);
}

/** Starts a rolling release towards a deployment. */
export function beginRelease(state: State, deployment: Deployment): void {
  const { project } = deployment;
  if (project.rollingConfig === undefined || project.live === undefined)
    throw new Refusal(400, 'bad_request', 'Rolling releases are not enabled for this project');
  project.rolling = startRelease(project.live, deployment.id, project.rollingConfig, state.clock.now());
  deployment.substate = 'ROLLING';
}

/**
 * Asks for a rollback, which also ends a rolling release under way.
 *
 * @throws Refusal 402 for one too far back on hobby, 409 when it holds production already, 422 when it never did
 */
export function requestRollback(state: State, deployment: Deployment, description: string | undefined): void {
  const { project } = deployment;
  moveOn(state, project);
  needReady(deployment);
  if (!project.reigns.includes(deployment.id))
    throw new Refusal(
      422,
      'deployment_not_rollback_candidate',
      'Only a deployment that was in production before can be rolled back to',
    );
  const rolling = isActive(project.rolling);
  if (project.live === deployment.id && !rolling && !underWay(project.aliasJob)) throw alreadyCurrent();
  if (isSameRequest(project.aliasJob, 'rollback', deployment)) throw alreadyCurrent();
  if (project.account.plan === 'hobby' && !rolling && previousReign(project) !== deployment.id)
    throw new Refusal(
      402,
      'payment_required',
      'On the hobby plan only the previous production deployment can be rolled back to',
    );
  project.rolledBack ??= { autoAssignedBefore: project.autoAssignCustomDomains, description };
  project.autoAssignCustomDomains = false;
  openJob(state, deployment, 'rollback');
}

/** Whether a rollback to it would be let in. */
export function isRollbackCandidate(project: Project, deployment: Deployment): boolean {
  if (deployment.id === project.live || !project.reigns.includes(deployment.id)) return false;
  return project.account.plan !== 'hobby' || previousReign(project) === deployment.id;
}

/** The newest that held production before the present one. */
const previousReign = (project: Project): string | undefined =>
  project.reigns.findLast((one) => one !== project.live);

function openJob(state: State, deployment: Deployment, type: AliasJob['type']): void {
  const { project } = deployment;
  const trouble = state.trouble.aliasing.shift() ?? {};
  const earlier = project.aliasJob;
  project.aliasJob = {
    type,
    from: project.live ?? null,
    to: deployment.id,
    ...(isActive(project.rolling) ? { fromCanary: project.rolling.canary } : {}),
    requestedAt: state.clock.now() + (trouble.skew ?? 0),
    outcome: trouble.outcome ?? 'succeeded',
    moves: trouble.moves ?? [],
    status: 'pending',
    looks: 0,
  };
  project.staleJob = { job: earlier, looks: trouble.stale ?? 0 };
  project.lag = { deployment: project.live, looks: trouble.lag ?? 0 };
}

/** What time alone has changed: rolling releases that advance by themselves. */
export function moveOn(state: State, project: Project): void {
  const { rolling } = project;
  if (!isActive(rolling)) return;
  catchUp(rolling, state.clock.now());
  finishRelease(state, project);
}

/** After a rolling release has come to its end: production is the canary's, and who waited behind it is next. */
export function finishRelease(state: State, project: Project): void {
  const { rolling } = project;
  if (rolling?.state !== 'COMPLETE' || project.live === rolling.canary) return;
  project.lag = { deployment: project.live, looks: state.trouble.releaseLag };
  takeProduction(state, project, rolling.canary);
  endRollback(project);
  if (rolling.queued !== undefined) promote(state, deploymentNamed(state, rolling.queued));
}

/** Somebody looks at the project: its alias job moves on by one step. */
export function lookAtProject(state: State, project: Project): void {
  moveOn(state, project);
  const job = project.aliasJob;
  if (job === undefined || (project.staleJob?.looks ?? 0) > 0) return;
  const wasUnderWay = underWay(job);
  if (lookAtJob(job, state.pace.alias)) settleJob(state, project, job);
  else if (wasUnderWay && !underWay(job)) leaveHalfWay(state, project, job);
}

function settleJob(state: State, project: Project, job: AliasJob): void {
  const { rolling } = project;
  if (isActive(rolling)) {
    endRelease(rolling, 'ABORTED', state.clock.now());
    deploymentNamed(state, rolling.canary).substate = 'PROMOTED';
  }
  takeProduction(state, project, job.to);
  if (job.type === 'promote') endRollback(project);
}

/** A job that fails may have moved some of the domains. The project takes the one before for the live one. */
function leaveHalfWay(state: State, project: Project, { moves = [], to }: AliasJob): void {
  const domains = project.domains.filter(({ environment }) => environment === 'production');
  for (const place of moves) {
    const domain = domains[place];
    if (domain) point(state, domain.name, deploymentNamed(state, to));
  }
}

/** A promote, by whomever, ends the state that a rollback left. */
export function endRollback(project: Project): void {
  if (project.rolledBack === undefined) return;
  project.autoAssignCustomDomains = project.rolledBack.autoAssignedBefore;
  project.rolledBack = undefined;
}

/** The job as this look sees it. */
export function jobAsSeen(project: Project): AliasJob | undefined {
  const { staleJob } = project;
  if (staleJob === undefined || staleJob.looks === 0) return project.aliasJob;
  staleJob.looks -= 1;
  return staleJob.job;
}

/** Who holds a production domain as this look sees it: for a while the one before. */
export function holderAsSeen(project: Project, holder: string | undefined): string | undefined {
  const { lag } = project;
  if (lag === undefined || lag.looks === 0 || underWay(project.aliasJob)) return holder;
  lag.looks -= 1;
  return lag.deployment;
}

function needReady(deployment: Deployment): void {
  if (deployment.state !== 'READY')
    throw new Refusal(422, 'deployment_not_ready', `The deployment is ${deployment.state}, not READY`);
}

export const alreadyCurrent = (): Refusal =>
  new Refusal(409, 'conflict', 'The deployment is already the current production deployment');

const isSameRequest = (job: AliasJob | undefined, type: AliasJob['type'], deployment: Deployment): boolean =>
  underWay(job) && job.type === type && job.to === deployment.id;

export function deploymentNamed(state: State, id: string): Deployment {
  const found = state.deployments.get(id);
  if (found === undefined) throw new Error(`The fake Vercel has no deployment ${id}.`);
  return found;
}
