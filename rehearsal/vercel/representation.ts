import { isRollbackCandidate } from './production.ts';
import { canaryShare, type RollingConfig, type RollingRelease, type Stage } from './rolling-release.ts';
import type { Account, CustomEnvironment, Deployment, State } from './state.ts';

type Shown = Record<string, unknown>;

export const aliasesOf = (state: State, deployment: Deployment): string[] =>
  [...state.aliases.values()].filter((one) => one.deployment === deployment.id).map((one) => one.alias);

/** `null` for a preview, as everywhere in Vercel's answers; custom environments stand beside it. */
const targetOf = ({ target }: Deployment): 'production' | null => (target === 'production' ? target : null);

export function customEnvironmentOf({ target, project }: Deployment): CustomEnvironment | undefined {
  if (typeof target === 'string') return undefined;
  return project.customEnvironments.find((one) => one.id === target.custom);
}

const creatorOf = (state: State): Shown => ({ uid: state.person.id, username: state.person.slug });

const errorOf = ({ state, end }: Deployment): Shown =>
  state === 'ERROR'
    ? { errorCode: end.code ?? 'BUILD_FAILED', errorMessage: end.message ?? 'Build failed' }
    : {};

/** A deployment as it is answered alone. */
export function showDeployment(state: State, url: string, deployment: Deployment): Shown {
  const { project, readyAt, canceledAt, substate } = deployment;
  const custom = customEnvironmentOf(deployment);
  return {
    id: deployment.id,
    uid: deployment.id,
    name: project.name,
    url: deployment.url,
    version: 2,
    type: 'LAMBDAS',
    source: 'cli',
    createdIn: 'iad1',
    regions: ['iad1'],
    routes: null,
    public: false,
    plan: project.account.plan,
    ownerId: project.account.id,
    projectId: project.id,
    project: { id: project.id, name: project.name, framework: null },
    projectSettings: {},
    creator: creatorOf(state),
    ...(project.account.kind === 'team' ? { team: showTeam(project.account) } : {}),
    inspectorUrl: inspectorOf(url, deployment),
    meta: deployment.meta,
    env: Object.keys(deployment.environment),
    build: { env: [] },
    prebuilt: deployment.prebuilt,
    autoAssignCustomDomains: deployment.autoAssignCustomDomains,
    createdAt: deployment.createdAt,
    bootedAt: deployment.createdAt,
    buildingAt: deployment.buildingAt ?? deployment.createdAt,
    buildSkipped: false,
    isInConcurrentBuildsQueue: false,
    isInSystemBuildsQueue: false,
    ...(readyAt === undefined ? {} : { ready: readyAt }),
    ...(canceledAt === undefined ? {} : { canceledAt }),
    readyState: deployment.state,
    status: deployment.state,
    ...(substate === undefined ? {} : { readySubstate: substate }),
    ...errorOf(deployment),
    target: targetOf(deployment),
    ...(custom === undefined ? {} : { customEnvironment: showEnvironment(custom) }),
    alias: aliasesOf(state, deployment),
    aliasAssigned: deployment.aliasAssigned,
    aliasAssignedAt: deployment.aliasAssigned ? (readyAt ?? true) : null,
    aliasError: null,
  };
}

const showTeam = ({ id, slug }: Account): Shown => ({ id, slug, name: slug });

const inspectorOf = (url: string, { id, project }: Deployment): string =>
  `${url}/${project.account.slug}/${project.name}/${id.replace(/^dpl_/, '')}`;

/** A custom environment by itself, without its domains. */
export const showEnvironment = ({ id, slug, description, createdAt }: CustomEnvironment): Shown => ({
  id,
  slug,
  type: 'preview',
  ...(description === undefined ? {} : { description }),
  createdAt,
  updatedAt: createdAt,
});

/** A deployment as one of a list. */
export function showListed(state: State, url: string, deployment: Deployment): Shown {
  const { project, readyAt, buildingAt, substate } = deployment;
  const custom = customEnvironmentOf(deployment);
  return {
    uid: deployment.id,
    name: project.name,
    projectId: project.id,
    url: deployment.url,
    created: deployment.createdAt,
    createdAt: deployment.createdAt,
    source: 'cli',
    state: deployment.state,
    readyState: deployment.state,
    ...(substate === undefined ? {} : { readySubstate: substate }),
    type: 'LAMBDAS',
    creator: creatorOf(state),
    inspectorUrl: inspectorOf(url, deployment),
    meta: deployment.meta,
    target: targetOf(deployment),
    ...(custom === undefined ? {} : { customEnvironment: showEnvironment(custom) }),
    prebuilt: deployment.prebuilt,
    aliasAssigned: deployment.aliasAssigned ? (readyAt ?? true) : null,
    aliasError: null,
    isRollbackCandidate: isRollbackCandidate(project, deployment),
    ...(buildingAt === undefined ? {} : { buildingAt }),
    ...(readyAt === undefined ? {} : { ready: readyAt }),
    ...errorOf(deployment),
  };
}

/** A deployment as a target of its project. */
export const showTarget = (state: State, deployment: Deployment): Shown => ({
  id: deployment.id,
  name: deployment.project.name,
  url: deployment.url,
  deploymentHostname: deployment.url,
  type: 'LAMBDAS',
  plan: deployment.project.account.plan,
  private: false,
  creator: { ...creatorOf(state), email: `${state.person.slug}@example.com` },
  userId: state.person.id,
  createdAt: deployment.createdAt,
  createdIn: 'iad1',
  ...(deployment.readyAt === undefined ? {} : { readyAt: deployment.readyAt }),
  readyState: deployment.state,
  ...(deployment.substate === undefined ? {} : { readySubstate: deployment.substate }),
  target: targetOf(deployment),
  meta: deployment.meta,
  alias: aliasesOf(state, deployment),
  aliasAssigned: deployment.readyAt ?? null,
});

const MINUTE_SECONDS = 60;

/** A stage as the state of a rolling release tells it: with its index, and its duration in seconds. */
function showStage({ stages, advancementType }: RollingConfig, index: number): Shown | null {
  const stage = stages[index];
  if (stage === undefined) return null;
  const isFinalStage = stage.targetPercentage === 100;
  return {
    index,
    isFinalStage,
    targetPercentage: stage.targetPercentage,
    requireApproval: advancementType === 'manual-approval' && !isFinalStage,
    duration: isFinalStage || stage.duration === undefined ? null : stage.duration * MINUTE_SECONDS,
    ...(stage.linearShift === undefined ? {} : { linearShift: stage.linearShift }),
  };
}

/** @param withStage false leaves `activeStage` out, as the real one does at times */
export function showRelease(state: State, release: RollingRelease, withStage: boolean): Shown {
  const { config, stage } = release;
  const active = release.state === 'ACTIVE';
  const shown = (id: string) => {
    const deployment = state.deployments.get(id);
    return deployment === undefined ? null : showRolling(deployment);
  };
  return {
    state: release.state,
    substate: null,
    advancementType: config.advancementType,
    currentDeployment: shown(release.base),
    canaryDeployment: shown(release.canary),
    currentCanaryPercentage: 100 * canaryShare(release, state.clock.now()),
    queuedDeploymentId: release.queued ?? null,
    stages: config.stages.map((_, index) => showStage(config, index)),
    ...(withStage ? { activeStage: release.state === 'ABORTED' ? null : showStage(config, stage) } : {}),
    nextStage: active ? showStage(config, stage + 1) : null,
    startedAt: release.startedAt,
    updatedAt: release.updatedAt,
  };
}

const showRolling = (deployment: Deployment): Shown => ({
  id: deployment.id,
  name: deployment.project.name,
  url: deployment.url,
  target: targetOf(deployment),
  source: 'cli',
  createdAt: deployment.createdAt,
  readyState: deployment.state,
  readyStateAt: deployment.readyAt ?? deployment.createdAt,
});

/** The plan for rollouts to come, with durations in minutes. */
export const showConfig = ({ advancementType, stages }: RollingConfig): Shown => ({
  target: 'production',
  stages: stages.map((one: Stage) => ({
    targetPercentage: one.targetPercentage,
    requireApproval: advancementType === 'manual-approval' && one.targetPercentage < 100,
    ...(one.duration === undefined ? {} : { duration: one.duration }),
    ...(one.linearShift === undefined ? {} : { linearShift: one.linearShift }),
  })),
});
