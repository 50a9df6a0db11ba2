import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';

/** The folders of the releases that this environment keeps. A folder is either whole or not there. */
export class Releases {
  readonly #root: string;

  constructor(directory: string) {
    this.#root = path.join(directory, 'releases');
  }

  folder(deployment: string): string {
    return path.join(this.#root, deployment);
  }

  /** Copies the files of a deployment, unless they are here already. */
  async keep(deployment: string, from: string): Promise<void> {
    if (existsSync(this.folder(deployment))) return;
    const unfinished = path.join(this.#root, `.${deployment}`);
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(this.#root, { recursive: true, mode: 0o700 });
    // New times of change: the static server's entity tags are made of them, and a reproducible build
    // gives every release the same ones.
    await cp(from, unfinished, { recursive: true, verbatimSymlinks: true });
    await rename(unfinished, this.folder(deployment));
  }

  /** Removes everything but these. */
  async keepOnly(deployments: ReadonlySet<string>): Promise<void> {
    const present = existsSync(this.#root) ? await readdir(this.#root) : [];
    await Promise.all(
      present
        .filter((name) => !deployments.has(name))
        .map((name) => rm(path.join(this.#root, name), { recursive: true, force: true })),
    );
  }
}
