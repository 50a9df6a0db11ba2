import { randomBytes } from 'node:crypto';
import { findDeployment, findProject, projectOf, refuseOtherProject } from '../access.ts';
import { badRequest, type Call, needPlan, notFound, ok, Refusal, type Route, route } from '../call.ts';
import { deploymentNamed, lookAtProject, point } from '../production.ts';
import { aliasesOf } from '../representation.ts';
import {
  showAlias,
  showBypasses,
  showCustomEnvironment,
  showDomain,
  showProject,
  showVariable,
} from '../representation-project.ts';
import type { Project, Variable } from '../state.ts';

interface Bypass {
  readonly generate?: { readonly secret?: string; readonly note?: string };
  readonly revoke?: { readonly secret: string; readonly regenerate?: boolean };
}

export const projectRoutes: readonly Route[] = [
  route('getProject', 'GET', '/v9/projects/:project', (call) => {
    const project = projectOf(call);
    lookAtProject(call.state, project);
    return ok(showProject(call.state, call.url, project, call.query.rollbackInfo === 'true'));
  }),

  route<{ autoAssignCustomDomains?: boolean; name?: string }>(
    'updateProject',
    'PATCH',
    '/v9/projects/:project',
    (call) => {
      const project = projectOf(call);
      if (typeof call.body.autoAssignCustomDomains === 'boolean')
        project.autoAssignCustomDomains = call.body.autoAssignCustomDomains;
      if (typeof call.body.name === 'string') project.name = call.body.name;
      project.updatedAt = call.state.stamp();
      return ok(showProject(call.state, call.url, project, false));
    },
  ),

  route<Bypass>(
    'updateProjectProtectionBypass',
    'PATCH',
    '/v1/projects/:project/protection-bypass',
    (call) => {
      const project = projectOf(call);
      const { generate, revoke } = call.body;
      const known = revoke === undefined ? undefined : project.bypasses.get(revoke.secret);
      if (revoke !== undefined) {
        if (known === undefined) throw notFound('Protection bypass not found');
        project.bypasses.delete(revoke.secret);
      }
      if (generate !== undefined || revoke?.regenerate === true) {
        const secret = generate?.secret ?? randomBytes(16).toString('hex');
        if (!/^[A-Za-z0-9]{32}$/.test(secret)) throw badRequest('The secret must have 32 letters or digits');
        project.bypasses.set(secret, { createdAt: call.state.stamp(), note: generate?.note ?? known?.note });
      }
      return ok({ protectionBypass: showBypasses(call.state, project) });
    },
  ),

  route('getProjectDomains', 'GET', '/v9/projects/:project/domains', (call) => {
    const project = projectOf(call);
    const wanted = call.query.target ?? (call.query.production === 'true' ? 'production' : undefined);
    const until = Number(call.query.until ?? Number.POSITIVE_INFINITY);
    const matching = project.domains
      .filter(
        ({ environment }) =>
          wanted === undefined || (environment === 'production') === (wanted === 'production'),
      )
      .toSorted((one, other) => other.createdAt - one.createdAt)
      .filter(({ createdAt }) => createdAt < until);
    const domains = matching.slice(0, Math.min(Number(call.query.limit ?? 20) || 20, 100));
    const last = domains.at(-1);
    return ok({
      domains: domains.map((one) => showDomain(project, one)),
      pagination: {
        count: domains.length,
        next: last !== undefined && matching.length > domains.length ? last.createdAt : null,
        prev: domains[0]?.createdAt ?? null,
      },
    });
  }),

  route('filterProjectEnvs', 'GET', '/:version{v9|v10}/projects/:project/env', (call) => {
    const project = projectOf(call);
    const decrypt = call.query.decrypt === 'true';
    const envs = project.variables.filter((one) => isWanted(project, one, call.query));
    return ok({ envs: envs.map((one) => showVariable(one, decrypt)) });
  }),

  route(
    'getProjectsByIdOrNameCustomEnvironments',
    'GET',
    '/v9/projects/:project/custom-environments',
    (call) => {
      const project = projectOf(call);
      const total = { hobby: 0, pro: 1, enterprise: 12 }[project.account.plan];
      return ok({
        accountLimit: { total },
        environments: project.customEnvironments.map((one) =>
          showCustomEnvironment(call.state, project, one),
        ),
      });
    },
  ),

  route<{ slug?: string; description?: string }>(
    'createCustomEnvironment',
    'POST',
    '/v9/projects/:project/custom-environments',
    (call) => {
      const project = projectOf(call);
      needPlan(project, 'pro', 'Custom environments');
      const { slug, description } = call.body;
      if (slug === undefined) throw badRequest('Invalid request: missing required property `slug`.');
      if (project.customEnvironments.some((one) => one.slug === slug))
        throw new Refusal(409, 'conflict', `Custom environment "${slug}" already exists`);
      const made = { id: call.state.newId('env'), slug, description, createdAt: call.state.stamp() };
      project.customEnvironments.push(made);
      return { status: 201, body: showCustomEnvironment(call.state, project, made) };
    },
  ),

  route('getCustomEnvironment', 'GET', '/v9/projects/:project/custom-environments/:environment', (call) => {
    const project = projectOf(call);
    const wanted = call.path.environment;
    const found = project.customEnvironments.find((one) => one.slug === wanted || one.id === wanted);
    if (found === undefined) throw notFound('Custom environment not found');
    return ok(showCustomEnvironment(call.state, project, found));
  }),
];

function isWanted(project: Project, variable: Variable, query: Call['query']): boolean {
  const { target, customEnvironmentId, customEnvironmentSlug } = query;
  if (target !== undefined && !variable.target.some((one) => one === target)) return false;
  if (customEnvironmentId === undefined && customEnvironmentSlug === undefined) return true;
  const environment = project.customEnvironments.find(
    (one) => one.id === customEnvironmentId || one.slug === customEnvironmentSlug,
  );
  return environment !== undefined && variable.customEnvironmentIds.includes(environment.id);
}

export const aliasRoutes: readonly Route[] = [
  route('listDeploymentAliases', 'GET', '/v2/deployments/:deployment/aliases', (call) => {
    const deployment = findDeployment(call, call.path.deployment ?? '');
    const aliases = aliasesOf(call.state, deployment).flatMap((name) => call.state.aliases.get(name) ?? []);
    return ok({
      aliases: aliases.map(({ uid, alias, createdAt }) => ({
        uid,
        alias,
        created: new Date(createdAt).toISOString(),
        redirect: null,
      })),
    });
  }),

  route<{ alias?: string }>('assignAlias', 'POST', '/v2/deployments/:deployment/aliases', (call) => {
    const { state } = call;
    const deployment = findDeployment(call, call.path.deployment ?? '');
    const { alias } = call.body;
    if (alias === undefined) throw badRequest('Invalid request: missing required property `alias`.');
    if (deployment.state !== 'READY')
      throw new Refusal(409, 'deployment_not_ready', 'The deployment is not ready');
    const earlier = state.aliases.get(alias);
    point(state, alias, deployment);
    const now = state.aliases.get(alias);
    return ok({
      uid: now?.uid,
      alias,
      created: new Date(now?.createdAt ?? 0).toISOString(),
      ...(earlier === undefined ? {} : { oldDeploymentId: earlier.deployment }),
    });
  }),

  route('getAlias', 'GET', '/v4/aliases/:alias', (call) => {
    const { state } = call;
    const wanted = call.path.alias ?? '';
    const project = [...state.aliases.values()].find(
      (one) => one.alias === wanted || one.uid === wanted,
    )?.project;
    if (project === undefined) throw notFound('The alias does not exist');
    const owner = findProject(call, project);
    lookAtProject(state, owner);
    // The look may have moved it.
    const alias = [...state.aliases.values()].find((one) => one.alias === wanted || one.uid === wanted);
    if (alias === undefined) throw notFound('The alias does not exist');
    refuseOtherProject(call.token, deploymentNamed(state, alias.deployment).project);
    return ok(showAlias(state, owner, alias));
  }),
];
