import { once } from 'node:events';
import http from 'node:http';
import type { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect } from 'vitest';
import { startLoad } from '../../../rehearsal/services/load.ts';
import { lottery } from '../../sample.ts';
import { eventually, LocalUnderTest, NEVER } from './local-environment.ts';

const it = lottery(0.5);

describe('traffic of the local target', () => {
  let local: LocalUnderTest;
  beforeEach(async () => {
    local = await LocalUnderTest.open();
  });
  afterEach(() => local.close());

  it('fails no request through switches, slots used again, weights and a rollback', async () => {
    const target = await local.connect();
    const first = await local.goLive('1.0.0');
    const load = startLoad({ url: local.liveUrl, clients: 8 });
    const flow = async (requests: number) => {
      const { answered } = load.count();
      await eventually(() => load.count().answered >= answered + requests);
    };
    const second = await target.stage(await local.release('2.0.0'), NEVER);
    await flow(300);
    await target.activate(second.id, 100, NEVER);
    await flow(300);
    const third = await target.stage(await local.release('3.0.0'), NEVER);
    for (const weight of [10, 50, 100]) {
      await target.activate(third.id, weight, NEVER);
      await flow(300);
    }
    await target.activate(first, 100, NEVER);
    await flow(300);
    await target.activate(third.id, 100, NEVER);
    await flow(300);

    const { sent, answered, failures, by } = await load.stop();
    expect(failures).toEqual({});
    expect(answered).toBe(sent);
    expect(sent).toBeGreaterThan(2_000);
    expect(new Set(Object.keys(by))).toEqual(new Set([first, second.id, third.id]));
  });

  it('lets requests that began before a switch end, on the release that took them', async () => {
    const target = await local.connect();
    await local.goLive('1.0.0');
    const second = await target.stage(await local.release('2.0.0'), NEVER);
    const slow = fetch(`${local.liveUrl}slow?ms=600`).then((answer) => answer.text());
    // Answered after the slow one was taken: connections are accepted in the order in which they came.
    expect((await local.versionAt(local.liveUrl))?.version).toBe('1.0.0');
    await target.activate(second.id, 100, NEVER);
    // The slot of the first is taken at once; its last request is waited for.
    await target.stage(await local.release('3.0.0'), NEVER);
    expect(await slow).toBe('1.0.0');
  });

  it('carries bodies both ways in a stream and tells the app who asked', async () => {
    await local.goLive('1.0.0');
    const body = 'x'.repeat(3_000_000);
    const echoed = await fetch(`${local.liveUrl}echo`, { method: 'POST', body });
    expect(await echoed.text()).toBe(body);

    const seen = await new Promise<string>((resolve) => {
      http.get(
        `${local.liveUrl}headers`,
        { headers: { host: 'sample.test', connection: 'x-hop', 'x-hop': 'gone', 'x-stays': 'yes' } },
        async (response) => resolve((await response.toArray()).join('')),
      );
    });
    const headers = JSON.parse(seen);
    expect(headers).toMatchObject({
      host: 'sample.test',
      'x-forwarded-host': 'sample.test',
      'x-forwarded-proto': 'http',
      'x-forwarded-for': '127.0.0.1',
      'x-stays': 'yes',
    });
    expect(headers).not.toHaveProperty('x-hop');
  });

  it('answers with the same headers at the staged address as at the live one', async () => {
    const target = await local.connect();
    const staged = await target.stage(await local.release('1.0.0'), NEVER);
    const before = await fetch(staged.url ?? '');
    await target.activate(staged.id, 100, NEVER);
    const after = await fetch(local.liveUrl);
    expect(before.headers.get('x-airlock-deployment')).toBe(staged.id);
    expect([...after.headers.keys()]).toEqual([...before.headers.keys()]);
  });

  it('keeps a websocket on its release through a switch', async () => {
    const target = await local.connect();
    await local.goLive('1.0.0');
    const old = await openSocket(local.port);
    const second = await target.stage(await local.release('2.0.0'), NEVER);
    await target.activate(second.id, 100, NEVER);
    expect(await say(old, 'still here')).toBe('1.0.0:still here');
    const fresh = await openSocket(local.port);
    expect(await say(fresh, 'hello')).toBe('2.0.0:hello');
    old.destroy();
    fresh.destroy();
  });
});

async function openSocket(port: number): Promise<Duplex> {
  const request = http.request({
    host: '127.0.0.1',
    port,
    headers: { connection: 'Upgrade', upgrade: 'echo' },
    agent: false,
  });
  request.end();
  const [response, socket] = (await once(request, 'upgrade')) as [http.IncomingMessage, Duplex];
  expect(response.headers.upgrade).toBe('echo');
  return socket;
}

async function say(socket: Duplex, words: string): Promise<string> {
  socket.write(words);
  const [answer] = await once(socket, 'data');
  return String(answer);
}
