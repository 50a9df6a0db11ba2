import { afterEach, beforeEach, expect, test } from 'vitest';
import { openScene, type Scene } from './scene.ts';

let scene: Scene;
beforeEach(async () => {
  scene = await openScene();
});
afterEach(async () => {
  expect(scene.fake.problems).toEqual([]);
  await scene.fake.close();
});

const status = async (path: string, token?: string) => {
  const { status, body } = await scene.api('GET', path, undefined, token);
  return [status, body.error?.code];
};

test('no token and a wrong token are both 403, told apart by a flag', async () => {
  const without = await fetch(`${scene.fake.url}/v9/projects/shop`);
  expect([without.status, await without.json()]).toMatchObject([
    403,
    { error: { code: 'forbidden', missingToken: true } },
  ]);
  const wrong = await scene.api('GET', '/v9/projects/shop', undefined, 'vcp_wrong');
  expect([wrong.status, wrong.body.error]).toMatchObject([403, { code: 'forbidden', invalidToken: true }]);
  scene.fake.revokeToken(scene.token);
  expect((await scene.api('GET', '/v9/projects/shop')).body.error?.invalidToken).toBe(true);
});

test('a project is found in its own account alone, by the id or the slug of the team', async () => {
  const own = await scene.fake.addProject({ name: 'mine' });
  const response = await fetch(`${scene.fake.url}/v9/projects/shop`, {
    headers: { authorization: `Bearer ${scene.token}` },
  });
  expect(response.status).toBe(404);
  await response.body?.cancel();
  expect(await status('/v9/projects/mine')).toEqual([404, 'not_found']);
  const team = scene.fake.addTeam({ slug: 'other' });
  expect(await status(`/v9/projects/shop?teamId=${team.id}`)).toEqual([404, 'not_found']);
  expect(await status('/v9/projects/shop?slug=nobody')).toEqual([404, 'team_not_found']);
  const mine = await fetch(`${scene.fake.url}/v9/projects/${own.id}`, {
    headers: { authorization: `Bearer ${scene.token}` },
  });
  expect(mine.status).toBe(200);
  await mine.body?.cancel();
});

test("a team's token reaches its team and no other", async () => {
  scene.fake.addTeam({ slug: 'other' });
  const token = scene.fake.addToken({ scope: 'team', team: 'other' });
  const { status, body } = await scene.api('GET', '/v9/projects/shop', undefined, token);
  expect([status, body.error]).toMatchObject([403, { code: 'forbidden', scope: 'acme' }]);
});

test("a project's token reaches its project, and nothing of a person or of another project", async () => {
  const other = await scene.fake.addProject({ name: 'blog', team: 'acme' });
  const token = scene.fake.addToken({ scope: 'project', project: scene.project.id });
  const id = await scene.stage('page');
  const stranger = scene.fake.addToken({ scope: 'project', project: other.id });
  expect(await status('/v9/projects/shop', token)).toEqual([200, undefined]);
  expect(await status(`/v7/deployments?projectId=${scene.project.id}`, token)).toEqual([200, undefined]);
  expect(await status('/v2/user', token)).toEqual([403, 'forbidden']);
  expect(await status('/v2/teams/acme', token)).toEqual([403, 'forbidden']);
  expect(await status('/v9/projects/blog', token)).toEqual([403, 'forbidden']);
  expect(await status(`/v13/deployments/${id}`, stranger)).toEqual([403, 'forbidden']);
  const created = await scene.api('POST', '/v13/deployments', { name: 'blog', files: [] }, token);
  expect(created.status).toBe(403);
});

test('a name that the account does not know makes a project there: the wrong account looks like a success', async () => {
  const create = (query: string, token?: string) =>
    scene.api('POST', `/v13/deployments?${query}`, { name: 'shop-2', files: [] }, token);
  expect((await create('prebuilt=1')).body.error?.code).toBe('missing_project_settings');
  const token = scene.fake.addToken({ scope: 'project', project: scene.project.id });
  expect((await create('skipAutoDetectionConfirmation=1', token)).status).toBe(403);
  const { status: made, body } = await create('skipAutoDetectionConfirmation=1');
  expect([made, body.projectId === (scene.project.id as unknown)]).toEqual([200, false]);
  expect(await status('/v9/projects/shop-2')).toEqual([200, undefined]);
  const unknown = await scene.api('POST', '/v13/deployments', { name: 'x', project: 'prj_none', files: [] });
  expect(unknown.status).toBe(404);
});

test('the log keeps what was asked, and no secrets', async () => {
  await scene.upload('page');
  await scene.api('GET', '/v9/projects/shop?rollbackInfo=true');
  expect(scene.fake.requests).toEqual([
    {
      operation: 'uploadFile',
      method: 'POST',
      path: '/v2/files?slug=acme',
      status: 200,
      digest: true,
      team: true,
    },
    {
      operation: 'getProject',
      method: 'GET',
      path: '/v9/projects/shop?rollbackInfo=true&slug=acme',
      status: 200,
      digest: false,
      team: true,
    },
  ]);
  expect(JSON.stringify(scene.fake.requests)).not.toContain(scene.token);
});
