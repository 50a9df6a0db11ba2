import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { create } from 'tar';
import type { DeployedFile } from './files.ts';

/** As Vercel's own client names and cuts it: Vercel unpacks what it finds under this name. */
const PACKED = '.vercel/source.tgz.part';
const PART_BYTES = 100 * 1024 * 1024;
/** What Vercel's client gives the parts. */
const PART_MODE = 0o666;

/**
 * Packs files into one compressed archive, in parts. The same files give the same bytes, so that a rerun
 * finds its parts uploaded.
 *
 * @param names relative to the folder, with `/`
 * @param prefix what stands before each name at Vercel, such as `.vercel/output/`
 * @param into folder for the parts, with room for the archive
 * @throws the signal's reason
 */
export async function packFiles(
  directory: string,
  names: readonly string[],
  prefix: string,
  into: string,
  signal: AbortSignal,
  partBytes = PART_BYTES,
): Promise<readonly DeployedFile[]> {
  const archive = create(
    { cwd: directory, prefix, gzip: true, portable: true, mtime: new Date(0), noDirRecurse: true },
    // A name that begins with `@` would be read as an archive.
    names.map((name) => `./${name}`),
  );
  const parts: DeployedFile[] = [];
  let part: Part | undefined;
  for await (const piece of archive) {
    signal.throwIfAborted();
    for (let rest = piece; rest.length > 0; ) {
      part ??= await Part.begin(into, parts.length + 1);
      const room = partBytes - part.size;
      await part.write(rest.subarray(0, room));
      rest = rest.subarray(room);
      if (part.size < partBytes) continue;
      parts.push(await part.end());
      part = undefined;
    }
  }
  return part ? [...parts, await part.end()] : parts;
}

/** One part while it is written. */
class Part {
  readonly #number: number;
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #hash = createHash('sha1');
  size = 0;

  private constructor(number: number, path: string, file: FileHandle) {
    this.#number = number;
    this.#path = path;
    this.#file = file;
  }

  static async begin(folder: string, number: number): Promise<Part> {
    const path = join(folder, `part${number}`);
    return new Part(number, path, await open(path, 'wx'));
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes);
    this.size += bytes.length;
    await this.#file.writeFile(bytes);
  }

  async end(): Promise<DeployedFile> {
    await this.#file.close();
    return {
      name: `${PACKED}${this.#number}`,
      mode: PART_MODE,
      size: this.size,
      sha1: this.#hash.digest('hex'),
      content: { kind: 'file', path: this.#path },
    };
  }
}
