import { once } from 'node:events';
import http, { type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { createProxy } from '../../../src/targets/local/daemon/proxy.ts';
import { Router } from '../../../src/targets/local/daemon/router.ts';
import { Upstream } from '../../../src/targets/local/daemon/upstream.ts';

const open: Server[] = [];
afterEach(() => {
  for (const server of open.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function portOf(server: Server): Promise<number> {
  open.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** A proxy in front of an app, and the connections that the app saw. */
async function proxied(app: RequestListener): Promise<string> {
  const upstream = new Upstream('local-test');
  upstream.port = await portOf(http.createServer(app));
  return `http://127.0.0.1:${await portOf(createProxy(() => ({ upstream })))}/`;
}

it('asks again when the app lets go of a kept connection just as it is used', async () => {
  const seen = new Map<Socket, number>();
  let cut = 0;
  const url = await proxied((request, response) => {
    const requests = (seen.get(request.socket) ?? 0) + 1;
    seen.set(request.socket, requests);
    if (requests > 1) {
      cut += 1;
      request.socket.destroy();
    } else response.end('fresh');
  });
  for (let round = 0; round < 3; round += 1) {
    const answer = await fetch(url);
    expect([answer.status, await answer.text()]).toEqual([200, 'fresh']);
  }
  expect(cut).toBeGreaterThan(0);
});

it('sends what may not be sent twice over a connection of its own, and once', async () => {
  const sockets = new Set<Socket>();
  let requests = 0;
  const url = await proxied((request, response) => {
    requests += 1;
    sockets.add(request.socket);
    request.resume().on('end', () => response.end());
  });
  for (let round = 0; round < 3; round += 1)
    await (await fetch(url, { method: 'POST', body: 'once' })).text();
  expect([requests, sockets.size]).toEqual([3, 3]);
});

it('says 502 when the app goes away before it has answered, also in the middle of a body', async () => {
  const url = await proxied((request) => request.socket.destroy());
  expect((await fetch(url)).status).toBe(502);
  expect((await fetch(url, { method: 'POST', body: 'x'.repeat(100_000) })).status).toBe(502);
});

it('cuts an answer that the app cut, instead of passing it off as whole', async () => {
  const url = await proxied((_request, response) => {
    response.writeHead(200, { 'content-length': '10' });
    response.write('half', () => response.destroy());
  });
  await expect(fetch(url).then((answer) => answer.text())).rejects.toThrow();
});

it('tells the app when the client has left', async () => {
  let left: (() => void) | undefined;
  const hasLeft = new Promise<void>((resolve) => {
    left = resolve;
  });
  const client = new AbortController();
  const url = await proxied((_request, response) => {
    response.once('close', () => left?.());
    client.abort();
  });
  await expect(fetch(url, { signal: client.signal })).rejects.toThrow();
  await hasLeft;
});

it('keeps repeated headers apart and hop-by-hop headers out', async () => {
  const url = await proxied((_request, response) => {
    response.setHeader('set-cookie', ['a=1', 'b=2']);
    response.setHeader('keep-alive', 'timeout=1234');
    response.end('ok');
  });
  const answer = await fetch(url);
  expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  expect(answer.headers.get('keep-alive')).not.toContain('1234');
});

it('routes every bucket by weight, and a nonsense cookie as none', () => {
  const [live, candidate] = [new Upstream('live'), new Upstream('candidate')];
  const router = new Router('preview/7');
  const pick = (cookie?: string) => router.pick({ headers: { cookie } } as IncomingMessage);
  expect(pick()).toBeUndefined();
  router.route(live, undefined);
  expect(pick('airlock-bucket-preview-7=0')).toEqual({ upstream: live });
  router.route(live, { upstream: candidate, weight: 37 });
  const buckets = Array.from({ length: 100 }, (_, bucket) =>
    pick(`x=1; airlock-bucket-preview-7=${bucket}; y=2`),
  );
  expect(buckets.map((route) => route?.upstream.deployment)).toEqual(
    Array.from({ length: 100 }, (_, bucket) => (bucket < 37 ? 'candidate' : 'live')),
  );
  expect(buckets.every((route) => route?.cookie === undefined)).toBe(true);
  for (const cookie of [
    'airlock-bucket-preview-7=100',
    'airlock-bucket-preview-7=-1',
    'airlock-bucket-other=5',
  ]) {
    expect(pick(cookie)?.cookie).toMatch(
      /^airlock-bucket-preview-7=\d{1,2}; Path=\/; HttpOnly; SameSite=Lax$/,
    );
  }
});
