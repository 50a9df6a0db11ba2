import { once } from 'node:events';
import { createServer } from 'node:http';
import sirv from 'sirv';
import type { RunningApp } from './app-process.ts';
import { listen } from './listener.ts';

/** How a static folder is served. */
export interface StaticLaunch {
  readonly kind: 'static';
  readonly directory: string;
  /** An address that is no file gets the index page. */
  readonly single: boolean;
}

/** Serves a folder's files: the app of a release that has no command. It runs inside the daemon. */
export async function serveFiles({ directory, single }: StaticLaunch, port: number): Promise<RunningApp> {
  const files = sirv(directory, { etag: true, gzip: true, brotli: true, single });
  const server = createServer((request, response) => {
    if (request.method === 'GET' || request.method === 'HEAD') return files(request, response);
    response.writeHead(405, { allow: 'GET, HEAD' }).end();
  });
  await listen(server, port);
  const closed = once(server, 'close');
  return {
    port,
    ended: closed.then(() => 'when it was told to'),
    hasEnded: false,
    lastOutput: () => '',
    async stop() {
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
