import type { Change, ChangedFile, RuleFile } from '../domain/hotfix/change.ts';
import { failed, git, type Repository } from './history.ts';

/**
 * The empty tree, as the place to read attributes from: `*.js -diff` on the hotfix's own branch must not hide
 * how large its change is. A git before 2.43 does not know the setting and counts such a file as binary.
 */
export const NO_ATTRIBUTES = ['-c', 'attr.tree=4b825dc642cb6eb9a060e54bf8d69288fbee4904'];

/**
 * What lies between two commits, by file. A file that moved is two.
 *
 * @throws Failure GIT_FAILED
 */
export async function changeBetween(repository: Repository, base: string, commit: string): Promise<Change> {
  const result = await git(repository, [
    ...NO_ATTRIBUTES,
    'diff',
    '--numstat',
    '-z',
    '--no-renames',
    '--no-ext-diff',
    '--no-textconv',
    '--ignore-submodules=none',
    base,
    commit,
    '--',
  ]);
  if (result.code !== 0) throw failed(result);
  return { files: result.stdout.split('\0').filter(Boolean).map(changedFile) };
}

/** `3\t1\tpath`, or `-\t-\tpath` for a binary file. A path may have anything in it but a NUL. */
function changedFile(line: string): ChangedFile {
  const [, added, removed, path = line] = /^(\d+|-)\t(\d+|-)\t(.*)$/s.exec(line) ?? [];
  const count = Number(added) + Number(removed);
  return { path, lines: Number.isNaN(count) ? undefined : count };
}

/**
 * What git has at a path of the checkout, by its one name there: `./a`, `b/../a` and an absolute path are `a`.
 * Nothing is behind a link or outside of the repository.
 */
export async function ruleFile(repository: Repository, commit: string, path: string): Promise<RuleFile> {
  const { code, stdout } = await git(repository, [
    '--literal-pathspecs',
    'ls-tree',
    '-z',
    '--full-name',
    commit,
    '--',
    path,
  ]);
  const [, mode = '', name = path] = /^(\d+) [^\t]*\t([^\0]+)\0$/s.exec(stdout) ?? [];
  return { path: name, isRegular: code === 0 && mode.startsWith('100') };
}
