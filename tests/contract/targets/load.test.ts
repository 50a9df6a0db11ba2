import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { startLoad } from '../../../rehearsal/services/load.ts';
import { eventually } from './local-environment.ts';

let server: Server;
afterEach(() => {
  server.close();
  server.closeAllConnections();
});

/** Load on a server until it has answered or failed this often. */
async function loadOn(app: RequestListener, requests: number) {
  server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const load = startLoad({ url, clients: 3, countBy: 'x-version' });
  await eventually(() => load.count().sent >= requests);
  return load.stop();
}

it('counts every answer, by the header that it was told', async () => {
  let asked = 0;
  const { sent, answered, failed, by } = await loadOn((_request, response) => {
    asked += 1;
    response.setHeader('x-version', asked % 2 === 0 ? 'even' : 'odd').end();
  }, 100);
  expect([answered, failed]).toEqual([sent, 0]);
  expect(asked).toBe(sent);
  expect((by.even ?? 0) + (by.odd ?? 0)).toBe(sent);
});

it('counts as failed what was refused, cut or never answered, with the reason', async () => {
  let asked = 0;
  const { sent, answered, failed, failures } = await loadOn((request, response) => {
    asked += 1;
    if (asked % 3 === 0) response.writeHead(503).end();
    else if (asked % 3 === 1) request.socket.destroy();
    else {
      response.writeHead(200, { 'content-length': '10' });
      response.write('half', () => response.destroy());
    }
  }, 30);
  expect([answered, failed]).toEqual([0, sent]);
  expect(failures['status 503']).toBeGreaterThan(0);
  expect(failures.ECONNRESET).toBeGreaterThan(0);
});
