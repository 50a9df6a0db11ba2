import { randomUUID } from 'node:crypto';
import { existsSync, globSync, statSync } from 'node:fs';
import { chmod, copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { ArtifactStore } from './artifact-store.ts';
import { asBoolean, readInputs, type StandIn } from './stand-in.ts';

/** actions/upload-artifact: copies files into the run's store. As with the real one, file modes are lost. */
export const uploadArtifact: StandIn = async (use) => {
  const { job, run } = use;
  const asked = readInputs(use, 'actions/upload-artifact');
  const store = new ArtifactStore(job.folders.artifacts, Number(job.github.run_attempt));
  const files = await findFiles(
    job.folders.workspace,
    asked.path,
    asBoolean('include-hidden-files', asked['include-hidden-files']),
  );
  if (files.length === 0) {
    const message = `No files were found with the provided path: ${asked.path}. No artifacts will be uploaded.`;
    if (asked['if-no-files-found'] === 'error') throw new Error(message);
    if (asked['if-no-files-found'] === 'warn') job.journal.annotate(run.ref, { level: 'warning', message });
    else job.journal.log(run.ref, message);
    return 'success';
  }
  const folder = store.place(asked.name);
  if (existsSync(folder)) {
    if (!asBoolean('overwrite', asked.overwrite))
      throw new Error(
        `Failed to CreateArtifact: (409) Conflict: an artifact with this name already exists on the workflow run: ${asked.name}`,
      );
    await rm(folder, { recursive: true });
  }
  const root = rootOf(job.folders.workspace, asked.path);
  const partial = join(dirname(dirname(folder)), `.partial-${randomUUID()}`);
  for (const file of files) {
    const target = join(partial, relative(root, file));
    await mkdir(dirname(target), { recursive: true });
    await copyFile(file, target);
    await chmod(target, 0o644);
  }
  await mkdir(dirname(folder), { recursive: true });
  await rename(partial, folder);
  run.outputs['artifact-id'] = String(Math.floor(Math.random() * 2 ** 31));
  job.journal.standIn(
    run.ref,
    use.action,
    `${files.length} file(s) kept as '${asked.name}' for this run; file modes are not kept`,
  );
  return 'success';
};

/** Files of the `path` lines: a file, a folder with all below it, or a pattern; `!` takes files out. */
async function findFiles(workspace: string, paths: string, hidden: boolean): Promise<string[]> {
  const found = new Set<string>();
  for (const line of pathLines(paths)) {
    const out = line.startsWith('!');
    const pattern = resolve(workspace, out ? line.slice(1) : line);
    const matches = existsSync(pattern) ? [pattern] : globSync(pattern);
    for (const match of matches) {
      for (const file of await filesBelow(match)) {
        if (out) found.delete(file);
        else if (hidden || !isHidden(relative(baseOf(workspace, pattern), file))) found.add(file);
      }
    }
  }
  return [...found].sort();
}

/** What a pattern searches in: a hidden folder above it was named by the user and is not held against it. */
const baseOf = (workspace: string, pattern: string): string =>
  relative(workspace, pattern).startsWith('..') ? dirname(pattern) : workspace;

async function filesBelow(path: string): Promise<string[]> {
  if (!statSync(path).isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true });
  return entries.map((entry) => join(path, entry)).filter((entry) => statSync(entry).isFile());
}

const isHidden = (path: string): boolean =>
  path.split('/').some((part) => part.startsWith('.') && part !== '..');

/**
 * Where an artifact begins: the folder that was named, the folder of one file, and for several paths the
 * deepest folder that holds them all.
 */
function rootOf(workspace: string, paths: string): string {
  const searched = pathLines(paths)
    .filter((line) => !line.startsWith('!'))
    .map((line) => literalPart(resolve(workspace, line)));
  const [only = workspace] = searched;
  if (searched.length === 1) return existsSync(only) && statSync(only).isFile() ? dirname(only) : only;
  const [first = [], ...others] = searched.map((path) => path.split('/'));
  const length = first.findIndex((part, index) => others.some((other) => other[index] !== part));
  return length === -1 ? only : first.slice(0, length).join('/') || '/';
}

/** A pattern up to its first wildcard. */
const literalPart = (pattern: string): string => {
  const parts = pattern.split('/');
  const wild = parts.findIndex((part) => /[*?[\]{}]/.test(part));
  return wild === -1 ? pattern : parts.slice(0, wild).join('/');
};

const pathLines = (paths: string): string[] =>
  paths
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
