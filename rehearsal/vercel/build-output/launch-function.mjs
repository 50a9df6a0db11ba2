// Runs one function in a process of its own: `node launch-function.mjs <handler>`, in the function's folder.
// Says over IPC on which port it listens, and goes when that channel closes.
import { createServer } from 'node:http';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { getRequestListener } from '@hono/node-server';

const METHODS = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'DELETE', 'PATCH'];

/** A function that throws is a function that crashed. */
function crash(error) {
  console.error(error);
  process.exit(1);
}

/** The shapes a handler may have: https://vercel.com/docs/functions/runtimes/node-js */
function listenerOf(exported) {
  let handler = exported;
  // CommonJS seen from ES modules, and TypeScript compiled to either, wrap the default in a default.
  while (typeof handler !== 'function' && !handler.fetch && handler.default) handler = handler.default;
  const web =
    typeof handler.fetch === 'function'
      ? (request) => handler.fetch(request)
      : METHODS.some((method) => typeof exported[method] === 'function')
        ? (request) => exported[request.method]?.(request) ?? new Response(null, { status: 405 })
        : undefined;
  if (web) return getRequestListener(web, { overrideGlobalObjects: false, errorHandler: crash });
  if (typeof handler !== 'function') throw new Error('The handler exports neither fetch nor a function.');
  return (request, response) => Promise.resolve(handler(request, response)).catch(crash);
}

process.once('disconnect', () => process.exit());
const [, , entry = ''] = process.argv;
const server = createServer(listenerOf(await import(pathToFileURL(resolve(entry)).href)));
// The proxy before it keeps its connections: one that closed by itself would look like a crash.
server.keepAliveTimeout = 0;
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
