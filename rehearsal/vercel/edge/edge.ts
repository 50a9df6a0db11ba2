import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { moveOn } from '../production.ts';
import { isActive } from '../rolling-release.ts';
import type { Serving } from '../serving.ts';
import { type Deployment, deploymentOfName, type Edge, type Project, type State } from '../state.ts';
import type { VisitTrouble } from '../trouble.ts';
import { BYPASS, COOKIE, cookieOf, given, OIDC, passes, SET_COOKIE } from './protection.ts';
import { proxy } from './proxy.ts';
import { bucketOf, choose, cookieName, showBucket } from './routing.ts';

interface Visit {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
}

/** Opens the doors through which visitors come: one for each deployment and each domain. */
export function createEdge(
  state: () => State,
  serving: Serving,
  lot: () => number,
): Edge & { close(): Promise<void> } {
  const servers: Server[] = [];

  const open = async (answer: (visit: Visit, name: string) => Promise<void>): Promise<string> => {
    let name = '';
    const server = createServer((request, response) => {
      const { searchParams } = new URL(request.url ?? '/', 'http://localhost');
      answer({ request, response, query: searchParams }, name).catch(() => {
        if (response.headersSent) response.destroy();
        else fail(response, 500, 'INTERNAL_UNEXPECTED_ERROR');
      });
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('A door without a port.');
    name = `127.0.0.1:${address.port}`;
    return name;
  };

  const hand = async (visit: Visit, deployment: Deployment, name: string): Promise<void> => {
    const trouble = troubleOf(state(), visit, deployment, name);
    if (trouble?.delay !== undefined) await delay(trouble.delay);
    if (trouble?.status !== undefined) {
      visit.response.setHeader('x-vercel-id', `iad1::${deployment.id}`);
      return fail(visit.response, trouble.status, 'FUNCTION_INVOCATION_FAILED');
    }
    const origin = await serving.originOf(deployment);
    visit.response.setHeader('x-vercel-id', `iad1::${deployment.id}`);
    // The bypass is for the door: the app never sees it.
    for (const header of [BYPASS, SET_COOKIE, OIDC]) delete visit.request.headers[header];
    proxy(visit.request, visit.response, origin, {
      host: name,
      'x-forwarded-host': name,
      'x-forwarded-proto': 'http',
      'x-vercel-deployment-url': deployment.url,
    });
  };

  return {
    openDeployment: (id) =>
      open(async (visit, name) => {
        const deployment = state().deployments.get(id);
        if (deployment === undefined) return fail(visit.response, 404, 'DEPLOYMENT_NOT_FOUND');
        const guarded = deployment.project.protection !== 'none';
        if (guarded && !(await enter(visit, deployment.project, state()))) return;
        if (deployment.state !== 'READY') return fail(visit.response, 404, 'DEPLOYMENT_NOT_READY');
        await hand(visit, deployment, name);
      }),

    openDomain: (id) =>
      open(async (visit, name) => {
        const project = state().projects.get(id);
        if (project === undefined) return fail(visit.response, 404, 'DEPLOYMENT_NOT_FOUND');
        moveOn(state(), project);
        const production = project.domains.some(
          (one) => one.name === name && one.environment === 'production',
        );
        const guarded = production ? project.protection === 'all' : project.protection !== 'none';
        if (guarded && !(await enter(visit, project, state()))) return;
        const deployment = production
          ? weighted(state(), project, name, visit, lot)
          : deploymentOfName(state(), name);
        if (deployment === undefined) return fail(visit.response, 404, 'DEPLOYMENT_NOT_FOUND');
        await hand(visit, deployment, name);
      }),

    close: async () => {
      await Promise.all(
        servers.map(
          (server) =>
            new Promise<void>((closed) => {
              server.close(() => closed());
              server.closeAllConnections();
            }),
        ),
      );
    },
  };
}

/** What this visitor meets, where the rehearsed app is to misbehave. */
function troubleOf(
  state: State,
  { request }: Visit,
  deployment: Deployment,
  name: string,
): VisitTrouble | undefined {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const { id } = deployment;
  return state.trouble.visits.find(
    (one) =>
      one.concerns({ id, environment: environmentName(deployment) }) &&
      (one.atDomains !== true || name !== deployment.url) &&
      (one.path === undefined || one.path === pathname),
  );
}

const environmentName = ({ target, project }: Deployment): string =>
  typeof target === 'string'
    ? target
    : (project.customEnvironments.find((one) => one.id === target.custom)?.slug ?? '');

/** Who answers on a production domain: during a rolling release, by the visitor's bucket, which they keep. */
function weighted(
  state: State,
  project: Project,
  name: string,
  { request, response, query }: Visit,
  lot: () => number,
): Deployment | undefined {
  const holder = deploymentOfName(state, name);
  const { rolling } = project;
  // A domain that somebody pointed elsewhere by hand takes no part.
  if (!isActive(rolling) || holder?.id !== rolling.base) return holder;
  const cookie = cookieName(project.id);
  const bucket = bucketOf(rolling, query, cookieOf(request, cookie), lot);
  response.appendHeader('set-cookie', `${cookie}=${showBucket(bucket)}; Path=/; HttpOnly; SameSite=Lax`);
  return state.deployments.get(choose(rolling, bucket, state.clock.now()));
}

/** Lets a visitor in, or answers for them: the page that asks for a login, or the cookie they asked for. */
async function enter({ request, response, query }: Visit, project: Project, state: State): Promise<boolean> {
  if (!(await passes(project, request, query, state.clock.now()))) {
    response.writeHead(401, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
    response.end('<!doctype html><title>Authentication Required</title><h1>Authentication Required</h1>');
    return false;
  }
  const wish = given(request, query, SET_COOKIE);
  const secret = given(request, query, BYPASS);
  if (wish === undefined || secret === undefined) return true;
  const site = wish === 'samesitenone' ? 'None; Secure' : 'Lax';
  const back = new URL(request.url ?? '/', 'http://localhost');
  back.searchParams.delete(BYPASS);
  back.searchParams.delete(SET_COOKIE);
  const value = Buffer.from(secret).toString('base64url');
  response.writeHead(307, {
    'set-cookie': `${COOKIE}=${value}; Path=/; HttpOnly; SameSite=${site}`,
    location: `${back.pathname}${back.search}`,
  });
  response.end();
  return false;
}

function fail(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'text/plain', 'x-vercel-error': code });
  response.end(`The deployment could not be reached.\n\n${code}\n`);
}
