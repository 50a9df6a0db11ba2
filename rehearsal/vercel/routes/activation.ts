import { findDeployment, projectOf } from '../access.ts';
import { type Call, created, needPlan, notFound, ok, Refusal, type Route, route } from '../call.ts';
import { beginRelease, finishRelease, moveOn, requestPromote, requestRollback } from '../production.ts';
import { showConfig, showRelease } from '../representation.ts';
import {
  endRelease,
  enterStage,
  faultOfConfig,
  isActive,
  type RollingConfig,
  type RollingRelease,
} from '../rolling-release.ts';
import type { Deployment, Project } from '../state.ts';

function deploymentIn(
  call: Pick<Call, 'state' | 'account' | 'token'>,
  project: Project,
  id: string,
): Deployment {
  const found = findDeployment(call, id);
  if (found.project !== project) throw notFound(`The deployment "${id}" is not of this project`);
  return found;
}

export const activationRoutes: readonly Route[] = [
  route('requestPromote', 'POST', '/v10/projects/:project/promote/:deployment', (call) => {
    const project = projectOf(call);
    const deployment = deploymentIn(call, project, call.path.deployment ?? '');
    return requestPromote(call.state, deployment) === 'queued' ? { status: 202 } : created();
  }),

  route('requestRollback', 'POST', '/:version{v1|v9}/projects/:project/rollback/:deployment', (call) => {
    const project = projectOf(call);
    const deployment = deploymentIn(call, project, call.path.deployment ?? '');
    requestRollback(call.state, deployment, call.query.description);
    return created();
  }),
];

interface NewConfig {
  readonly enabled?: boolean;
  readonly advancementType?: RollingConfig['advancementType'];
  readonly stages?: RollingConfig['stages'];
}

interface Canary {
  readonly canaryDeploymentId?: string;
  readonly nextStageIndex?: number;
}

const PATH = '/v1/projects/:project/rolling-release';

/** The project, where its plan has rolling releases, as time has left it. */
function rollingProject(call: Pick<Call, 'state' | 'account' | 'token' | 'path'>): Project {
  const project = projectOf(call);
  needPlan(project, 'pro', 'Rolling Releases');
  moveOn(call.state, project);
  return project;
}

/** The release under way, which must be of the canary that the request names. */
function activeRelease(project: Project, canary: string | undefined): RollingRelease {
  if (!isActive(project.rolling)) throw notFound('No active rolling release');
  if (project.rolling.canary !== canary)
    throw new Refusal(409, 'conflict', 'The active rolling release is of another canary deployment');
  return project.rolling;
}

function answerRelease({ state }: Pick<Call, 'state'>, release: RollingRelease | undefined) {
  if (release === undefined) return ok({ rollingRelease: null });
  const hidden = state.trouble.hiddenStages > 0;
  if (hidden) state.trouble.hiddenStages -= 1;
  return ok({ rollingRelease: showRelease(state, release, !hidden) });
}

export const rollingRoutes: readonly Route[] = [
  route('getRollingReleaseConfig', 'GET', `${PATH}/config`, (call) => {
    const { rollingConfig } = rollingProject(call);
    return ok({ rollingRelease: rollingConfig === undefined ? null : showConfig(rollingConfig) });
  }),

  route<NewConfig>('updateRollingReleaseConfig', 'PATCH', `${PATH}/config`, (call) => {
    const project = rollingProject(call);
    const { enabled, advancementType, stages } = call.body;
    if (enabled === false) {
      project.rollingConfig = undefined;
      return ok({ rollingRelease: null });
    }
    // The published description has no body for this operation, so the SDK sends none.
    if (stages === undefined && advancementType === undefined && project.rollingConfig !== undefined)
      return ok({ rollingRelease: showConfig(project.rollingConfig) });
    const config: RollingConfig = {
      advancementType: advancementType ?? 'manual-approval',
      stages: stages ?? [],
    };
    const fault = faultOfConfig(config);
    if (fault !== undefined) throw new Refusal(400, 'bad_request', fault);
    project.rollingConfig = config;
    return ok({ rollingRelease: showConfig(config) });
  }),

  route('deleteRollingReleaseConfig', 'DELETE', `${PATH}/config`, (call) => {
    rollingProject(call).rollingConfig = undefined;
    return ok({ rollingRelease: null });
  }),

  route('getRollingRelease', 'GET', PATH, (call) => {
    const { rolling } = rollingProject(call);
    const wanted = call.query.state;
    const shown = wanted === undefined || rolling?.state === wanted ? rolling : undefined;
    return answerRelease(call, shown);
  }),

  route<Canary>('startRollingRelease', 'POST', `${PATH}/start`, (call) => {
    const project = rollingProject(call);
    const { canaryDeploymentId } = call.body;
    if (isActive(project.rolling) && project.rolling.canary === canaryDeploymentId)
      return answerRelease(call, project.rolling);
    const deployment = deploymentIn(call, project, canaryDeploymentId ?? '');
    if (isActive(project.rolling))
      throw new Refusal(409, 'conflict', 'A rolling release is already in progress');
    if (deployment.state !== 'READY' || deployment.target !== 'production')
      throw new Refusal(422, 'invalid_canary', 'The canary must be a ready production deployment');
    if (project.live === deployment.id)
      throw new Refusal(409, 'conflict', 'The deployment is already the current production deployment');
    beginRelease(call.state, deployment);
    return answerRelease(call, project.rolling);
  }),

  route<Canary>('approveRollingReleaseStage', 'POST', `${PATH}/approve-stage`, (call) => {
    const project = rollingProject(call);
    const release = activeRelease(project, call.body.canaryDeploymentId);
    if (call.body.nextStageIndex !== release.stage + 1)
      throw new Refusal(409, 'conflict', `The next stage is ${release.stage + 1}`);
    enterStage(release, release.stage + 1, call.state.clock.now());
    finishRelease(call.state, project);
    return answerRelease(call, release);
  }),

  route<Canary>('completeRollingRelease', 'POST', `${PATH}/complete`, (call) => {
    const project = rollingProject(call);
    const release = activeRelease(project, call.body.canaryDeploymentId);
    endRelease(release, 'COMPLETE', call.state.clock.now());
    finishRelease(call.state, project);
    return answerRelease(call, release);
  }),
];
