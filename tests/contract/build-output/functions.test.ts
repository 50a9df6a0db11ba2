// https://vercel.com/docs/build-output-api/primitives#vercel-functions
import { expect } from 'vitest';
import { lottery } from '../../sample.ts';
import { func, sayer, serveWritten } from './output.ts';

const test = lottery(0.5);

/** Whether a process is there, or gone and only not yet collected. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('a handler may export fetch, methods, or a listener, also from CommonJS', async () => {
  const { ask } = await serveWritten({
    files: {
      ...func(
        'fetch',
        'export default { fetch: (request) => new Response(request.method + " " + new URL(request.url).pathname) };',
      ),
      ...func(
        'methods',
        'export const POST = async (request) => new Response(await request.text(), { status: 201 });',
      ),
      ...func(
        'listener',
        'export default async (request, response) => { response.statusCode = 202; response.end("listener"); };',
      ),
      'functions/common.func/.vc-config.json': JSON.stringify({
        runtime: 'nodejs24.x',
        handler: 'common.cjs',
        launcherType: 'Nodejs',
      }),
      'functions/common.func/common.cjs': 'exports.default = (request, response) => response.end("common");',
    },
  });
  expect(await ask('/fetch', { method: 'PUT' })).toMatchObject({ status: 200, body: 'PUT /fetch' });
  expect(await ask('/methods', { method: 'POST', body: 'héllo' })).toMatchObject({
    status: 201,
    body: 'héllo',
  });
  expect((await ask('/methods')).status).toBe(405);
  expect(await ask('/listener')).toMatchObject({ status: 202, body: 'listener' });
  expect(await ask('/common')).toMatchObject({ status: 200, body: 'common' });
});

test('index answers for its folder, and a file hides a function of the same address', async () => {
  const { ask } = await serveWritten({
    files: { ...sayer('index'), ...sayer('api/index'), ...sayer('both'), 'static/both': 'file' },
  });
  expect((await ask('/')).body).toBe('index saw /');
  expect((await ask('/api?x=1')).body).toBe('api/index saw /api?x=1');
  expect((await ask('/both')).body).toBe('file');
});

test('links to one folder are one function, in one process', async () => {
  const { ask } = await serveWritten({
    files: func('!/all', 'export default (request, response) => response.end(String(process.pid));'),
    links: { 'functions/a.func': '!/all.func', 'functions/b/c.func': '../!/all.func' },
  });
  const pids = await Promise.all(['/a', '/b/c', '/!/all'].map(async (path) => (await ask(path)).body));
  expect(new Set(pids).size).toBe(1);
});

test('a function sees the environment it was given, and nothing of this machine', async () => {
  const { ask } = await serveWritten(
    {
      files: func(
        'env',
        'import { readdirSync } from "node:fs"; export default { fetch: () => Response.json({ env: process.env, files: readdirSync(".") }) };',
        { environment: { FROM_BUILD: 'built' } },
      ),
    },
    { environment: { DATABASE_URL: 'postgres://db', FROM_BUILD: 'project' } },
  );
  const { env, files } = JSON.parse((await ask('/env')).body);
  const known = ['DATABASE_URL', 'FROM_BUILD', 'NODE_ENV', 'PATH', 'TZ', 'VERCEL'];
  expect(Object.keys(env).sort()).toEqual(known);
  expect(env).toMatchObject({ DATABASE_URL: 'postgres://db', FROM_BUILD: 'built' });
  expect(files).toContain('index.mjs');
});

test('a function is told who asks, whatever the visitor claims', async () => {
  const { ask } = await serveWritten({
    files: func(
      'who',
      'export default { fetch: ({ headers }) => Response.json(Object.fromEntries(headers)) };',
    ),
  });
  const headers = { host: 'shop.example', 'x-forwarded-for': '6.6.6.6' };
  expect(JSON.parse((await ask('/who', { headers })).body)).toMatchObject({
    host: 'shop.example',
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-host': 'shop.example',
    'x-forwarded-proto': 'http',
  });
});

test("a function's own headers and cookies count for more than a route's; a route's status counts", async () => {
  const handler =
    'export default (request, response) => response.writeHead(200, [["x-own", "function"], ["set-cookie", "a=1"], ["set-cookie", "b=2"]].flat()).end("x");';
  const { ask } = await serveWritten({
    routes: [{ src: '/f', headers: { 'x-own': 'route', 'x-route': '1' }, status: 203 }],
    files: func('f', handler),
  });
  const { status, headers } = await ask('/f');
  expect([status, headers['x-own'], headers['x-route']]).toEqual([203, 'function', '1']);
  expect(headers['set-cookie']).toEqual(['a=1', 'b=2']);
});

test('a crash answers 500 by name, and the next request finds a new process', async () => {
  const printed: string[] = [];
  const handler = `export default (request, response) => {
    if (request.url === '/f?throw') throw new Error('a crack');
    if (request.url === '/f?exit') process.exit(3);
    if (request.url === '/f?half') return response.write('half', () => process.exit(4));
    response.end(String(process.pid));
  };`;
  const { ask } = await serveWritten({ files: func('f', handler) }, { log: (line) => printed.push(line) });
  const pids = [(await ask('/f')).body];
  for (const crash of ['throw', 'exit']) {
    expect(await ask(`/f?${crash}`)).toMatchObject({
      status: 500,
      headers: { 'x-vercel-error': 'FUNCTION_INVOCATION_FAILED' },
    });
    pids.push((await ask('/f')).body);
  }
  await expect(ask('/f?half')).rejects.toThrow();
  await expect.poll(async () => (await ask('/f')).status).toBe(200);
  expect(new Set(pids).size).toBe(3);
  expect(printed.join('\n')).toContain('a crack');
});

test('a function that cannot be loaded answers 500 each time, and says why in its log', async () => {
  const printed: string[] = [];
  const { ask } = await serveWritten(
    { files: { ...func('f', 'throw new Error("not today");'), ...func('g', 'export const nothing = 1;') } },
    { log: (line) => printed.push(line) },
  );
  for (const path of ['/f', '/f', '/g']) {
    expect((await ask(path)).headers['x-vercel-error'], path).toBe('FUNCTION_INVOCATION_FAILED');
  }
  expect(printed.filter((line) => line.includes('not today')).length).toBeGreaterThanOrEqual(2);
  expect(printed.join('\n')).toContain('neither fetch nor a function');
});

test('a function that takes longer than maxDuration answers 504 by name, and is ended', async () => {
  const { ask } = await serveWritten({
    files: func(
      'f',
      'export default (request, response) => { if (request.url !== "/f?hang") response.end(String(process.pid)); };',
      { maxDuration: 1.5 },
    ),
  });
  // Warm, so that only the hanging takes long.
  await expect.poll(async () => (await ask('/f')).status).toBe(200);
  const pid = Number((await ask('/f')).body);
  expect(await ask('/f?hang')).toMatchObject({
    status: 504,
    headers: { 'x-vercel-error': 'FUNCTION_INVOCATION_TIMEOUT' },
  });
  await expect.poll(() => isRunning(pid)).toBe(false);
});

test('nothing is left after close, not even a function that ignores its end or is still starting', async () => {
  const stubborn = `process.on('SIGTERM', () => {}); process.removeAllListeners('disconnect');
    export default (request, response) => response.end(String(process.pid));`;
  const slow = `await new Promise((resolve) => setTimeout(resolve, 60_000)); export default () => {};`;
  const printed: string[] = [];
  const { ask, close, origin } = await serveWritten(
    {
      files: {
        ...func('f', stubborn),
        ...func('slow', `console.log(String(process.pid)); ${slow}`),
      },
    },
    { log: (line) => printed.push(line) },
  );
  const pid = Number((await ask('/f')).body);
  const waiting = ask('/slow').catch(() => 'cut off');
  await expect.poll(() => printed.length).toBe(1);
  await close();
  expect([pid, Number(printed[0])].map(isRunning)).toEqual([false, false]);
  await expect(fetch(origin)).rejects.toThrow();
  expect(await waiting).toBe('cut off');
  await close();
});

test('a stream reaches the visitor while the function still writes', async () => {
  const handler = `let more;
    export default (request, response) => {
      if (request.url === '/f?more') { more(); return response.end(); }
      response.write('first;');
      more = () => response.end('last');
    };`;
  const { origin, ask } = await serveWritten({ files: func('f', handler) });
  const response = await fetch(`${origin}/f`);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader?.read())?.value).toBe('first;');
  await ask('/f?more');
  expect((await reader?.read())?.value).toBe('last');
});

test('a prerender function answers with its fallback, or is called with the query it may see', async () => {
  const { ask } = await serveWritten({
    routes: [{ handle: 'filesystem' }, { src: '/(post|tags|all)/.*', dest: '/$1?slug=$1&hidden=1' }],
    files: {
      ...sayer('post'),
      'functions/post.prerender-config.json': JSON.stringify({
        expiration: 60,
        fallback: 'post.prerender-fallback.html',
        initialStatus: 203,
        initialHeaders: { 'x-initial': '1' },
      }),
      'functions/post.prerender-fallback.html': 'fallback',
      ...sayer('tags'),
      'functions/tags.prerender-config.json': JSON.stringify({
        expiration: false,
        allowQuery: ['slug'],
        passQuery: true,
      }),
      ...sayer('all'),
      'functions/all.prerender-config.json': JSON.stringify({ expiration: false }),
    },
  });
  expect(await ask('/post')).toMatchObject({
    status: 203,
    body: 'fallback',
    headers: { 'x-initial': '1', 'content-type': 'text/html; charset=utf-8' },
  });
  expect((await ask('/tags/x?other=2')).body).toBe('tags saw /tags?slug=tags');
  expect((await ask('/all/x')).body).toBe('all saw /all');
});
