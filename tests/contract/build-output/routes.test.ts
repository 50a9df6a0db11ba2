// The routing rules of https://vercel.com/docs/build-output-api/configuration#routes, one by one. Where a
// rule is not written there, its test names the source of Vercel's own that has it.
import { expect, test } from 'vitest';
import { sayer, serveWritten, type Written } from './output.ts';

const FILES = {
  'static/index.html': 'home',
  'static/robots.txt': 'robots',
  'static/blog/index.html': 'blog',
  'static/404.html': 'lost',
};

/** Serves the files with these routes and asks for one address. */
async function ask(
  routes: readonly object[],
  path: string,
  options: { method?: string; headers?: Record<string, string> } = {},
  more: Written = {},
) {
  const { ask } = await serveWritten({ routes, ...more, files: { ...FILES, ...more.files } });
  return ask(path, options);
}

test('without routes, files answer at their own names and an index for its folder', async () => {
  const { ask } = await serveWritten({ files: FILES });
  for (const [path, body] of [
    ['/', 'home'],
    ['/robots.txt?x=1', 'robots'],
    ['/blog', 'blog'],
    ['/blog/', 'blog'],
    ['/blog/index.html', 'blog'],
  ] as const) {
    expect(await ask(path), path).toMatchObject({ status: 200, body });
  }
  expect((await ask('/robots.txt')).headers['content-type']).toBe('text/plain; charset=utf-8');
  for (const path of [
    '/nowhere',
    '/../config.json',
    '/%2e%2e/config.json',
    '/..%2fconfig.json',
    '/%zz',
    '//x.example/robots.txt',
  ])
    expect((await ask(path)).status, path).toBe(404);
  expect((await ask('/nowhere')).headers['x-vercel-error']).toBe('NOT_FOUND');
});

test('a file answers to GET and HEAD only', async () => {
  expect(await ask([], '/robots.txt', { method: 'HEAD' })).toMatchObject({
    status: 200,
    body: '',
    headers: { 'content-length': '6' },
  });
  expect((await ask([], '/robots.txt', { method: 'POST' })).status).toBe(405);
});

test('src is held against the whole path, in any case unless caseSensitive', async () => {
  const route = { src: '/r', dest: '/robots.txt' };
  expect((await ask([route], '/r')).body).toBe('robots');
  expect((await ask([route], '/R')).body).toBe('robots');
  // https://github.com/vercel/vercel/blob/main/packages/routing-utils/src/index.ts (normalizeRoutes)
  expect((await ask([route], '/rr')).status).toBe(404);
  expect((await ask([{ ...route, caseSensitive: true }], '/R')).status).toBe(404);
});

test('dest and headers take captures by number and by name', async () => {
  const route = {
    src: '/(?<section>[a-z]+)/read/(.*)',
    dest: '/$section/$2',
    headers: { 'X-Section': 'in $1' },
  };
  expect(await ask([route], '/blog/read/index.html')).toMatchObject({
    body: 'blog',
    headers: { 'x-section': 'in blog' },
  });
});

test('a query in dest joins the one that was asked; a function sees the address that was asked', async () => {
  const routes = [{ handle: 'filesystem' }, { src: '/posts/(.*)', dest: '/post?slug=$1&page=1' }];
  const answer = await ask(routes, '/posts/tides?page=2', {}, { files: sayer('post') });
  expect(answer.body).toBe('post saw /posts/tides?page=2&slug=tides');
});

test('status with location redirects', async () => {
  const route = { src: '/old/(.*)', status: 308, headers: { Location: '/new/$1' } };
  expect(await ask([route], '/old/a')).toMatchObject({ status: 308, headers: { location: '/new/a' } });
});

test('status with dest gives the page another status; alone, it ends the request', async () => {
  expect(await ask([{ src: '/gone', dest: '/404.html', status: 410 }], '/gone')).toMatchObject({
    status: 410,
    body: 'lost',
  });
  const { status, body } = await ask([{ src: '/secret/.*', status: 403 }], '/secret/plan');
  expect([status, body]).toEqual([403, '']);
});

test('methods limit a route', async () => {
  const routes = [{ src: '/in', methods: ['POST'], dest: '/form' }];
  const files = sayer('form');
  expect((await ask(routes, '/in', { method: 'POST' }, { files })).body).toBe('form saw /in');
  expect((await ask(routes, '/in', {}, { files })).status).toBe(404);
});

test('continue goes on with the headers, the address and the query it has made', async () => {
  const routes = [
    { src: '/.*', headers: { 'x-all': '1', 'x-who': 'first' }, continue: true },
    { src: '/a/(.*)', dest: '/b/$1', continue: true },
    { src: '/b/(.*)', dest: '/$1', headers: { 'x-who': 'last' } },
    { src: '/.*', headers: { 'x-who': 'never' } },
  ];
  expect(await ask(routes, '/a/robots.txt')).toMatchObject({
    body: 'robots',
    headers: { 'x-all': '1', 'x-who': 'last' },
  });
});

test('has and missing look at host, header, cookie and query, and lend their captures to dest', async () => {
  const has = [
    { type: 'host', value: '.*\\.example' },
    { type: 'header', key: 'X-Tide', value: 'high|low' },
    { type: 'cookie', key: 'user' },
    { type: 'query', key: 'to', value: '(?<file>[a-z]+)' },
  ];
  const route = { src: '/go', has, missing: [{ type: 'header', key: 'x-stay' }], dest: '/$file.txt' };
  const headers = { host: 'shop.example:80', 'x-tide': 'low', cookie: 'a=b; user=ada' };
  expect((await ask([route], '/go?to=robots', { headers })).body).toBe('robots');
  for (const wrong of [{ host: 'x' }, { 'x-tide': 'lowest' }, { cookie: 'users=ada' }, { 'x-stay': '' }])
    expect((await ask([route], '/go?to=robots', { headers: { ...headers, ...wrong } })).status).toBe(404);
  expect((await ask([route], '/go', { headers })).status).toBe(404);
});

test('transforms take a query parameter away', async () => {
  const target = { key: 'internal' };
  const routes = [
    { src: '.*', continue: true, transforms: [{ type: 'request.query', op: 'delete', target }] },
  ];
  const { body } = await ask(routes, '/say?internal=1&open=2', {}, { files: sayer('say') });
  expect(body).toBe('say saw /say?open=2');
});

test('routes before handle: filesystem go before files, those behind it only where there is none', async () => {
  const shadow = { src: '/robots.txt', dest: '/404.html' };
  expect((await ask([shadow, { handle: 'filesystem' }], '/robots.txt')).body).toBe('lost');
  expect((await ask([{ handle: 'filesystem' }, shadow], '/robots.txt')).body).toBe('robots');
});

test('a route that leads to no file lets the next phase look at what was asked; its headers stay', async () => {
  // The order that adapter-vercel relies on for missing assets: headers, filesystem, 404 with other headers.
  const routes = [
    { src: '/assets/.+', headers: { 'cache-control': 'immutable' } },
    { handle: 'filesystem' },
    { src: '/assets/.+', status: 404, headers: { 'cache-control': 'no-store' } },
    { src: '/.*', dest: '/all' },
  ];
  const files = { ...sayer('all'), 'static/assets/a.js': 'a' };
  const there = await ask(routes, '/assets/a.js', {}, { files });
  expect(there).toMatchObject({ status: 200, body: 'a', headers: { 'cache-control': 'immutable' } });
  const gone = await ask(routes, '/assets/b.js', {}, { files });
  expect(gone).toMatchObject({ status: 404, headers: { 'cache-control': 'no-store' } });
  expect((await ask(routes, '/page', {}, { files })).body).toBe('all saw /page');
});

test('check tries the rewrite phase at once where dest is no file, then goes on', async () => {
  const routes = [
    { handle: 'filesystem' },
    { src: '/fr/(.*)', dest: '/$1', check: true },
    { src: '/nothing', dest: '/fallen-through.txt' },
    { handle: 'rewrite' },
    { src: '/read/(.*)', dest: '/blog/$1', check: true },
    { handle: 'resource' },
    { src: '/.*', status: 418 },
  ];
  const files = { 'static/fallen-through.txt': 'fallen through' };
  for (const [path, body] of [
    ['/fr/robots.txt', 'robots'],
    ['/fr/read/index.html', 'blog'],
    ['/read/index.html', 'blog'],
    ['/fr/nothing', 'fallen through'],
  ] as const) {
    expect(await ask(routes, path, {}, { files }), path).toMatchObject({ status: 200, body });
  }
  expect((await ask(routes, '/fr/read/none', {}, { files })).status).toBe(418);
});

test('hit adds headers to what was found, miss looks elsewhere for what was not', async () => {
  const routes = [
    { src: '/robots.txt', headers: { 'x-set': 'before' } },
    { handle: 'hit' },
    { src: '/.*', headers: { 'x-set': 'hit', 'x-hit': '1' }, continue: true },
    { handle: 'miss' },
    { src: '/.*', headers: { 'x-miss': '1' }, continue: true },
    { src: '/cdn/(.*)', dest: '/$1', check: true },
  ];
  const found = (await ask(routes, '/robots.txt')).headers;
  expect([found['x-set'], found['x-hit'], found['x-miss']]).toEqual(['before', '1', undefined]);
  expect(await ask(routes, '/cdn/blog/')).toMatchObject({ body: 'blog', headers: { 'x-miss': '1' } });
  expect((await ask(routes, '/nowhere')).headers['x-hit']).toBeUndefined();
});

test('error gives a page to a status, keeping it', async () => {
  const routes = [
    { src: '/shut', status: 503 },
    { handle: 'error' },
    { src: '/.*', status: 503, dest: '/robots.txt' },
    { src: '/.*', status: 404, dest: '/404.html', headers: { 'x-lost': '1' } },
  ];
  expect(await ask(routes, '/nowhere')).toMatchObject({
    status: 404,
    body: 'lost',
    headers: { 'x-lost': '1' },
  });
  expect(await ask(routes, '/shut')).toMatchObject({ status: 503, body: 'robots' });
});

test('overrides give a file another address and another type', async () => {
  const { ask } = await serveWritten({
    config: {
      overrides: { 'blog/index.html': { path: 'news' }, 'robots.txt': { contentType: 'text/robots' } },
    },
    files: FILES,
  });
  expect(await ask('/news')).toMatchObject({
    body: 'blog',
    headers: { 'content-type': 'text/html; charset=utf-8' },
  });
  expect((await ask('/blog/index.html')).status).toBe(404);
  expect((await ask('/robots.txt')).headers['content-type']).toBe('text/robots');
});
