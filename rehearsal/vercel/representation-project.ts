import { deploymentNamed, holderAsSeen, jobAsSeen } from './production.ts';
import { aliasesOf, showConfig, showEnvironment, showListed, showTarget } from './representation.ts';
import {
  type Alias,
  type CustomEnvironment,
  type Domain,
  deploymentsOf,
  type Project,
  type State,
  type Variable,
} from './state.ts';

type Shown = Record<string, unknown>;

const MACHINE = {
  elasticConcurrencyEnabled: false,
  fluid: true,
  functionDefaultRegions: ['iad1'],
  functionDefaultTimeout: 300,
  functionDefaultMemoryType: 'standard',
};

/** @param rollbackInfo whether the last promote or rollback is told; looking at it takes its staleness down */
export function showProject(state: State, url: string, project: Project, rollbackInfo: boolean): Shown {
  const live = holderAsSeen(project, project.live);
  const deployments = deploymentsOf(state, project).toSorted((a, b) => b.createdAt - a.createdAt);
  const job = rollbackInfo ? jobAsSeen(project) : undefined;
  const { rolledBack } = project;
  return {
    id: project.id,
    name: project.name,
    accountId: project.account.id,
    createdAt: project.createdAt,
    updatedAt: project.updatedAt,
    framework: null,
    nodeVersion: '24.x',
    live: live !== undefined,
    directoryListing: false,
    defaultResourceConfig: MACHINE,
    resourceConfig: MACHINE,
    deploymentExpiration: {},
    autoAssignCustomDomains: project.autoAssignCustomDomains,
    autoAssignCustomDomainsUpdatedBy: rolledBack === undefined ? null : state.person.id,
    alias: project.domains.map((one) => showProjectAlias(state, project, one)),
    targets: live === undefined ? {} : { production: showTarget(state, deploymentNamed(state, live)) },
    latestDeployments: deployments.slice(0, 10).map((one) => {
      const { uid, ...rest } = showListed(state, url, one);
      return { ...showTarget(state, one), id: uid, ...rest };
    }),
    customEnvironments: project.customEnvironments.map((one) => showCustomEnvironment(state, project, one)),
    ssoProtection:
      project.protection === 'none'
        ? null
        : { deploymentType: project.protection === 'all' ? 'all' : 'all_except_custom_domains' },
    protectionBypass: showBypasses(state, project),
    ...(project.rollingConfig === undefined ? {} : { rollingRelease: showConfig(project.rollingConfig) }),
    ...(rolledBack === undefined
      ? {}
      : {
          lastRollbackTarget: {},
          rollbackDescription: {
            userId: state.person.id,
            username: state.person.slug,
            description: rolledBack.description ?? '',
            createdAt: project.aliasJob?.requestedAt ?? project.updatedAt,
          },
        }),
    ...(rollbackInfo
      ? {
          lastAliasRequest:
            job === undefined
              ? null
              : {
                  type: job.type,
                  fromDeploymentId: job.from,
                  ...(job.fromCanary === undefined ? {} : { fromRollingReleaseId: job.fromCanary }),
                  toDeploymentId: job.to,
                  requestedAt: job.requestedAt,
                  jobStatus: job.status,
                },
        }
      : {}),
  };
}

function showProjectAlias(state: State, project: Project, domain: Domain): Shown {
  const holder = state.aliases.get(domain.name)?.deployment;
  return {
    domain: domain.name,
    environment: domain.environment === 'production' ? 'production' : 'preview',
    target: domain.environment === 'production' ? 'PRODUCTION' : 'STAGING',
    createdAt: domain.createdAt,
    configuredBy: 'A',
    ...(holder === undefined ? {} : { deployment: showTarget(state, deploymentNamed(state, holder)) }),
    projectId: project.id,
  };
}

export function showBypasses(state: State, project: Project): Shown {
  return Object.fromEntries(
    [...project.bypasses].map(([secret, { createdAt, note }], index) => [
      secret,
      {
        createdAt,
        createdBy: state.person.id,
        scope: 'automation-bypass',
        isEnvVar: index === 0,
        ...(note === undefined ? {} : { note }),
      },
    ]),
  );
}

export const showDomain = (project: Project, domain: Domain): Shown => ({
  name: domain.name,
  apexName: domain.name,
  projectId: project.id,
  redirect: null,
  redirectStatusCode: null,
  gitBranch: null,
  customEnvironmentId: domain.environment === 'production' ? null : domain.environment.custom,
  createdAt: domain.createdAt,
  updatedAt: domain.createdAt,
  verified: true,
});

export function showCustomEnvironment(state: State, project: Project, environment: CustomEnvironment): Shown {
  const domains = project.domains.filter(
    (one) => one.environment !== 'production' && one.environment.custom === environment.id,
  );
  const holder = deploymentsOf(state, project).findLast((one) =>
    domains.some((domain) => state.aliases.get(domain.name)?.deployment === one.id),
  );
  return {
    ...showEnvironment(environment),
    domains: domains.map((one) => showDomain(project, one)),
    currentDeploymentAliases: holder === undefined ? [] : aliasesOf(state, holder),
  };
}

/** A variable. Its value is in clear only where it is no secret, or where that was asked for and may be. */
export function showVariable(variable: Variable, decrypt: boolean): Shown {
  const readable = variable.type === 'plain' || (variable.type === 'encrypted' && decrypt);
  const sealed =
    variable.type === 'sensitive' ? '' : Buffer.from(`{"v":"v2","k":"${variable.id}"}`).toString('base64');
  return {
    id: variable.id,
    key: variable.key,
    value: readable ? variable.value : sealed,
    type: variable.type,
    target: variable.target,
    customEnvironmentIds: variable.customEnvironmentIds,
    gitBranch: null,
    configurationId: null,
    decrypted: readable,
    securityIssues: [],
    createdAt: variable.createdAt,
    updatedAt: variable.createdAt,
  };
}

/** Who has a name, as this look sees it: right after a promote it may still be the one before. */
export function showAlias(state: State, project: Project, alias: Alias): Shown {
  const isProduction = project.domains.some(
    (one) => one.name === alias.alias && one.environment === 'production',
  );
  const id = (isProduction ? holderAsSeen(project, alias.deployment) : undefined) ?? alias.deployment;
  const deployment = deploymentNamed(state, id);
  return {
    uid: alias.uid,
    alias: alias.alias,
    projectId: alias.project,
    deploymentId: id,
    deployment: { id, url: deployment.url, meta: JSON.stringify(deployment.meta) },
    creator: { uid: state.person.id, username: state.person.slug },
    created: new Date(alias.createdAt).toISOString(),
    createdAt: alias.createdAt,
    updatedAt: alias.createdAt,
    redirect: null,
  };
}
