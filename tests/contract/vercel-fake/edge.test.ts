import { generateKeyPairSync, sign } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import type { Serve } from '../../../rehearsal/vercel/serving.ts';
import { openScene, type Scene } from './scene.ts';

let scene: Scene;
afterEach(async () => {
  expect(scene.fake.problems).toEqual([]);
  await scene.fake.close();
});

const SECRET = 'x-vercel-protection-bypass';
const own = () => scene.project.deployments().at(-1)?.origin ?? '';

describe('deployment protection', () => {
  test('guards the address of each deployment, not the production domain', async () => {
    scene = await openScene({}, { protection: 'standard' });
    await scene.live('page');
    expect((await fetch(own())).status).toBe(401);
    expect(await scene.page()).toBe('page');
    await scene.fake.close();
    scene = await openScene({}, { protection: 'all' });
    await scene.live('page');
    expect(await scene.page()).toMatch(/Authentication Required/);
  });

  test('opens to the secret in header or address, and to its cookie', async () => {
    scene = await openScene({}, { protection: 'standard' });
    await scene.stage('page');
    const secret = scene.project.bypassSecret ?? '';
    const visit = (path: string, headers: Record<string, string> = {}) =>
      fetch(`${own()}${path}`, { headers, redirect: 'manual' });
    expect((await visit('/', { [SECRET]: 'wrong' })).status).toBe(401);
    expect((await visit('/', { [SECRET]: secret })).status).toBe(200);
    expect((await visit(`/?${SECRET}=${secret}`)).status).toBe(200);
    const setting = await visit('/a?b=1', { [SECRET]: secret, 'x-vercel-set-bypass-cookie': 'true' });
    expect([setting.status, setting.headers.get('location')]).toEqual([307, '/a?b=1']);
    const cookie = setting.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    expect((await visit('/', { cookie })).status).toBe(200);
  });

  test('the deployment is given the secret it was built with, and never sees that of a visitor', async () => {
    const seen: unknown[] = [];
    scene = await openScene({ serve: echo(seen) }, { protection: 'standard' });
    await scene.stage('page');
    const secret = scene.project.bypassSecret ?? '';
    await fetch(own(), { headers: { [SECRET]: secret } });
    expect(JSON.stringify(seen)).not.toContain(secret);
  });

  test('opens to a token of a trusted issuer, for the right audience and claims, while it is good', async () => {
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const issuer = 'https://token.example.com';
    scene = await openScene(
      {},
      {
        protection: 'standard',
        trustedSources: [
          {
            issuer,
            audience: 'shop',
            claims: { repository: ['acme/shop'] },
            keys: [pair.publicKey.export({ format: 'jwk' })],
          },
        ],
      },
    );
    await scene.stage('page');
    const visit = async (claims: object, key = pair.privateKey) => {
      const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const signed = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ ...good, ...claims })}`;
      const token = `${signed}.${sign('RSA-SHA256', Buffer.from(signed), key).toString('base64url')}`;
      const response = await fetch(own(), { headers: { 'x-vercel-trusted-oidc-idp-token': token } });
      await response.body?.cancel();
      return response.status;
    };
    const exp = Math.floor(Date.now() / 1000) + 60;
    const good = { iss: issuer, aud: 'shop', repository: 'acme/shop', exp };
    expect(await visit({})).toBe(200);
    expect(await visit({ aud: 'blog' })).toBe(401);
    expect(await visit({ repository: 'evil/shop' })).toBe(401);
    expect(await visit({ iss: 'https://evil.example.com' })).toBe(401);
    expect(await visit({ exp: exp - 3600 })).toBe(401);
    expect(await visit({}, stranger.privateKey)).toBe(401);
  });
});

describe('serving', () => {
  test('is started by the first visitor, once, and stopped at the end', async () => {
    const seen: unknown[] = [];
    scene = await openScene({ serve: echo(seen) });
    await scene.live('page');
    expect(seen).toEqual([]);
    await Promise.all([scene.page(), scene.page(), fetch(own()).then((one) => one.text())]);
    expect(seen.filter((one) => one === 'started')).toHaveLength(1);
    await scene.fake.close();
    expect(seen.at(-1)).toBe('closed');
    scene = await openScene();
  });

  test('bodies stream in both directions, and no request fails at a switch', async () => {
    scene = await openScene();
    const first = await scene.live('first');
    const second = await scene.live('second');
    const pages = new Set<string>();
    let visiting = true;
    const visitors = [1, 2, 3].map(async () => {
      while (visiting) {
        const response = await fetch(scene.project.domains[0] ?? '');
        pages.add(`${response.status} ${await response.text()}`);
      }
    });
    for (const id of [first, second, first, second]) {
      scene.fake.promoteByHand(id);
      await expect.poll(async () => scene.page()).toBe(id === first ? 'first' : 'second');
    }
    visiting = false;
    await Promise.all(visitors);
    expect([...pages].toSorted()).toEqual(['200 first', '200 second']);
  });

  test('a body that goes in comes out', async () => {
    scene = await openScene({ serve: echo([]) });
    await scene.live('page');
    const body = 'x'.repeat(300_000);
    const response = await fetch(scene.project.domains[0] ?? '', { method: 'POST', body });
    expect(await response.text()).toBe(body);
  });

  test('a domain without a deployment, and one that is not built yet, say so', async () => {
    scene = await openScene();
    const bare = await fetch(scene.project.domains[0] ?? '');
    expect([bare.status, bare.headers.get('x-vercel-error')]).toEqual([404, 'DEPLOYMENT_NOT_FOUND']);
    await bare.body?.cancel();
    await scene.create('page');
    const early = await fetch(own());
    expect(early.headers.get('x-vercel-error')).toBe('DEPLOYMENT_NOT_READY');
    await early.body?.cancel();
  });
});

/** A server that gives back what it is sent, and notes the headers it saw. */
const echo =
  (seen: unknown[]): Serve =>
  async () => {
    seen.push('started');
    const server: Server = createServer((request, response) => {
      seen.push(request.headers);
      request.pipe(response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return {
      origin: `http://127.0.0.1:${address.port}`,
      close: () =>
        new Promise((closed) => {
          seen.push('closed');
          server.close(() => closed());
          server.closeAllConnections();
        }),
    };
  };
