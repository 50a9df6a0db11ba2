import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { serve } from './output.ts';

const EMITTED = fileURLToPath(new URL('../../fixtures/build-output/adapter-vercel/', import.meta.url));

test('what adapter-vercel emits is served: a function for all pages, files for the prerendered one', async () => {
  const { ask } = await serve(EMITTED, { environment: { SHOP_VERSION: '1.2.3' } });
  const SECURITY = { 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' };

  const home = await ask('/');
  expect(home).toMatchObject({ status: 200, body: '<h1>Out of the kiln</h1>', headers: SECURITY });
  const version = JSON.parse((await ask('/version')).body);
  expect(version).toMatchObject({ version: '1.2.3' });
  expect(JSON.parse((await ask('/version')).body)).toEqual(version);
  expect(JSON.parse((await ask('/__data.json?x=1')).body).url).toMatch(/\/__data\.json\?x=1$/);
  expect(await ask('/echo', { method: 'POST', body: 'clay' })).toMatchObject({ status: 201, body: 'clay' });

  const story = await ask('/story');
  expect(story).toMatchObject({
    status: 200,
    headers: { 'content-type': 'text/html; charset=utf-8', ...SECURITY },
  });
  expect(story.body).toContain('One kiln');
  expect(await ask('/story/')).toMatchObject({ status: 308, headers: { location: '/story' } });
  expect((await ask('/story/__data.json')).headers['content-type']).toBe('application/json; charset=utf-8');

  expect((await ask('/_app/immutable/chunks/a1b2.js')).headers['cache-control']).toContain('immutable');
  expect(await ask('/_app/immutable/chunks/gone.js')).toMatchObject({
    status: 404,
    headers: { 'cache-control': 'no-store' },
  });
  expect((await ask('//')).status).toBe(404);
  expect(await ask('/nowhere')).toMatchObject({
    status: 404,
    body: 'Nothing on this shelf',
    headers: SECURITY,
  });
});

test('a visitor cannot choose the page of an incremental route by its hidden parameter', async () => {
  const { ask } = await serve(EMITTED);
  expect(JSON.parse((await ask('/version?__pathname=/health')).body)).toMatchObject({ version: 'dev' });
});
