import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import type { Deployment } from './state.ts';

/** A deployment as it is handed over to be run. */
export interface Servable {
  readonly id: string;
  /** The content of `.vercel/output`. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** A deployment that runs. */
export interface Served {
  readonly origin: string;
  close(): Promise<void>;
}

/** Runs a deployment. */
export type Serve = (deployment: Servable) => Promise<Served>;

/** Deployments that run: each is started by its first visitor, and once. */
export interface Serving {
  /** Where the deployment answers. */
  originOf(deployment: Deployment): Promise<string>;
  stop(id: string): Promise<void>;
  close(): Promise<void>;
}

const OUTPUT = '.vercel/output/';
const TYPE_OF_MODE = 0o170000;
const SYMLINK = 0o120000;
const EXECUTABLE = 0o111;

export function createServing(serve: Serve): Serving {
  const running = new Map<string, Promise<Served & { directory: string }>>();

  const start = async (deployment: Deployment) => {
    const directory = await mkdtemp(join(tmpdir(), 'fake-vercel-'));
    try {
      await writeOutput(deployment, directory);
      const served = await serve({ id: deployment.id, directory, environment: deployment.environment });
      return { origin: served.origin, close: () => served.close(), directory };
    } catch (thrown) {
      await rm(directory, { recursive: true, force: true });
      throw thrown;
    }
  };

  const stop = async (id: string) => {
    const found = running.get(id);
    running.delete(id);
    const served = await found?.catch(() => undefined);
    if (served === undefined) return;
    await served.close();
    await rm(served.directory, { recursive: true, force: true });
  };

  return {
    async originOf(deployment) {
      const known = running.get(deployment.id);
      if (known !== undefined) return (await known).origin;
      const starting = start(deployment);
      running.set(deployment.id, starting);
      // One that did not start may be tried again by the next visitor.
      starting.catch(() => running.delete(deployment.id));
      return (await starting).origin;
    },
    stop,
    close: async () => {
      await Promise.all([...running.keys()].map(stop));
    },
  };
}

/** Lays out what was uploaded. Source without a built output is "built" here: its files become static ones. */
async function writeOutput({ files, project, prebuilt }: Deployment, directory: string): Promise<void> {
  if (!prebuilt && !files.some((one) => one.file.startsWith(OUTPUT)))
    await writeFile(join(directory, 'config.json'), JSON.stringify({ version: 3 }));
  for (const { file, sha, mode } of files) {
    const inOutput = file.startsWith(OUTPUT);
    if (prebuilt && !inOutput) continue;
    const path = join(directory, inOutput ? file.slice(OUTPUT.length) : join('static', file));
    const content = project.account.files.get(sha);
    if (content === undefined) throw new Error(`The fake Vercel has lost the content of ${file}.`);
    await mkdir(dirname(path), { recursive: true });
    if ((mode & TYPE_OF_MODE) === SYMLINK)
      await symlink(within(directory, path, content.toString('utf8')), path);
    else await writeFile(path, content, { mode: (mode & EXECUTABLE) === 0 ? 0o644 : 0o755 });
  }
}

/** A link's target; none leads out of the output. */
function within(directory: string, path: string, target: string): string {
  const lands = relative(directory, join(dirname(path), target));
  if (lands.startsWith('..') || target.startsWith('/'))
    throw new Error(`A symlink of the output leads out of it: ${target}`);
  return target;
}
