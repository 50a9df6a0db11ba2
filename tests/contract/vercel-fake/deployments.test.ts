import { lstat, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Servable } from '../../../rehearsal/vercel/serving.ts';
import { serveStatic } from '../../../rehearsal/vercel/static-server.ts';
import { openScene, pageOf, type Scene, sha1 } from './scene.ts';

let scene: Scene;
afterEach(async () => {
  expect(scene.fake.problems).toEqual([]);
  await scene.fake.close();
});

const CREATE = '/v13/deployments?prebuilt=1';
const asked = (files: readonly unknown[]) => ({ name: 'shop', target: 'production', files });

describe('files', () => {
  test('those that are missing are named, and taken once their digest is right', async () => {
    scene = await openScene();
    const first = await scene.api('POST', CREATE, asked([pageOf('one'), pageOf('two')]));
    expect([first.status, first.body.error?.code, first.body.error?.missing]).toEqual([
      400,
      'missing_files',
      [sha1('one'), sha1('two')],
    ]);
    await scene.upload('one');
    const second = await scene.api('POST', CREATE, asked([pageOf('one'), pageOf('two')]));
    expect(second.body.error?.missing).toEqual([sha1('two')]);

    const wrong = await fetch(`${scene.fake.url}/v2/files?slug=acme`, {
      method: 'POST',
      headers: { authorization: `Bearer ${scene.token}`, 'x-now-digest': sha1('two') },
      body: 'tow',
    });
    expect(wrong.status).toBe(400);
    await scene.upload('two');
    expect((await scene.api('POST', CREATE, asked([pageOf('two')]))).status).toBe(200);
  });

  test('a size that is not that of the content is refused, and so is a path that leaves the root', async () => {
    scene = await openScene();
    await scene.upload('one');
    const sized = await scene.api('POST', CREATE, asked([{ ...pageOf('one'), size: 4 }]));
    expect(sized.status).toBe(400);
    const outside = await scene.api('POST', CREATE, asked([{ ...pageOf('one'), file: '../etc' }]));
    expect(outside.status).toBe(400);
  });

  test('more than 15,000 are refused', async () => {
    scene = await openScene();
    const files = Array.from({ length: 15_001 }, (_, index) => ({
      file: `${index}`,
      sha: sha1('x'),
      size: 1,
    }));
    const reply = await scene.api('POST', CREATE, asked(files));
    expect(reply.body.error?.message).toBe(
      'Invalid request: `files` should NOT have more than 15000 items, received 15001.',
    );
  });

  test('reach the server as .vercel/output, with symlinks and the executable bit', async () => {
    const seen: Servable[] = [];
    scene = await openScene({
      serve: (deployment) => {
        seen.push(deployment);
        return serveStatic(deployment);
      },
    });
    await scene.upload('code');
    await scene.upload('a.func');
    const file = (name: string, text: string, mode: number) => ({
      file: `.vercel/output/${name}`,
      sha: sha1(text),
      size: text.length,
      mode,
    });
    const id = await scene.stage('page', {
      files: [
        file('functions/a.func/index.js', 'code', 0o100755),
        file('functions/b.func', 'a.func', 0o120777),
        { file: 'README.md', data: 'not part of the output', encoding: 'utf-8' },
      ],
    });
    expect(seen).toEqual([]);
    await fetch(`http://${(await scene.api('GET', `/v13/deployments/${id}`)).body.url}`);
    const directory = seen[0]?.directory ?? '';
    expect(await readlink(join(directory, 'functions/b.func'))).toBe('a.func');
    expect(await readFile(join(directory, 'functions/b.func/index.js'), 'utf8')).toBe('code');
    expect((await lstat(join(directory, 'functions/a.func/index.js'))).mode & 0o111).not.toBe(0);
    await expect(lstat(join(directory, 'README.md'))).rejects.toThrow(/ENOENT/);
    expect(seen[0]?.environment).toMatchObject({ VERCEL_ENV: 'production', VERCEL_DEPLOYMENT_ID: id });
  });
});

describe('builds', () => {
  test('go on with every look, and end as they were told to', async () => {
    scene = await openScene();
    scene.fake.faults.build({
      state: 'ERROR',
      message: 'No such module',
      logs: ['Building…', 'No such module'],
    });
    const id = await scene.create('page');
    const look = async () => (await scene.api('GET', `/v13/deployments/${id}`)).body.readyState;
    expect([await look(), await look(), await look()]).toEqual(['QUEUED', 'BUILDING', 'ERROR']);
    const { body } = await scene.api('GET', `/v3/deployments/${id}/events?direction=forward`);
    expect(JSON.stringify(body)).toContain('No such module');
    expect((await scene.api('POST', `/v10/projects/shop/promote/${id}`)).status).toBe(422);
  });

  test('a canceled one stays so, and a ready one cannot be canceled', async () => {
    scene = await openScene();
    const id = await scene.create('page');
    expect((await scene.api('PATCH', `/v12/deployments/${id}/cancel`)).body.readyState).toBe('CANCELED');
    scene.fake.settle();
    expect((await scene.api('GET', `/v13/deployments/${id}`)).body.readyState).toBe('CANCELED');
    const ready = await scene.stage('page');
    expect((await scene.api('PATCH', `/v12/deployments/${ready}/cancel`)).status).toBe(400);
  });

  test('production takes the domains by itself, unless told otherwise', async () => {
    scene = await openScene();
    const first = await scene.stage('first', { autoAssignCustomDomains: true });
    const second = await scene.stage('second');
    expect(scene.project.live()).toBe(first);
    expect(scene.project.deployments().map((one) => one.substate)).toEqual(['PROMOTED', 'STAGED']);
    expect(await scene.page()).toBe('first');
    expect(await (await fetch(scene.project.deployments()[1]?.origin ?? '')).text()).toBe('second');
    expect(second).toMatch(/^dpl_/);
  });

  test('a custom environment has its own domain and variables', async () => {
    scene = await openScene(
      {},
      {
        customEnvironments: [{ slug: 'staging', domains: 1 }],
        variables: [
          { key: 'WHERE', value: 'staging', target: ['staging'] },
          { key: 'WHERE', value: 'production', target: ['production'] },
        ],
      },
    );
    await scene.stage('page', { target: undefined, customEnvironmentSlugOrId: 'staging' });
    const origin = scene.project.environmentDomains.staging?.[0] ?? '';
    expect(await (await fetch(`${origin}/__environment`)).json()).toMatchObject({
      WHERE: 'staging',
      VERCEL_ENV: 'preview',
      VERCEL_TARGET_ENV: 'staging',
    });
    const none = await scene.api('POST', CREATE, { name: 'shop', customEnvironmentSlugOrId: 'none' });
    expect(none.status).toBe(404);
  });
});

describe('the list', () => {
  test('is filtered by project, target, state and meta, and cut into pages', async () => {
    scene = await openScene();
    const ids: string[] = [];
    for (const digest of ['a', 'b', 'a']) ids.unshift(await scene.stage('page', { meta: { digest } }));
    await scene.stage('page', { target: undefined, meta: { digest: 'a' } });
    const list = async (query: string) => {
      const { body } = await scene.api('GET', `/v7/deployments?projectId=${scene.project.id}&${query}`);
      const { deployments } = body as unknown as { deployments: { uid: string }[] };
      return { ids: deployments.map((one) => one.uid), pagination: body.pagination };
    };
    expect((await list('target=production&meta-digest=a')).ids).toEqual([ids[0], ids[2]]);
    expect((await list('target=production&state=ERROR,CANCELED')).ids).toEqual([]);
    const first = await list('target=production&limit=2');
    expect(first.ids).toEqual(ids.slice(0, 2));
    const rest = await list(`target=production&limit=2&until=${first.pagination?.next}`);
    expect(rest.ids).toEqual(ids.slice(2));
    expect(rest.pagination?.next).toBeNull();
  });

  test('a deleted deployment is gone, but the live one stays', async () => {
    scene = await openScene();
    const live = await scene.live('live');
    const other = await scene.stage('other');
    const origin = scene.project.deployments()[1]?.origin ?? '';
    expect((await scene.api('DELETE', `/v13/deployments/${live}`)).status).toBe(400);
    expect((await scene.api('DELETE', `/v13/deployments/${other}`)).status).toBe(200);
    expect((await scene.api('GET', `/v13/deployments/${other}`)).status).toBe(404);
    expect((await fetch(origin)).status).toBe(404);
  });
});

describe('allowances', () => {
  test("a day's deployments on hobby end at 100 and come back after 24 hours", async () => {
    scene = await openScene({ now: () => 1_700_000_000_000 }, { plan: 'hobby' });
    await scene.upload('page');
    const create = () => scene.api('POST', CREATE, asked([pageOf('page')]));
    for (let made = 0; made < 100; made += 1) expect((await create()).status).toBe(200);
    const refused = await create();
    expect([refused.status, refused.body.error?.code]).toEqual([429, 'rate_limited']);
    expect(Object.fromEntries(refused.headers)).toMatchObject({
      'retry-after': '86400',
      'x-ratelimit-reset': String(1_700_000_000 + 86_400),
      'x-ratelimit-remaining': '0',
    });
    scene.fake.clock.advance(86_400_000);
    expect((await create()).status).toBe(200);
  });
});
