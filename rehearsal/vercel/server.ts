import { setTimeout as delay } from 'node:timers/promises';
import { type HttpBindings, serve } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { type Context, Hono } from 'hono';
import { accountOf, authenticate } from './access.ts';
import { type Answer, type Call, Refusal, type Route } from './call.ts';
import type { createFaults, Fault } from './faults.ts';
import { rateLimited } from './limits.ts';
import { alreadyCurrent } from './production.ts';
import { accountRoutes } from './routes/account.ts';
import { activationRoutes, rollingRoutes } from './routes/activation.ts';
import { createRoutes } from './routes/create-deployment.ts';
import { deploymentRoutes } from './routes/deployments.ts';
import { fileRoutes } from './routes/files.ts';
import { aliasRoutes, projectRoutes } from './routes/projects.ts';
import type { State } from './state.ts';

export const ROUTES: readonly Route[] = [
  ...accountRoutes,
  ...fileRoutes,
  ...createRoutes,
  ...deploymentRoutes,
  ...aliasRoutes,
  ...projectRoutes,
  ...activationRoutes,
  ...rollingRoutes,
];

/** One request as the log keeps it: never a token, never a body. */
export interface LoggedRequest {
  readonly operation: string;
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** 0 when the connection was cut or left without an answer. */
  readonly status: number;
  /** Whether a digest of uploaded content was named. */
  readonly digest: boolean;
  readonly team: boolean;
}

export interface Witness {
  readonly requests: LoggedRequest[];
  /** What broke in the fake itself, and requests that it has no route for. */
  readonly problems: string[];
  /** Operations that were answered well at least once. */
  readonly exercised: Set<string>;
  readonly faults: ReturnType<typeof createFaults>;
}

export interface Server {
  readonly url: string;
  close(): Promise<void>;
}

/** Milliseconds that an unused connection stays open: Node's own 5 s are less than what stands before an API. */
const KEEP_ALIVE = 65_000;

/**
 * Says that the answer went out by another way. A clone is always Node's own: where another server began before
 * this was loaded, the original is of the server's class, whose headers are sent whatever they say.
 */
const ALREADY_SENT = RESPONSE_ALREADY_SENT.clone();

type Env = { Bindings: HttpBindings };

/**
 * Puts the fake's API on a free loopback port.
 *
 * @param latency milliseconds before every answer
 */
export async function listen(state: State, witness: Witness, latency: number): Promise<Server> {
  let url = '';
  const app = new Hono<Env>();

  const answer = async (context: Context<Env>, route: Route): Promise<Response> => {
    try {
      const call = await read(state, url, context, route);
      const reply = await route.handle(call);
      witness.exercised.add(route.operation);
      return respond(reply);
    } catch (thrown) {
      return refuse(thrown, route, witness, state);
    }
  };

  for (const route of ROUTES)
    app.on(route.method, route.path, async (context) => {
      if (latency > 0) await delay(latency);
      const fault = witness.faults.take(route.operation, context.req.raw);
      const response =
        fault === undefined
          ? await answer(context, route)
          : await disturb(context, fault, state, witness.faults, () => answer(context, route));
      witness.requests.push(logged(context.req.raw, route.operation, response));
      return response;
    });

  app.all('*', (context) => {
    const what = `${context.req.method} ${new URL(context.req.url).pathname}`;
    witness.problems.push(`no route for ${what}`);
    return Response.json(
      { error: { code: 'not_implemented', message: `The fake Vercel has no route for ${what}` } },
      { status: 501 },
    );
  });

  return new Promise((resolve) => {
    const options = {
      fetch: app.fetch,
      port: 0,
      hostname: '127.0.0.1',
      serverOptions: { keepAliveTimeout: KEEP_ALIVE },
    };
    const server = serve(options, ({ port }) => {
      url = `http://127.0.0.1:${port}`;
      resolve({
        url,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            if ('closeAllConnections' in server) server.closeAllConnections();
          }),
      });
    });
  });
}

const logged = (request: Request, operation: string, response: Response): LoggedRequest => {
  const { pathname, search, searchParams } = new URL(request.url);
  return {
    operation,
    method: request.method,
    path: `${pathname}${search}`,
    status: response === ALREADY_SENT ? 0 : response.status,
    digest: request.headers.has('x-vercel-digest') || request.headers.has('x-now-digest'),
    team: searchParams.has('teamId') || searchParams.has('slug'),
  };
};

/** The call that a request is, once its token and scope are let in. */
async function read(state: State, url: string, context: Context<Env>, route: Route): Promise<Call<never>> {
  const { req } = context;
  const bytes = Buffer.from(await req.arrayBuffer());
  const token = authenticate(state, req.header('authorization') ?? null);
  const query = req.query();
  if (route.ofPerson === true && token.scope === 'project')
    throw new Refusal(403, 'forbidden', 'Not authorized: this token has no access to the user');
  const account = accountOf(state, token, query);
  const isJson = bytes.length > 0 && route.operation !== 'uploadFile';
  return {
    state,
    token,
    account,
    url,
    path: req.param() as Record<string, string>,
    query,
    headers: req.raw.headers,
    body: (isJson ? parse(bytes) : {}) as never,
    bytes,
  };
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new Refusal(400, 'bad_request', 'Invalid JSON');
  }
}

const respond = ({ status, body }: Answer): Response =>
  body === undefined ? new Response(null, { status }) : Response.json(body, { status });

function refuse(thrown: unknown, route: Route, witness: Witness, state: State): Response {
  if (!(thrown instanceof Refusal)) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    witness.problems.push(`${route.operation} broke: ${message}`);
    return Response.json({ error: { code: 'internal_server_error', message } }, { status: 500 });
  }
  return Response.json(
    { error: { code: thrown.code, message: thrown.message, ...thrown.extra } },
    { status: thrown.status, headers: limitHeaders(thrown, state) },
  );
}

function limitHeaders({ extra }: Refusal, state: State): Record<string, string> {
  const limit = extra.limit;
  if (typeof limit !== 'object' || limit === null || !('resetMs' in limit) || !('total' in limit)) return {};
  const resetMs = Number(limit.resetMs);
  return {
    'x-ratelimit-limit': String(limit.total),
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': String(Math.ceil(resetMs / 1000)),
    'retry-after': String(Math.max(0, Math.ceil((resetMs - state.clock.now()) / 1000))),
  };
}

async function disturb(
  context: Context<Env>,
  fault: Fault,
  state: State,
  faults: Witness['faults'],
  answer: () => Promise<Response>,
): Promise<Response> {
  const { incoming, outgoing } = context.env;
  const doesTheWork = fault.answer === 'slow' || fault.answer === 'truncated';
  if (fault.when === 'after' && !doesTheWork) await answer();
  faults.strike();
  if (fault.answer === 'slow') {
    await delay(fault.delay ?? 1000);
    return answer();
  }
  if (fault.answer === 'truncated') {
    const whole = Buffer.from(await (await answer()).arrayBuffer());
    outgoing.writeHead(200, { 'content-type': 'application/json', 'content-length': whole.length || 2 });
    outgoing.write(whole.subarray(0, Math.floor(whole.length / 2)), () => incoming.socket.destroy());
    return ALREADY_SENT;
  }
  switch (fault.answer) {
    case 'reset':
      incoming.socket.destroy();
      return ALREADY_SENT;
    case 'timeout':
      // Until the asker gives up or the server closes.
      await new Promise<void>((resolve) => incoming.socket.once('close', () => resolve()));
      return ALREADY_SENT;
    case 429: {
      const now = state.clock.now();
      const refusal = rateLimited('requests', 100, now + (fault.retryAfter ?? 1) * 1000, now);
      const { 'retry-after': after, ...headers } = limitHeaders(refusal, state);
      return Response.json(
        { error: { code: refusal.code, message: refusal.message, ...refusal.extra } },
        {
          status: 429,
          headers: fault.resetOnly === true ? headers : { ...headers, 'retry-after': after ?? '1' },
        },
      );
    }
    case 409: {
      const { code, message } = alreadyCurrent();
      return Response.json({ error: { code, message } }, { status: 409 });
    }
    default:
      return Response.json(
        { error: { code: 'internal_server_error', message: 'An unexpected internal error occurred' } },
        {
          status: fault.answer,
          headers: fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) },
        },
      );
  }
}
