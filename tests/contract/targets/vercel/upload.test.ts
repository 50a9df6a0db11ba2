import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../../../src/ports/clock.ts';
import { connectVercel } from '../../../../src/targets/vercel/api.ts';
import { type DeployedFile, inventory, listFiles } from '../../../../src/targets/vercel/files.ts';
import { type UploadOptions, uploadFiles } from '../../../../src/targets/vercel/upload.ts';
import { memoryLog, NEVER, quickClock } from './staging-host.ts';
import { failureOf } from './staging-scene.ts';

type Handler = (request: IncomingMessage, body: Buffer, response: ServerResponse) => void;

let folder: string;
let server: Server;
let handle: Handler;
/** Digests in the order they were asked to be taken. */
let asked: string[];
let sockets: Set<unknown>;
let busy: number;
let mostBusy: number;

const accept: Handler = (_request, _body, response) => response.end('[]');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'upload-'));
  [asked, sockets, busy, mostBusy, handle] = [[], new Set(), 0, 0, accept];
  server = createServer((request, response) => {
    sockets.add(request.socket);
    asked.push(String(request.headers['x-vercel-digest']));
    busy += 1;
    mostBusy = Math.max(mostBusy, busy);
    response.on('close', () => {
      busy -= 1;
    });
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => handle(request, Buffer.concat(pieces), response));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  await rm(folder, { recursive: true });
});

const filesOf = async (directory: string) => inventory(directory, await listFiles(directory), '', NEVER);

async function someFiles(count: number): Promise<readonly DeployedFile[]> {
  await Promise.all(
    Array.from({ length: count }, (_, index) => writeFile(join(folder, `f${index}.txt`), `content ${index}`)),
  );
  return filesOf(folder);
}

const log = memoryLog();
function upload(
  files: readonly DeployedFile[],
  options: UploadOptions = {},
  signal = NEVER,
  clock: Clock = quickClock(),
): Promise<void> {
  const { port } = server.address() as AddressInfo;
  const api = connectVercel({ token: 'secret', team: 'acme', apiUrl: `http://127.0.0.1:${port}`, clock });
  return uploadFiles({ api, log, clock }, files, signal, options);
}

/** Answers the first `times` requests so, and takes the rest. */
function first(times: number, answer: Handler): Handler {
  let left = times;
  return (...call) => {
    left -= 1;
    (left >= 0 ? answer : accept)(...call);
  };
}

const refuse =
  (
    status: number,
    headers: Record<string, string> = {},
    body = '{"error":{"code":"no","message":"No."}}',
  ): Handler =>
  (_request, _body, response) =>
    response.writeHead(status, headers).end(body);

describe('uploading', () => {
  it('keeps so many connections open, and no more', async () => {
    const files = await someFiles(60);
    const held: ServerResponse[] = [];
    // Nobody is answered before seven ask: fewer at once would never end.
    handle = (_request, _body, response) => {
      held.push(response);
      if (held.length < 7 && asked.length < 60) return;
      for (const one of held.splice(0)) one.end('[]');
    };
    await upload(files, { atOnce: 7 });
    expect(new Set(asked).size).toBe(60);
    expect(mostBusy).toBe(7);
    expect(sockets.size).toBe(7);
  });

  it('sends each content whole, under its digest, for the team', async () => {
    const big = Buffer.alloc(3 * 1024 * 1024, 'airlock');
    await writeFile(join(folder, 'big.bin'), big);
    await writeFile(join(folder, 'empty.txt'), '');
    const got = new Map<string, { length: number; headers: IncomingMessage['headers']; url: string }>();
    handle = (request, body, response) => {
      const digest = createHash('sha1').update(body).digest('hex');
      got.set(digest, { length: body.length, headers: request.headers, url: request.url ?? '' });
      response.end('[]');
    };
    const files = await filesOf(folder);
    await upload(files);
    expect([...got.values()].map(({ length }) => length).toSorted()).toEqual([0, big.length]);
    for (const file of files) {
      expect(got.get(file.sha1)).toMatchObject({
        url: '/v2/files?slug=acme',
        headers: {
          'x-vercel-digest': file.sha1,
          'content-length': String(file.size),
          authorization: 'Bearer secret',
        },
      });
    }
  });

  it.each([500, 502, 503])('tries again after %i, with growing pauses', async (status) => {
    const clock = quickClock();
    handle = first(4, refuse(status));
    await upload(await someFiles(1), {}, NEVER, clock);
    expect(asked).toHaveLength(5);
    clock.slept.forEach((pause, index) => {
      expect(pause).toBeGreaterThanOrEqual(250 * 2 ** index);
      expect(pause).toBeLessThanOrEqual(500 * 2 ** index);
    });
    expect(clock.slept).toHaveLength(4);
  });

  it('tries again after a lost connection and after silence', async () => {
    handle = first(1, (request) => request.socket.destroy());
    await upload(await someFiles(1));
    expect(asked).toHaveLength(2);
    handle = first(1, () => {});
    await upload(await someFiles(1), { silenceMs: 50 });
    expect(asked).toHaveLength(4);
  });

  it('names the file that does not get through', async () => {
    handle = refuse(503);
    const failure = await failureOf(upload(await someFiles(1)));
    expect(failure.code).toBe('VERCEL_UPLOAD_FAILED');
    expect(failure.message).toContain('f0.txt');
    expect(failure.message).toContain('status 503');
    expect(asked).toHaveLength(6);
  });

  it('fails at once where Vercel sees another content than was announced', async () => {
    handle = refuse(400, {}, '{"error":{"code":"bad_request","message":"File digest does not match"}}');
    const failure = await failureOf(upload(await someFiles(1)));
    expect(failure).toMatchObject({ code: 'VERCEL_UPLOAD_REFUSED' });
    expect(failure.message).toContain('f0.txt: File digest does not match (bad_request)');
    expect(asked).toHaveLength(1);
  });

  it('stops the other uploads when one fails, and hands on what failed first', async () => {
    handle = first(1, refuse(402));
    const failure = await failureOf(upload(await someFiles(40), { atOnce: 1 }));
    expect(failure.code).toBe('VERCEL_PLAN');
    expect(asked).toHaveLength(1);
  });

  it.each([
    ['retry-after', { 'retry-after': '7' }, 7_000],
    ['x-ratelimit-reset', { 'x-ratelimit-reset': String(Math.ceil(Date.now() / 1000) + 60) }, 40_000],
  ])('holds every connection for as long as %s says', async (_name, headers, atLeast) => {
    const files = await someFiles(30);
    const gate = Promise.withResolvers<void>();
    const sleeps: number[] = [];
    let ahead = 0;
    // Time stands still until the test lets it go on.
    const clock: Clock = {
      now: () => new Date(Date.now() + ahead),
      async sleep(milliseconds) {
        sleeps.push(milliseconds);
        await gate.promise;
        ahead = Math.max(ahead, milliseconds);
      },
    };
    handle = first(1, refuse(429, headers));
    const uploading = upload(files, { atOnce: 5 }, NEVER, clock);
    await expect.poll(() => sleeps.length).toBe(5);
    const before = asked.length;
    // One refused, and one more for each of the others at most that was on its way.
    expect(before).toBeLessThan(30);
    await turn();
    expect(asked).toHaveLength(before);
    for (const pause of sleeps) expect(pause).toBeGreaterThan(atLeast - 1_000);
    gate.resolve();
    await uploading;
    expect(new Set(asked).size).toBe(30);
    expect(asked).toHaveLength(31);
  });

  it('does not wait for a limit that lasts for hours', async () => {
    handle = refuse(429, { 'retry-after': '7200' });
    const failure = await failureOf(upload(await someFiles(3)));
    expect(failure.code).toBe('VERCEL_RATE_LIMITED');
    expect(failure.next).toContain('what was uploaded is kept');
  });

  it('gives up on a limit that lets nothing through however long it waits', async () => {
    handle = refuse(429, { 'retry-after': '1' });
    expect((await failureOf(upload(await someFiles(3)))).code).toBe('VERCEL_RATE_LIMITED');
    expect(asked.length).toBeLessThan(60);
  });

  it('ends when it is cancelled, and leaves no connection behind', { timeout: 3_000 }, async () => {
    handle = () => {};
    const cancel = new AbortController();
    const uploading = upload(await someFiles(20), { atOnce: 10 }, cancel.signal);
    await expect.poll(() => busy).toBe(10);
    cancel.abort(new Error('enough'));
    await expect(uploading).rejects.toThrow('enough');
    await expect.poll(() => busy).toBe(0);
    expect(asked).toHaveLength(10);
  });

  it('tells how far it is every two seconds at most', async () => {
    let now = 0;
    const clock: Clock = { now: () => new Date(now), sleep: async () => {} };
    handle = (_request, _body, response) => {
      now += 500;
      response.end('[]');
    };
    log.lines.length = 0;
    await upload(await someFiles(20), { atOnce: 1 }, NEVER, clock);
    expect(log.lines).toHaveLength(6);
    expect(log.lines[0]).toBe('Uploaded 4 of 20 files, 38 B of 190 B, 2 files a second.');
    expect(log.lines.at(-1)).toBe('Uploaded 20 of 20 files, 190 B of 190 B, 2 files a second.');
  });
});
