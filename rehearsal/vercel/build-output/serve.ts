import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { readConfiguration } from './configuration.ts';
import { FunctionProcess, Unanswered } from './function-process.ts';
import { type FunctionOutput, Outputs, type StaticFile } from './outputs.ts';
import { type Routed, Router } from './routing.ts';

export interface ServeOptions {
  /** The content of `.vercel/output`. */
  readonly directory: string;
  /** What the functions see, and nothing else of this machine. */
  readonly environment: Readonly<Record<string, string>>;
  /** Gets each line that a function prints. */
  readonly log?: (line: string) => void;
}

export interface Served {
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
  /** Returns when the port is free and every function's process is gone. */
  close(): Promise<void>;
}

/**
 * Serves a build output (Build Output API v3) on this machine, as Vercel's hosting would: its routes, its
 * files, and its Node functions, each in a process of its own. There is no cache: a prerender function
 * answers with its fallback file, or is called.
 *
 * https://vercel.com/docs/build-output-api
 *
 * @throws BuildOutputError naming what in the output is not supported: the edge runtime, middleware,
 *   other origins as a destination, image optimization, …
 */
export async function serveBuildOutput(options: ServeOptions): Promise<Served> {
  const { directory, environment, log = () => {} } = options;
  const { routes, overrides } = readConfiguration(join(directory, 'config.json'));
  const router = new Router(routes, new Outputs(directory, overrides));
  const functions = new Map<string, FunctionProcess>();

  const functionOf = (output: FunctionOutput): FunctionProcess => {
    const known = functions.get(output.folder) ?? new FunctionProcess(output, environment, log);
    functions.set(output.folder, known);
    return known;
  };

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const routed = router.route(request);
    const { output, status = 404, headers } = routed;
    if (!output) return end(response, status, headers);
    if (output.kind === 'file') return sendFile(request, response, output, routed);
    if (output.fallback) return sendFallback(request, response, output, output.fallback, routed);
    return callFunction(request, response, functionOf(output), output, routed);
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      // Nobody is there any more to be told.
      if (response.destroyed) return;
      log(String(error));
      // Part of the answer is out: only a broken connection tells that it is not whole.
      if (response.headersSent) response.destroy();
      else end(response, 500, {});
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');

  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await Promise.all([closed, ...[...functions.values()].map((one) => one.close())]);
    },
  };
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'application/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.mjs': 'application/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.xml': 'application/xml',
};

async function sendFile(
  { method }: IncomingMessage,
  response: ServerResponse,
  { file, name, contentType = CONTENT_TYPES[extname(name)] ?? 'application/octet-stream' }: StaticFile,
  { status = 200, headers }: Pick<Routed, 'status' | 'headers'>,
): Promise<void> {
  if (method !== 'GET' && method !== 'HEAD') return end(response, 405, headers);
  const { size } = await stat(file);
  response.writeHead(status, {
    // https://vercel.com/docs/caching/cache-control-headers
    'cache-control': 'public, max-age=0, must-revalidate',
    'content-type': contentType,
    'content-length': size,
    ...headers,
  });
  if (method === 'HEAD') response.end();
  else await pipeline(createReadStream(file), response);
}

function sendFallback(
  request: IncomingMessage,
  response: ServerResponse,
  { prerender }: FunctionOutput,
  fallback: StaticFile,
  { status = prerender?.initialStatus, headers }: Routed,
): Promise<void> {
  return sendFile(request, response, fallback, {
    headers: { ...headers, ...prerender?.initialHeaders },
    ...(status && { status }),
  });
}

async function callFunction(
  request: IncomingMessage,
  response: ServerResponse,
  called: FunctionProcess,
  output: FunctionOutput,
  { status, headers, query }: Routed,
): Promise<void> {
  const { method = 'GET', url = '/', socket } = request;
  const address = {
    method,
    path: addressFor(output, new URL(`http://origin${url}`), query),
    headers: {
      ...withoutHopByHop(request.headers),
      'x-forwarded-for': socket.remoteAddress ?? '',
      'x-forwarded-host': request.headers.host ?? '',
      'x-forwarded-proto': 'http',
      'x-real-ip': socket.remoteAddress ?? '',
    },
  };
  try {
    const answer = await called.call(address, request);
    response.writeHead(status ?? answer.statusCode ?? 500, {
      ...headers,
      ...withoutHopByHop(answer.headers),
    });
    await pipeline(answer, response);
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error;
    end(response, error.status, { ...headers, 'x-vercel-error': error.code }, error.code);
  }
}

/** A function sees what was asked for; one that is prerendered its own address and the query it may see. */
function addressFor({ path, prerender }: FunctionOutput, asked: URL, query: URLSearchParams): string {
  // As it was written: `?a` is not `?a=`.
  if (!prerender && String(query) === String(asked.searchParams)) return asked.pathname + asked.search;
  const { passQuery, allowQuery } = prerender ?? { passQuery: true };
  const seen = new URLSearchParams(
    [...query].filter(([key]) => passQuery && (allowQuery === undefined || allowQuery.includes(key))),
  );
  return `${prerender ? encodeURI(path) : asked.pathname}${seen.size > 0 ? `?${seen}` : ''}`;
}

const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

const withoutHopByHop = (headers: IncomingMessage['headers']): OutgoingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name)));

const WORDS: Readonly<Record<number, string>> = {
  404: 'The page could not be found\n\nNOT_FOUND\n',
  405: 'The method is not allowed for a file\n',
};

function end(
  response: ServerResponse,
  status: number,
  headers: OutgoingHttpHeaders,
  words = WORDS[status],
): void {
  response.writeHead(status, {
    ...(status === 404 && { 'x-vercel-error': 'NOT_FOUND' }),
    ...(words && { 'content-type': 'text/plain; charset=utf-8' }),
    ...headers,
  });
  response.end(words);
}
