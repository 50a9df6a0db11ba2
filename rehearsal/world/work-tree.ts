import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Commit } from '../view/story.ts';
import { git } from './git.ts';

/** A copy of an app in a git repository of its own, with nothing of this person's git set-up in it. */
export interface WorkTree {
  readonly directory: string;
  /** Tracked files, `/` between folders. */
  files(): Promise<readonly string[]>;
  read(path: string): Promise<string>;
  write(path: string, text: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Commits everything on `main`. */
  commit(subject: string): Promise<Commit>;
  tag(name: string): Promise<void>;
  /** Gives what git printed. */
  git(...args: readonly string[]): Promise<string>;
}

const NEVER_COPIED = new Set(['.git', 'node_modules']);

/** Copies an app's files into a new repository; what git ignores stays behind. */
export async function copyApp(from: string, directory: string): Promise<WorkTree> {
  await mkdir(directory, { recursive: true });
  for (const path of await appFiles(from)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    // A file that git still lists and that is gone is gone in the copy, too.
    await cp(join(from, path), join(directory, path), { verbatimSymlinks: true }).catch(ignoreMissing);
  }
  const inside = (...args: readonly string[]) => git(directory, ...args);
  await inside('init', '--quiet', '--initial-branch=main', '--template=');
  return {
    directory,
    git: inside,
    files: async () => (await inside('ls-files', '-z')).split('\0').filter((path) => path !== ''),
    read: (path) => readFile(join(directory, path), 'utf8'),
    async write(path, text) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), text);
    },
    remove: (path) => rm(join(directory, path)),
    async commit(subject) {
      await inside('add', '--all', '--force');
      await inside('commit', '--quiet', '--allow-empty', '--message', subject);
      return { sha: await inside('rev-parse', 'HEAD'), subject };
    },
    async tag(name) {
      await inside('tag', name);
    },
  };
}

/** Tracked and new files where git knows the folder, else all but dependencies. */
async function appFiles(from: string): Promise<readonly string[]> {
  const listed = await git(from, ...['ls-files', '-z', '--cached', '--others', '--exclude-standard']).catch(
    () => undefined,
  );
  if (listed !== undefined) return [...new Set(listed.split('\0').filter((path) => path !== ''))];
  const walk = async (folder: string): Promise<string[]> => {
    const entries = await readdir(join(from, folder), { withFileTypes: true });
    const found = await Promise.all(
      entries
        .filter((entry) => !NEVER_COPIED.has(entry.name))
        .map((entry) => {
          const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
          return entry.isDirectory() ? walk(path) : [path];
        }),
    );
    return found.flat();
  };
  return walk('');
}

const ignoreMissing = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'ENOENT') throw error;
};
