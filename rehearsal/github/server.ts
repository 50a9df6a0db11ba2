import { type HttpBindings, serve } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { acceptedPermissions, authenticate, may, refusalOf, sees } from './access.ts';
import { type Answer, type Call, notFound, Refusal, type Route } from './call.ts';
import type { createFaults, Fault } from './faults.ts';
import { answerQuery } from './graphql/execute.ts';
import {
  departuresOfAnswer,
  departuresOfRequest,
  describe,
  OPERATIONS,
  type OperationId,
} from './openapi/description.ts';
import { createRepresentation } from './representation.ts';
import { deploymentRoutes } from './routes/deployments.ts';
import { environmentRoutes, runRoutes } from './routes/environments-and-runs.ts';
import { gitRoutes } from './routes/git.ts';
import { issueRoutes } from './routes/issues.ts';
import { pullRequestRoutes } from './routes/pull-requests.ts';
import { releaseRoutes } from './routes/releases.ts';
import { settingsRoutes } from './routes/settings.ts';
import { loginOf, type Repository, type State } from './state.ts';

/** One route for each operation of the slice: the compiler finds a missing one. */
const ROUTES: Readonly<Record<OperationId, Route>> = {
  ...gitRoutes,
  ...releaseRoutes,
  ...issueRoutes,
  ...pullRequestRoutes,
  ...deploymentRoutes,
  ...environmentRoutes,
  ...runRoutes,
  ...settingsRoutes,
};

/** Path parameters that may hold slashes. */
const LONG_PARAMETERS = new Set(['ref', 'basehead', 'tag']);
const DEFAULT_PAGE = 30;
const LONGEST_PAGE = 100;
const DOCUMENTATION = 'https://docs.github.com/rest';

export interface Server {
  readonly url: string;
  readonly apiUrl: string;
  readonly graphqlUrl: string;
  close(): Promise<void>;
}

export interface Witness {
  /** Where a request or an answer left GitHub's description. */
  readonly problems: string[];
  /** Operations that were answered well at least once. */
  readonly exercised: Set<OperationId | 'graphql'>;
  readonly faults: ReturnType<typeof createFaults>;
}

type Env = { Bindings: HttpBindings };

/** Puts the fake's REST and GraphQL APIs on a free loopback port. */
export async function listen(state: State, witness: Witness): Promise<Server> {
  let url = '';
  const show = createRepresentation(() => url);
  const app = new Hono<Env>();

  const answer = async (context: Context<Env>, operation: OperationId): Promise<Response> => {
    const { needs, handle } = ROUTES[operation];
    const headers = { 'x-accepted-github-permissions': acceptedPermissions(needs) };
    try {
      const request = await read(context);
      const token = authenticate(state, context.req.header('authorization'));
      const repository = repositoryAt(state, request.path);
      if (repository === undefined || !sees(token, repository)) throw notFound();
      if (!needs.some((set) => may(token, repository, set))) throw new Refusal(403, refusalOf(token));
      const wrong = departuresOfRequest(operation, request);
      if (wrong.length > 0)
        throw new Refusal(
          422,
          `Invalid request.\n\n${wrong.map(({ field, message }) => `"${field}" ${message}`).join('\n')}`,
          wrong.map((one) => ({ resource: operation, code: 'invalid', ...one })),
        );
      const call: Call<never> = { ...request, state, show, repository, token, body: request.body as never };
      const reply = handle(call);
      const { body, link } = page(url, context, reply);
      const left = departuresOfAnswer(operation, reply.status, body);
      if (left.length > 0) {
        const what = left.map(({ field, message }) => `${field} ${message}`).join('; ');
        witness.problems.push(`answer of ${operation}: ${what}`);
        throw new Error(`The fake GitHub left the description of ${operation}: ${what}`);
      }
      witness.exercised.add(operation);
      const answered = { status: reply.status, headers: { ...headers, ...link } };
      return reply.status === 204 ? new Response(null, answered) : Response.json(body, answered);
    } catch (thrown) {
      return refuse(thrown, operation, witness, headers);
    }
  };

  for (const operation of OPERATIONS) {
    const { method, path } = describe(operation);
    const pattern = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
      LONG_PARAMETERS.has(name) ? `:${name}{.+}` : `:${name}`,
    );
    app.on(method, pattern, (context) =>
      troubled(context, witness, operation, () => answer(context, operation)),
    );
  }

  app.post('/graphql', (context) =>
    troubled(context, witness, 'graphql', async () => {
      try {
        const token = authenticate(state, context.req.header('authorization'));
        const request = (await context.req.json()) as Parameters<typeof answerQuery>[1];
        const reply = await answerQuery(
          {
            login: loginOf(token),
            repositories: [...state.repositories.values()].filter((one) => sees(token, one)),
            may: (repository, needs) => may(token, repository, needs),
            refusal: refusalOf(token),
          },
          request,
        );
        witness.exercised.add('graphql');
        return Response.json(reply);
      } catch (thrown) {
        return refuse(thrown, 'graphql', witness, {});
      }
    }),
  );

  app.all('*', (context) => {
    const what = `${context.req.method} ${new URL(context.req.url).pathname}`;
    witness.problems.push(`no route for ${what}`);
    return Response.json({ message: `The fake GitHub has no route for ${what}` }, { status: 501 });
  });

  return new Promise((resolve) => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => {
      url = `http://127.0.0.1:${port}`;
      resolve({
        url,
        apiUrl: url,
        graphqlUrl: `${url}/graphql`,
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            if ('closeAllConnections' in server) server.closeAllConnections();
          }),
      });
    });
  });
}

/** The repository that a path names; an organisation is known by any repository of it. */
const repositoryAt = (state: State, path: Readonly<Record<string, string>>): Repository | undefined =>
  path.org === undefined
    ? state.repositories.get(`${path.owner}/${path.repo}`)
    : [...state.repositories.values()].find(({ owner }) => owner === path.org);

/** Path, query and body of a request, as texts and JSON. */
async function read(context: Context<Env>) {
  const text = await context.req.text();
  let body: unknown;
  try {
    body = text === '' ? undefined : JSON.parse(text);
  } catch {
    throw new Refusal(422, 'Problems parsing JSON');
  }
  return { path: context.req.param() as Record<string, string>, query: context.req.query(), body };
}

/** Cuts the page that was asked for out of a list, and says where the others are. */
function page(
  url: string,
  context: Context<Env>,
  reply: Answer,
): { body: unknown; link: Record<string, string> } {
  if (reply.list === undefined) return { body: reply.body, link: {} };
  const asked = (name: string, otherwise: number) =>
    Math.max(1, Number(context.req.query(name) ?? otherwise) || otherwise);
  const size = Math.min(asked('per_page', DEFAULT_PAGE), LONGEST_PAGE);
  const at = asked('page', 1);
  const last = Math.max(1, Math.ceil(reply.list.length / size));
  const cut = reply.list.slice((at - 1) * size, at * size);
  const to = (which: number, rel: string) => {
    const address = new URL(new URL(context.req.url).pathname, url);
    address.search = new URLSearchParams({ ...context.req.query(), page: String(which) }).toString();
    return `<${address}>; rel="${rel}"`;
  };
  const links = [
    ...(at > 1 ? [to(at - 1, 'prev')] : []),
    ...(at < last ? [to(at + 1, 'next'), to(last, 'last')] : []),
    ...(at > 1 ? [to(1, 'first')] : []),
  ];
  return {
    body: reply.envelope === undefined ? cut : reply.envelope(cut),
    link: links.length === 0 ? {} : { link: links.join(', ') },
  };
}

function refuse(
  thrown: unknown,
  operation: OperationId | 'graphql',
  witness: Witness,
  headers: Record<string, string>,
): Response {
  if (!(thrown instanceof Refusal)) {
    const what = thrown instanceof Error ? thrown.message : String(thrown);
    if (!witness.problems.some((problem) => what.includes(problem.split(': ')[1] ?? what)))
      witness.problems.push(`${operation} broke: ${what}`);
    return Response.json({ message: what, documentation_url: DOCUMENTATION }, { status: 500, headers });
  }
  const body = {
    message: thrown.message,
    ...(thrown.errors === undefined ? {} : { errors: thrown.errors }),
    documentation_url: DOCUMENTATION,
    status: String(thrown.status),
  };
  if (operation !== 'graphql')
    for (const { field, message } of departuresOfAnswer(operation, thrown.status, body))
      witness.problems.push(`refusal of ${operation}: ${field} ${message}`);
  return Response.json(body, { status: thrown.status, headers });
}

/** Answers, unless trouble was lined up for this request. */
async function troubled(
  context: Context<Env>,
  witness: Witness,
  operation: OperationId | 'graphql',
  answer: () => Promise<Response>,
): Promise<Response> {
  const fault = witness.faults.take(operation, context.req.raw);
  if (fault === undefined) return answer();
  if (fault.when === 'after') await answer();
  return disturb(context, fault);
}

async function disturb(context: Context<Env>, fault: Fault): Promise<Response> {
  switch (fault.answer) {
    case 'reset':
      context.env.incoming.socket.destroy();
      return new Response(null, { status: 500 });
    case 'timeout':
      // Until the asker gives up or the server closes.
      return new Promise((resolve) =>
        context.env.incoming.socket.once('close', () => resolve(new Response(null, { status: 500 }))),
      );
    case 'broken-query':
      return Response.json({ errors: [{ message: 'Something went wrong while executing your query.' }] });
    case 429:
      return Response.json(
        { message: 'You have exceeded a secondary rate limit.', documentation_url: DOCUMENTATION },
        { status: 429, headers: { 'retry-after': String(fault.retryAfter ?? 1) } },
      );
    default:
      return Response.json({ message: 'Server Error' }, { status: fault.answer });
  }
}
