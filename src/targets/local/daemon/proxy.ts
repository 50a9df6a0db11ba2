import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Duplex, pipeline } from 'node:stream';
import { DEPLOYMENT_HEADER, endToEnd, forApp } from './headers.ts';
import type { Route } from './router.ts';

/** Longer than the clients that keep connections usually do, so that it is they who let go of them. */
const KEEP_ALIVE_MS = 75_000;

/** A server that sends each request where `pick` says; it is not listening yet. */
export function createProxy(pick: (request: IncomingMessage) => Route | undefined): Server {
  // No limit on a whole request: uploads may take their time. Headers keep Node's own limit.
  const server = http.createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0 });
  server.on('request', (request, response) => {
    const route = pick(request);
    if (route === undefined) refuse(response, 503, 'Nothing is deployed here yet.');
    else forward(request, response, route);
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const route = pick(request);
    if (route === undefined) refuseUpgrade(socket, 503);
    else upgrade(request, socket, head, route);
  });
  return server;
}

function forward(request: IncomingMessage, response: ServerResponse, route: Route): void {
  const { upstream } = route;
  const leave = upstream.enter();
  let outgoing: http.ClientRequest | undefined;
  response.once('close', () => {
    leave();
    if (!response.writableFinished) outgoing?.destroy();
  });
  const replayable = mayBeSentTwice(request);

  const send = (agent: http.Agent | false) => {
    if (upstream.port === undefined) return refuse(response, 502, 'The app is not running.');
    const sent = http.request({
      host: '127.0.0.1',
      port: upstream.port,
      method: request.method,
      path: request.url,
      headers: forApp(request),
      setHost: false,
      agent,
    });
    outgoing = sent;
    sent.on('response', (incoming) => {
      response.writeHead(incoming.statusCode ?? 502, incoming.statusMessage, forClient(incoming, route));
      pipeline(incoming, response, () => {});
    });
    sent.on('error', () => {
      if (response.destroyed) return;
      if (response.headersSent) response.destroy();
      // The app let go of a kept connection just as we used it: it has not seen the request.
      else if (replayable && sent.reusedSocket) send(false);
      else refuse(response, 502, 'The app does not answer.');
    });
    if (replayable) sent.end();
    // Not a pipeline: that would cut the client off where it should be told 502.
    else request.pipe(sent);
  };
  send(replayable ? upstream.agent : false);
}

/** Safe methods without a body. Everything else goes over a connection of its own, which cannot be stale. */
function mayBeSentTwice({ method, headers }: IncomingMessage): boolean {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  return !hasBody && (method === 'GET' || method === 'HEAD' || method === 'OPTIONS');
}

function forClient(incoming: IncomingMessage, route: Route): http.OutgoingHttpHeaders {
  const headers = endToEnd(incoming);
  headers[DEPLOYMENT_HEADER] = route.upstream.deployment;
  if (route.cookie !== undefined) {
    headers['set-cookie'] = [...(incoming.headers['set-cookie'] ?? []), route.cookie];
  }
  return headers;
}

function refuse(response: ServerResponse, status: 502 | 503, why: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
  response.end(`${status}: ${why}\n`);
}

function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, route: Route): void {
  const { upstream } = route;
  if (upstream.port === undefined) {
    refuseUpgrade(socket, 502);
    return;
  }
  upstream.hold(socket);
  const outgoing = http.request({
    host: '127.0.0.1',
    port: upstream.port,
    method: request.method,
    path: request.url,
    headers: { ...forApp(request), connection: 'Upgrade', upgrade: request.headers.upgrade },
    setHost: false,
    agent: false,
  });
  socket.once('close', () => outgoing.destroy());
  outgoing.on('error', () => refuseUpgrade(socket, 502));
  outgoing.on('upgrade', (incoming, connection, firstBytes) => {
    const { connection: hop, upgrade: protocol } = incoming.headers;
    socket.write(
      messageHead(incoming, { ...forClient(incoming, route), connection: hop, upgrade: protocol }),
    );
    if (firstBytes.length > 0) socket.write(firstBytes);
    if (head.length > 0) connection.write(head);
    pipeline(socket, connection, socket, () => {
      socket.destroy();
      connection.destroy();
    });
  });
  outgoing.on('response', (incoming) => {
    socket.write(messageHead(incoming, { ...forClient(incoming, route), connection: 'close' }));
    pipeline(incoming, socket, () => {});
  });
  outgoing.end();
}

function messageHead(incoming: IncomingMessage, headers: http.OutgoingHttpHeaders): string {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((one) => `${name}: ${one}`),
  );
  return [`HTTP/1.1 ${incoming.statusCode} ${incoming.statusMessage}`, ...lines, '', ''].join('\r\n');
}

function refuseUpgrade(socket: Duplex, status: 502 | 503): void {
  if (!socket.destroyed) {
    socket.end(
      `HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
    );
  }
}
