import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import {
  BuildOutputError,
  type Configuration,
  type Prerender,
  readPrerender,
  readServerlessFunction,
  type ServerlessFunction,
} from './configuration.ts';

export interface StaticFile {
  readonly kind: 'file';
  readonly file: string;
  /** Its name in the output, or the content type that an override gives it. */
  readonly name: string;
  readonly contentType?: string;
}

export interface FunctionOutput {
  readonly kind: 'function';
  /** Address under which it stands, e.g. `/blog`. */
  readonly path: string;
  /** The real folder: links to one folder are one function. */
  readonly folder: string;
  readonly settings: ServerlessFunction;
  readonly prerender?: Prerender;
  /** What is served instead of a call. */
  readonly fallback?: StaticFile;
}

export type Output = StaticFile | FunctionOutput;

/**
 * Everything a build output can answer with, by its address.
 *
 * https://vercel.com/docs/build-output-api/primitives
 */
export class Outputs {
  readonly #byPath = new Map<string, Output>();

  constructor(directory: string, overrides: Configuration['overrides']) {
    const root = realpathSync(directory);
    // Files first: a static file hides a function of the same address.
    this.#addStatic(join(root, 'static'), overrides);
    this.#addFunctions(root, join(root, 'functions'));
  }

  /** The output at an address; the `index` of a folder answers for the folder, with or without its slash. */
  find(path: string): Output | undefined {
    const decoded = decode(path);
    const bare = decoded.replace(/\/+$/, '');
    const candidates = [decoded, bare, `${bare}/index.html`, `${bare}/index`];
    return candidates.map((candidate) => this.#byPath.get(candidate)).find((output) => output !== undefined);
  }

  #addStatic(folder: string, overrides: Configuration['overrides']): void {
    for (const file of walk(folder)) {
      const name = relative(folder, file).split(sep).join('/');
      const { path, contentType } = overrides[name] ?? {};
      this.#byPath.set(`/${path ?? name}`, {
        kind: 'file',
        file,
        name,
        ...(contentType !== undefined && { contentType }),
      });
    }
  }

  #addFunctions(root: string, folder: string): void {
    for (const link of walk(folder)) {
      if (!link.endsWith('.func')) continue;
      const real = realpathSync(link);
      if (!real.startsWith(root + sep)) throw new BuildOutputError(`${link} leads out of the build output.`);
      const base = link.slice(0, -'.func'.length);
      const path = `/${relative(folder, base).split(sep).join('/')}`;
      if (this.#byPath.has(path)) continue;
      const prerender = readPrerender(`${base}.prerender-config.json`);
      this.#byPath.set(path, {
        kind: 'function',
        path,
        folder: real,
        settings: readServerlessFunction(join(real, '.vc-config.json')),
        ...(prerender && { prerender }),
        ...(prerender?.fallback && { fallback: fallbackBeside(base, prerender.fallback) }),
      });
    }
  }
}

function fallbackBeside(base: string, name: string): StaticFile {
  const file = join(base, '..', name);
  if (!existsSync(file))
    throw new BuildOutputError(`${base}.prerender-config.json: no file ${name} is there.`);
  return { kind: 'file', file, name };
}

/** Every file below a folder; a `.func` folder counts as one and is not entered. */
function walk(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      return statSync(path).isDirectory() && !name.endsWith('.func') ? walk(path) : [path];
    });
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
