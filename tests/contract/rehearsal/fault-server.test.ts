import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../../rehearsal/services/ports.ts';

const faultFile = (name: string) =>
  fileURLToPath(new URL(`../../../rehearsal/faults/${name}`, import.meta.url));

const APP = `
import http from 'node:http';
http.createServer((request, response) => {
  if (request.url === '/version') return response.end(JSON.stringify({ version: '1.0.1', commit: 'abc' }));
  if (request.url === '/health') return response.end(JSON.stringify({ status: 'ok', version: '1.0.1' }));
  if (request.method === 'POST') return request.pipe(response);
  response.setHeader('x-seen-host', request.headers.host);
  response.end('hello from ' + process.env.PORT);
}).listen(process.env.PORT, process.env.HOST);
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fault-server-'));
  await writeFile(join(folder, 'app.mjs'), APP);
});
afterAll(() => rm(folder, { recursive: true }));

const running: ChildProcess[] = [];
afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  }
});

/** The wrapped app in an environment, ready for requests. */
async function start(environment: string, ...fault: string[]) {
  const port = await freePort();
  const child = spawn(
    process.execPath,
    [faultFile('fault-server.mjs'), 'production', ...fault, '--', process.execPath, join(folder, 'app.mjs')],
    {
      stdio: 'inherit',
      env: {
        PATH: process.env.PATH,
        HOST: '127.0.0.1',
        PORT: String(port),
        AIRLOCK_ENVIRONMENT: environment,
        AIRLOCK_URL: 'http://shop.test:4102',
      },
    },
  );
  running.push(child);
  const deadline = Date.now() + 10_000;
  const ask = (path: string, options: { method?: string; host?: string; body?: string } = {}) =>
    request(port, path, options);
  // The crash fault must not be woken by looking.
  while ((await ask('/health').catch(() => ({ status: 0 }))).status !== 200) {
    if (Date.now() > deadline) throw new Error('the app did not come up');
    await sleep(20);
  }
  return { port, child, ask };
}

async function request(
  port: number,
  path: string,
  { method = 'GET', host = `127.0.0.1:${port}`, body }: { method?: string; host?: string; body?: string },
) {
  const outgoing = http.request({ host: '127.0.0.1', port, path, method, agent: false, headers: { host } });
  outgoing.end(body);
  const [response] = (await once(outgoing, 'response')) as [http.IncomingMessage];
  const text = Buffer.concat(await response.toArray()).toString();
  return { status: response.statusCode, text, headers: response.headers };
}

describe('the fault server', () => {
  it('gives the app its own port where the fault does not strike', async () => {
    const { ask, port } = await start('staging', '--refuse', '/');
    expect(await ask('/')).toMatchObject({ status: 200, text: `hello from ${port}` });
  });

  it('tells of another release at one path and passes everything else on', async () => {
    const { ask, port } = await start('production', '--rewrite', '/version');
    expect(JSON.parse((await ask('/version')).text)).toMatchObject({
      version: '0.0.0-injected',
      commit: 'abc',
    });
    const home = await ask('/', { host: 'shop.test:4102' });
    expect(home).toMatchObject({ status: 200, headers: { 'x-seen-host': 'shop.test:4102' } });
    expect(home.text).not.toBe(`hello from ${port}`);
    expect(await ask('/echo', { method: 'POST', body: 'a body' })).toMatchObject({ text: 'a body' });
  });

  it('says in a health answer that the app is failing, with the status that keeps it ready', async () => {
    const { ask } = await start('production', '--rewrite', '/health');
    const health = await ask('/health');
    expect(health.status).toBe(200);
    expect(JSON.parse(health.text)).toEqual({ status: 'failing', version: '0.0.0-injected' });
  });

  it('refuses one path', async () => {
    const { ask } = await start('production', '--refuse', '/shop');
    expect((await ask('/shop')).status).toBe(500);
    expect((await ask('/')).status).toBe(200);
  });

  it('answers one path late', async () => {
    const { ask } = await start('production', '--delay', '200', '/slow');
    const slow = ask('/slow').then(() => 'slow');
    // Asked later and answered first.
    const fast = ask('/fast').then(() => 'fast');
    expect(await Promise.race([slow, fast])).toBe('fast');
    expect(await slow).toBe('slow');
  });

  it('works until visitors come over the public address, and never again after', async () => {
    const { ask } = await start('production', '--crash');
    expect((await ask('/')).status).toBe(200);
    expect((await ask('/', { host: 'shop.test:4102' })).status).toBe(500);
    expect((await ask('/')).status).toBe(500);
  });

  it('ends with the app and the app with it', async () => {
    const { child, port } = await start('production', '--crash');
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
    await expect(request(port, '/', {})).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('breaking built files', () => {
  const breakFiles = (...args: string[]) =>
    promisify(execFile)(process.execPath, [faultFile('fault-files.mjs'), ...args]);

  it('replaces or removes what answers at a path', async () => {
    const out = join(folder, 'out');
    await mkdir(join(out, 'about'), { recursive: true });
    for (const file of ['index.html', 'about/index.html', 'terms.html'])
      await writeFile(join(out, file), 'Welcome');
    await breakFiles(out, '/', 'replace');
    expect(await readFile(join(out, 'index.html'), 'utf8')).toBe('Injected fault.\n');
    await breakFiles(out, '/about?x=1', 'remove');
    await expect(readFile(join(out, 'about/index.html'))).rejects.toMatchObject({ code: 'ENOENT' });
    await breakFiles(out, '/terms', 'replace');
    expect(await readFile(join(out, 'terms.html'), 'utf8')).toBe('Injected fault.\n');
  });

  it('fails the build when there is nothing there, inside or outside of the folder', async () => {
    const out = join(folder, 'inside');
    await mkdir(out);
    await writeFile(join(folder, 'outside.html'), 'mine');
    await expect(breakFiles(out, '/nothing', 'replace')).rejects.toMatchObject({ code: 1 });
    await expect(breakFiles(out, '/../outside.html', 'replace')).rejects.toMatchObject({ code: 1 });
    expect(await readFile(join(folder, 'outside.html'), 'utf8')).toBe('mine');
  });
});
