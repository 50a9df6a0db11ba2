import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import type { ProbeRequest } from '../../../src/ports/prober.ts';
import { httpProber } from '../../../src/probes/http.ts';

/** Real servers on real ports, each as nasty as its test wants it. */
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function listen(server: net.Server, scheme = 'http'): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  closers.push(() => server.close());
  return `${scheme}://127.0.0.1:${(server.address() as net.AddressInfo).port}/`;
}

/** Writes bytes of its own choice to whoever asks, once the head of the request has come. */
const raw = (answer: (socket: net.Socket, head: string) => void) =>
  listen(
    net.createServer((socket) => {
      closers.push(() => socket.destroy());
      socket.on('error', () => {});
      socket.once('data', (head) => answer(socket, head.toString()));
    }),
  );

const serve = (listener: http.RequestListener) => {
  const server = http.createServer(listener);
  closers.push(() => server.closeAllConnections());
  return listen(server);
};

const probe = (url: string, more: Partial<ProbeRequest> = {}, signal = new AbortController().signal) =>
  httpProber.probe(
    { method: 'GET', url, headers: {}, timeoutMs: 10_000, bodyLimit: 10_000, ...more },
    signal,
  );

/** What a probe came to, without the time it took. */
const outcome = async (...args: Parameters<typeof probe>) => {
  const { durationMs, ...rest } = await probe(...args);
  expect(durationMs).toBeGreaterThan(0);
  return rest;
};

test('hands over status, headers in lower case and body', async () => {
  const url = await serve((request, response) => {
    response.writeHead(201, {
      'X-Asked': `${request.method} ${request.headers['x-bypass']}`,
      'set-cookie': ['a=1', 'b=2'],
    });
    response.end('héllo');
  });
  expect(await outcome(url, { headers: { 'x-bypass': 'sesame' } })).toMatchObject({
    kind: 'answered',
    status: 201,
    headers: { 'x-asked': 'GET sesame', 'set-cookie': 'a=1, b=2' },
    body: 'héllo',
    bodyCut: false,
  });
});

test('opens a connection for each request and keeps none', async () => {
  const sockets = new Set<net.Socket>();
  const url = await serve((request, response) => {
    sockets.add(request.socket);
    response.end();
  });
  await probe(url);
  await probe(url);
  expect(sockets.size).toBe(2);
  await expect.poll(() => [...sockets].every((socket) => socket.destroyed)).toBe(true);
});

test('does not follow a redirect', async () => {
  const url = await serve((_request, response) => response.writeHead(302, { location: '/' }).end());
  expect(await outcome(url)).toMatchObject({ kind: 'answered', status: 302, headers: { location: '/' } });
});

test('reads answers without a body', async () => {
  const url = await serve((request, response) => {
    if (request.method === 'HEAD')
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': '500' });
    else response.writeHead(204, { 'content-encoding': 'gzip' });
    response.end();
  });
  expect(await outcome(url)).toMatchObject({ kind: 'answered', status: 204, body: '' });
  expect(await outcome(url, { method: 'HEAD' })).toMatchObject({ kind: 'answered', status: 200, body: '' });
});

test('reads HTTP/1.0, where the end of the connection is the end of the body', async () => {
  const url = await raw((socket) => socket.end('HTTP/1.0 200 OK\r\nX-Old: yes\r\n\r\nold but good'));
  expect(await outcome(url)).toMatchObject({
    kind: 'answered',
    body: 'old but good',
    headers: { 'x-old': 'yes' },
  });
});

test.each([
  ['gzip', gzipSync('packed')],
  ['GZIP', gzipSync('packed')],
  ['br', brotliCompressSync('packed')],
])('unpacks %s', async (encoding, packed) => {
  const url = await serve((_request, response) =>
    response.writeHead(200, { 'content-encoding': encoding }).end(packed),
  );
  expect(await outcome(url)).toMatchObject({ kind: 'answered', body: 'packed' });
});

test('cuts a body that is longer than the limit, and one of just that length not', async () => {
  const url = await serve((_request, response) => response.end('x'.repeat(10_000)));
  expect(await outcome(url)).toMatchObject({ bodyCut: false });
  expect(await outcome(url, { bodyLimit: 9_999 })).toMatchObject({ body: 'x'.repeat(9_999), bodyCut: true });
});

test('stops reading a body that never ends', async () => {
  const url = await serve((_request, response) => {
    const pour = () => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
    };
    response.on('drain', pour);
    pour();
  });
  expect(await outcome(url)).toMatchObject({ kind: 'answered', bodyCut: true });
});

test('stops unpacking a gzip bomb at the limit', async () => {
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
  const url = await serve((_request, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
  );
  const before = process.memoryUsage().arrayBuffers;
  const answer = await outcome(url);
  expect(answer).toMatchObject({ kind: 'answered', bodyCut: true });
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024);
});

const STATUS = 'HTTP/1.1 200 OK\r\n';
test.each<[string, (socket: net.Socket) => void, string]>([
  ['headers that never come', () => {}, 'no whole answer within 150 ms'],
  [
    'a body that never comes',
    (socket) => socket.write(`${STATUS}content-length: 5\r\n\r\n`),
    'no whole answer within 150 ms',
  ],
  [
    'a body that drips for ever',
    (socket) => {
      socket.write(`${STATUS}transfer-encoding: chunked\r\n\r\n`);
      const drip = setInterval(() => socket.write('1\r\nx\r\n'), 10);
      socket.on('close', () => clearInterval(drip));
    },
    'no whole answer within 150 ms',
  ],
  [
    'headers that drip for ever',
    (socket) => {
      socket.write(STATUS);
      const drip = setInterval(() => socket.write('x-a: b\r\n'), 20);
      socket.on('close', () => clearInterval(drip));
    },
    'no whole answer within 150 ms',
  ],
  [
    'interim answers without end',
    (socket) => {
      const drip = setInterval(() => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'), 20);
      socket.on('close', () => clearInterval(drip));
    },
    'no whole answer within 150 ms',
  ],
])('gives up on %s', async (_name, answer, reason) => {
  const url = await raw(answer);
  expect(await outcome(url, { timeoutMs: 150 })).toEqual({ kind: 'unreachable', reason });
});

const CLOSED = 'the connection was closed before the whole answer had come';
test.each<[string, (socket: net.Socket) => void, string]>([
  ['closed without a word', (socket) => socket.end(), CLOSED],
  ['reset without a word', (socket) => socket.resetAndDestroy(), CLOSED],
  [
    'reset in the middle of the body',
    (socket) => socket.write(`${STATUS}content-length: 99\r\n\r\nhalf`, () => socket.resetAndDestroy()),
    CLOSED,
  ],
  [
    'a body shorter than its length',
    (socket) => socket.end(`${STATUS}content-length: 99\r\n\r\nshort`),
    CLOSED,
  ],
  [
    'chunks that break off',
    (socket) => socket.end(`${STATUS}transfer-encoding: chunked\r\n\r\n5\r\nab`),
    CLOSED,
  ],
  [
    'a chunk length that is none, after good headers',
    (socket) => socket.write(`${STATUS}transfer-encoding: chunked\r\n\r\nzz\r\n`),
    '',
  ],
  [
    'not HTTP',
    (socket) => socket.write('SSH-2.0-OpenSSH_9.9\r\n'),
    'the answer is not HTTP (HPE_INVALID_CONSTANT)',
  ],
  [
    'two lengths',
    (socket) => socket.write(`${STATUS}content-length: 1\r\ncontent-length: 2\r\n\r\na`),
    'the answer is not HTTP (HPE_UNEXPECTED_CONTENT_LENGTH)',
  ],
  [
    'headers without end',
    (socket) => socket.write(`${STATUS}${'x-a: b\r\n'.repeat(20_000)}`),
    'the answer has too many or too long headers',
  ],
  [
    'gzip that is none',
    (socket) => socket.end(`${STATUS}content-encoding: gzip\r\ncontent-length: 4\r\n\r\nnope`),
    'the answer is not compressed as it says',
  ],
  [
    'gzip that breaks off',
    (socket) => {
      const half = gzipSync('x'.repeat(500)).subarray(0, 20);
      socket.write(`${STATUS}content-encoding: gzip\r\ncontent-length: ${half.length}\r\n\r\n`);
      socket.end(half);
    },
    'the compressed answer ends too early',
  ],
  [
    'gzip that is reset in the middle',
    (socket) => {
      socket.write(`${STATUS}content-encoding: gzip\r\ncontent-length: 5000\r\n\r\n`);
      socket.write(gzipSync('x'.repeat(500)).subarray(0, 20), () => socket.resetAndDestroy());
    },
    CLOSED,
  ],
  [
    'a change of protocol',
    (socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
    CLOSED,
  ],
])('says in words: %s', async (_name, answer, reason) => {
  const url = await raw(answer);
  const seen = await outcome(url);
  expect(seen).toMatchObject({ kind: 'unreachable', reason: expect.stringContaining(reason) });
  expect(seen.kind === 'unreachable' && seen.reason).not.toBe('');
});

test('leaves out what stands behind the length of the body', async () => {
  const url = await raw((socket) =>
    socket.end(`${STATUS}content-length: 2\r\n\r\nokHTTP/1.1 500 Evil\r\n\r\n`),
  );
  expect(await outcome(url)).toMatchObject({ kind: 'answered', status: 200, body: 'ok' });
});

test('says that nobody listens', async () => {
  const url = await listen(net.createServer());
  for (const close of closers.splice(0)) close();
  await expect
    .poll(() => outcome(url))
    .toEqual({ kind: 'unreachable', reason: 'the connection was refused' });
});

test('says that a host is not known', async () => {
  const { kind, ...rest } = await outcome('http://no-such-host.invalid/');
  expect(kind).toBe('unreachable');
  expect(JSON.stringify(rest)).toMatch(/host name/);
});

test('does not trust a certificate that is self-signed', async () => {
  const pem = (name: string) => readFile(new URL(`../../fixtures/tls/self-signed.${name}`, import.meta.url));
  const server = https.createServer(
    { key: await pem('key'), cert: await pem('crt') },
    (_request, response) => {
      response.end('you should not read this');
    },
  );
  closers.push(() => server.closeAllConnections());
  expect(await outcome(await listen(server, 'https'))).toEqual({
    kind: 'unreachable',
    reason: 'the certificate is self-signed',
  });
});

test('says that a server does not speak TLS', async () => {
  const url = await serve((_request, response) => response.end());
  const seen = await outcome(url.replace('http:', 'https:'));
  expect(seen).toMatchObject({ kind: 'unreachable', reason: expect.stringContaining('TLS') });
});

test('refuses a header with a line break and does not repeat it', async () => {
  const url = await serve((_request, response) => response.end());
  const seen = await outcome(url, { headers: { 'x-bypass': 'sesame\r\nx-evil: 1' } });
  expect(seen).toEqual({
    kind: 'unreachable',
    reason: 'a request header has a character that HTTP does not allow',
  });
});

test('uses no proxy of the environment', async () => {
  const asked: string[] = [];
  const proxy = await serve((request, response) => {
    asked.push(request.url ?? '');
    response.end('from the proxy');
  });
  const url = await serve((_request, response) => response.end('from the app'));
  const before = { ...process.env };
  Object.assign(process.env, {
    HTTP_PROXY: proxy,
    http_proxy: proxy,
    NODE_USE_ENV_PROXY: '1',
    NO_PROXY: '',
    no_proxy: '',
  });
  try {
    expect(await outcome(url)).toMatchObject({ body: 'from the app' });
  } finally {
    for (const name of ['HTTP_PROXY', 'http_proxy', 'NODE_USE_ENV_PROXY', 'NO_PROXY', 'no_proxy']) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
  expect(asked).toEqual([]);
});

test('a cancel ends the request with its reason and closes the connection', async () => {
  const cancel = new AbortController();
  let closed = false;
  const url = await raw((socket) => {
    socket.on('close', () => {
      closed = true;
    });
    cancel.abort(new Error('cancelled by hand'));
  });
  await expect(probe(url, {}, cancel.signal)).rejects.toThrow('cancelled by hand');
  await expect.poll(() => closed).toBe(true);
  await expect(probe(url, {}, cancel.signal)).rejects.toThrow('cancelled by hand');
});
