import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach } from 'vitest';
import { type ServeOptions, serveBuildOutput } from '../../../rehearsal/vercel/build-output/serve.ts';

/** A build output by hand: what stands in each file, and where each link leads. */
export interface Written {
  readonly routes?: readonly object[];
  /** Other keys of config.json. */
  readonly config?: object;
  readonly files?: Readonly<Record<string, string>>;
  readonly links?: Readonly<Record<string, string>>;
}

const endings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0)) await end();
});

/** Writes a build output into a folder of its own, gone after the test. */
export async function write({ routes = [], config, files = {}, links = {} }: Written): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'build-output-'));
  endings.push(() => rm(directory, { recursive: true }));
  const put = async (path: string, content: string) => {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
  };
  await put('config.json', JSON.stringify({ version: 3, routes, ...config }));
  for (const [path, content] of Object.entries(files)) await put(path, content);
  for (const [path, target] of Object.entries(links)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await symlink(target, join(directory, path));
  }
  return directory;
}

/** The files of one function, `functions/<name>.func`. */
export const func = (name: string, handler: string, settings: object = {}): Record<string, string> => ({
  [`functions/${name}.func/.vc-config.json`]: JSON.stringify({
    runtime: 'nodejs24.x',
    handler: 'index.mjs',
    launcherType: 'Nodejs',
    ...settings,
  }),
  [`functions/${name}.func/index.mjs`]: handler,
});

/** A function that says its name, and which address and query it saw. */
export const sayer = (name: string): Record<string, string> =>
  func(name, `export default (request, response) => response.end('${name} saw ' + request.url);`);

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Serves a folder until the test is over. The answer of `ask` is as it came: no redirect is followed. */
export async function serve(directory: string, options: Partial<ServeOptions> = {}) {
  const served = await serveBuildOutput({ environment: {}, ...options, directory });
  endings.unshift(() => served.close());
  const ask = (
    path: string,
    {
      method = 'GET',
      headers = {},
      body = '',
    }: { method?: string; headers?: Record<string, string>; body?: string } = {},
  ) =>
    new Promise<Answer>((resolve, reject) => {
      // `fetch` would tidy the address and follow redirects.
      const outgoing = request(served.origin, { path, method, headers }, async (response) => {
        try {
          const { statusCode: status = 0, headers } = response;
          resolve({ status, headers, body: await text(response) });
        } catch (error) {
          reject(error);
        }
      });
      outgoing.on('error', reject).end(body);
    });
  return { ...served, ask };
}

export const serveWritten = async (written: Written, options?: Partial<ServeOptions>) =>
  serve(await write(written), options);
