import { execFileSync } from 'node:child_process';
import { parse } from 'yaml';
import type { Commit, Repository } from './state.ts';

const FIELD = '\u001f';
const RECORD = '\u001e';

const git = (directory: string, ...args: string[]): string =>
  execFileSync('git', ['-C', directory, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 256 * 1024 * 1024,
  });

/** Reads the refs and commits of the repository's git folder anew; without one, nothing changes. */
export function readGit(repository: Repository): void {
  const { directory } = repository;
  if (directory === undefined) return;
  const log = git(
    directory,
    'log',
    '--all',
    `--format=${['%H', '%T', '%P', '%an', '%ae', '%aI', '%cn', '%ce', '%cI', '%B'].join(FIELD)}${RECORD}`,
  );
  for (const record of log.split(RECORD)) {
    const fields = record.replace(/^\n/, '').split(FIELD);
    const [sha, tree, parents, an, ae, ad, cn, ce, cd, message] = fields;
    if (sha === undefined || tree === undefined || message === undefined) continue;
    repository.commits.set(sha, {
      sha,
      tree,
      parents: (parents ?? '').split(' ').filter((parent) => parent !== ''),
      message: message.trimEnd(),
      author: { name: an ?? '', email: ae ?? '', date: utc(ad) },
      committer: { name: cn ?? '', email: ce ?? '', date: utc(cd) },
    });
  }
  // A tag object's own id is of no use here: `*objectname` is the commit it stands for.
  const refs = git(
    directory,
    'for-each-ref',
    '--format=%(refname) %(objectname) %(*objectname)',
    'refs/heads',
    'refs/tags',
  );
  for (const line of refs.split('\n')) {
    const [name, object, peeled] = line.split(' ');
    if (name !== undefined && object !== undefined) repository.refs.set(name, peeled || object);
  }
}

const utc = (iso: string | undefined): string => new Date(iso ?? 0).toISOString().replace(/\.\d{3}Z$/, 'Z');

/** The commit that a branch, tag, full ref or SHA (7 digits or more) names. */
export function resolve(repository: Repository, ref: string): Commit | undefined {
  const look = (): Commit | undefined => {
    for (const name of [ref, `refs/${ref}`, `refs/heads/${ref}`, `refs/tags/${ref}`]) {
      const sha = repository.refs.get(name);
      if (sha !== undefined) return repository.commits.get(sha);
    }
    if (!/^[0-9a-f]{7,40}$/.test(ref)) return undefined;
    return [...repository.commits.values()].find((commit) => commit.sha.startsWith(ref));
  };
  const known = look();
  if (known !== undefined || repository.directory === undefined) return known;
  readGit(repository);
  return look();
}

/** A file or folder that a folder holds at a commit. */
export interface FolderEntry {
  readonly type: 'file' | 'dir';
  readonly path: string;
  readonly sha: string;
  /** Bytes of a file. */
  readonly size: number;
}

/** What a folder holds at a ref; undefined where there is no such folder. A repository without a git folder has none. */
export function folderAt(
  { directory }: Repository,
  ref: string,
  path: string,
): readonly FolderEntry[] | undefined {
  if (directory === undefined) return undefined;
  const listed = git(directory, 'ls-tree', '-z', '--long', ref, '--', `${path.replace(/\/+$/, '')}/`);
  const entries = listed.split('\0').flatMap((line) => {
    const [, kind, sha, size, name] = /^\d+ (blob|tree) ([0-9a-f]+) +(\d+|-)\t(.*)$/.exec(line) ?? [];
    if (sha === undefined || name === undefined) return [];
    return [
      {
        type: kind === 'tree' ? ('dir' as const) : ('file' as const),
        path: name,
        sha,
        size: Number(size) || 0,
      },
    ];
  });
  return entries.length === 0 ? undefined : entries;
}

/** The commit and all before it, in the order of `git log`: the newest of those whose child was shown comes next. */
export function history(
  repository: Repository,
  from: Commit,
  most = Number.POSITIVE_INFINITY,
): readonly Commit[] {
  const seen = new Set([from.sha]);
  const next = [from];
  const shown: Commit[] = [];
  while (next.length > 0 && shown.length < most) {
    const dates = next.map(({ committer }) => Date.parse(committer.date));
    const [commit] = next.splice(dates.indexOf(Math.max(...dates)), 1);
    if (commit === undefined) break;
    shown.push(commit);
    for (const sha of commit.parents) {
      const parent = repository.commits.get(sha);
      if (parent === undefined || seen.has(sha)) continue;
      seen.add(sha);
      next.push(parent);
    }
  }
  return shown;
}

/**
 * What a workflow at a ref says of `workflow_dispatch`; undefined where there is no such file. A repository without
 * a git folder has every workflow, with the inputs of the one to copy.
 */
export function triggerOf(
  repository: Repository,
  ref: string,
  path: string,
): { readonly isDispatched: boolean; readonly inputs: readonly string[] } | undefined {
  if (repository.directory === undefined) return { isDispatched: true, inputs: ['until', 'commit'] };
  let on: unknown;
  try {
    on = parse(git(repository.directory, 'show', `${ref}:${path}`)).on;
  } catch {
    return undefined;
  }
  if (typeof on === 'string' || Array.isArray(on))
    return { isDispatched: [on].flat().includes('workflow_dispatch'), inputs: [] };
  const events = (on ?? {}) as { workflow_dispatch?: { inputs?: object } | null };
  return {
    isDispatched: Object.hasOwn(events, 'workflow_dispatch'),
    inputs: Object.keys(events.workflow_dispatch?.inputs ?? {}),
  };
}

/** Whether a commit has workflows that the default branch has not, or not so. */
export function changesWorkflows(repository: Repository, commit: string): boolean {
  const { directory, defaultBranch } = repository;
  if (directory === undefined) return false;
  const head = repository.refs.get(`refs/heads/${defaultBranch}`) ?? commit;
  const only = ['--name-only', '--diff-filter=AM', '--no-renames'];
  return git(directory, 'diff', ...only, head, commit, '--', '.github/workflows') !== '';
}
