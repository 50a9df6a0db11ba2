import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join, normalize } from 'node:path';
import type { Serve } from './serving.ts';

/** Serves `static/` of the output and nothing else. `/__environment` tells the variables it was given. */
export const serveStatic: Serve = async ({ directory, environment, id }) => {
  const root = join(directory, 'static');
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    response.setHeader('x-fake-deployment', id);
    if (pathname === '/__environment') {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(environment));
      return;
    }
    const path = join(root, normalize(decodeURIComponent(pathname)));
    const file = await stat(path)
      .then((found) => (found.isDirectory() ? join(path, 'index.html') : path))
      .then(readFile)
      .catch(() => undefined);
    response.statusCode = file === undefined ? 404 : 200;
    response.end(file ?? 'NOT_FOUND');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('A server without a port.');
  return {
    origin: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
};
