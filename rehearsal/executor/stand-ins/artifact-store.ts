import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Characters that GitHub refuses in an artifact's name. */
const FORBIDDEN = /["':<>|*?\r\n\\/]/;

/** The artifacts of one run: a folder an attempt, in it a folder an artifact. */
export class ArtifactStore {
  readonly #root: string;
  readonly #attempt: number;

  constructor(root: string, attempt: number) {
    this.#root = root;
    this.#attempt = attempt;
  }

  /** Folder for a new artifact of this attempt. Throws on a name that GitHub refuses. */
  place(name: string): string {
    if (name === '' || FORBIDDEN.test(name)) throw new Error(`The artifact name is not valid: ${name}`);
    return join(this.#root, String(this.#attempt), name);
  }

  /** Folder of an artifact, of the newest attempt that has it; undefined when none has. */
  find(name: string): string | undefined {
    for (let attempt = this.#attempt; attempt > 0; attempt--) {
      const folder = join(this.#root, String(attempt), name);
      if (name !== '' && !FORBIDDEN.test(name) && existsSync(folder)) return folder;
    }
    return undefined;
  }

  /** Names of all artifacts, of this attempt and earlier ones. */
  async names(): Promise<string[]> {
    const names = new Set<string>();
    for (let attempt = 1; attempt <= this.#attempt; attempt++) {
      const folder = join(this.#root, String(attempt));
      if (existsSync(folder)) for (const name of await readdir(folder)) names.add(name);
    }
    return [...names].sort();
  }
}
