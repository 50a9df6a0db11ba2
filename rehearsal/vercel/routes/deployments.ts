import { findDeployment, findProject, refuseOtherProject } from '../access.ts';
import { cancel, lookAtDeployment } from '../builds.ts';
import { badRequest, type Call, ok, type Route, route } from '../call.ts';
import { moveOn } from '../production.ts';
import { underWay } from '../progress.ts';
import { customEnvironmentOf, showDeployment, showListed } from '../representation.ts';
import { isActive } from '../rolling-release.ts';
import type { Deployment } from '../state.ts';

const deploymentOf = (call: Call): Deployment => findDeployment(call, call.path.deployment ?? '');

export const deploymentRoutes: readonly Route[] = [
  route('getDeployment', 'GET', '/v13/deployments/:deployment', (call) => {
    const deployment = deploymentOf(call);
    lookAtDeployment(call.state, deployment);
    return ok(showDeployment(call.state, call.url, deployment));
  }),

  route('getDeployments', 'GET', '/:version{v[67]}/deployments', (call) => {
    const { state, query } = call;
    const limit = Math.min(Number(query.limit ?? 20) || 20, 100);
    const matching = wanted(call).filter((one) => inTime(one, query));
    const page = matching.slice(0, limit);
    const last = page.at(-1);
    return ok({
      deployments: page.map((one) => showListed(state, call.url, one)),
      pagination: {
        count: page.length,
        next: matching.length > limit && last !== undefined ? last.createdAt : null,
        prev: page[0]?.createdAt ?? null,
      },
    });
  }),

  route('cancelDeployment', 'PATCH', '/v12/deployments/:deployment/cancel', (call) => {
    const deployment = deploymentOf(call);
    if (deployment.state !== 'QUEUED' && deployment.state !== 'BUILDING')
      throw badRequest(`Deployment cannot be canceled: it is ${deployment.state}`);
    cancel(call.state, deployment);
    return ok(showDeployment(call.state, call.url, deployment));
  }),

  route('deleteDeployment', 'DELETE', '/v13/deployments/:deployment', (call) => {
    const { state } = call;
    const deployment = deploymentOf(call);
    const { project } = deployment;
    if (isInUse(deployment))
      throw badRequest('A deployment that production is served from, or is about to be, cannot be deleted');
    state.deployments.delete(deployment.id);
    for (const [name, alias] of state.aliases)
      if (alias.deployment === deployment.id) state.aliases.delete(name);
    project.reigns.splice(0, project.reigns.length, ...project.reigns.filter((one) => one !== deployment.id));
    return ok({ uid: deployment.id, state: 'DELETED' });
  }),

  route('getDeploymentEvents', 'GET', '/v3/deployments/:deployment/events', (call) => {
    const deployment = deploymentOf(call);
    lookAtDeployment(call.state, deployment);
    const events = deployment.events.map(({ id, type, text, at }) => ({
      type,
      created: at,
      payload: {
        deploymentId: deployment.id,
        id,
        date: at,
        created: at,
        serial: id,
        text,
        info: { type: 'build', name: 'bld_1', entrypoint: '.' },
      },
    }));
    if (call.query.direction !== 'forward') events.reverse();
    const limit = Number(call.query.limit ?? -1);
    return ok(limit < 0 ? events : events.slice(0, limit));
  }),

  route('listDeploymentFiles', 'GET', '/v6/deployments/:deployment/files', (call) =>
    ok(tree(deploymentOf(call).files.map(({ file, ...rest }) => ({ path: file.split('/'), ...rest })))),
  ),
];

const isInUse = ({ id, project: { live, rolling, aliasJob } }: Deployment): boolean =>
  live === id ||
  (underWay(aliasJob) && aliasJob.to === id) ||
  (isActive(rolling) && [rolling.base, rolling.canary, rolling.queued].includes(id));

/** The account's deployments that the filters let through, newest first. */
function wanted(call: Call): Deployment[] {
  const { state, account, token, query } = call;
  const name = query.projectId ?? query.app;
  const project = name === undefined ? undefined : findProject(call, name);
  if (project === undefined && token.scope === 'project')
    for (const one of state.projects.values()) if (one.account === account) refuseOtherProject(token, one);
  for (const one of state.projects.values()) moveOn(state, one);
  const states = query.state?.split(',');
  const meta = Object.entries(query).filter(([key]) => key.startsWith('meta-'));
  return [...state.deployments.values()]
    .filter((one) => one.project.account === account && (project === undefined || one.project === project))
    .filter((one) => {
      lookAtDeployment(state, one);
      return states === undefined || states.includes(one.state);
    })
    .filter((one) => query.target === undefined || isOfTarget(one, query.target))
    .filter((one) => meta.every(([key, value]) => one.meta[key.slice('meta-'.length)] === value))
    .filter(
      (one) =>
        query.rollbackCandidate === undefined ||
        String(showListed(state, call.url, one).isRollbackCandidate) === query.rollbackCandidate,
    )
    .toSorted((a, b) => b.createdAt - a.createdAt);
}

const isOfTarget = (deployment: Deployment, target: string): boolean =>
  deployment.target === target ||
  customEnvironmentOf(deployment)?.slug === target ||
  customEnvironmentOf(deployment)?.id === target;

const inTime = (deployment: Deployment, { until, since }: Readonly<Record<string, string>>): boolean =>
  (until === undefined || deployment.createdAt < Number(until)) &&
  (since === undefined || deployment.createdAt > Number(since));

interface Leaf {
  readonly path: readonly string[];
  readonly sha: string;
  readonly size: number;
  readonly mode: number;
}

const SYMLINK = 0o120000;
const FOLDER = 0o040755;

/** Files as Vercel lists them: folders with what is in them. */
function tree(leaves: readonly Leaf[]): unknown[] {
  return [...Map.groupBy(leaves, (one) => one.path[0] ?? '')].map(([name, within]) => {
    const file = within.find((one) => one.path.length === 1);
    if (file === undefined)
      return {
        name,
        type: 'directory',
        mode: FOLDER,
        children: tree(within.map((one) => ({ ...one, path: one.path.slice(1) }))),
      };
    const type = (file.mode & SYMLINK) === SYMLINK ? 'symlink' : 'file';
    return {
      name,
      type,
      uid: file.sha,
      mode: file.mode,
      ...(type === 'symlink' ? { symlink: file.sha } : {}),
    };
  });
}
