import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The repository, at one commit, that a workflow or action file stands in. */
export interface Home {
  /** `owner/name` */
  readonly repository: string;
  /** Full ref that was asked for, `refs/heads/main`; a bare commit when one was. */
  readonly ref: string;
  readonly sha: string;
  /** Text of a file; undefined when there is none. */
  read(path: string): string | undefined;
  /** A folder with all of its files, for actions to run from. */
  directory(): Promise<string>;
}

/** Airlock's own checkout: read as it lies there, so that a bundle built a moment ago is the one that runs. */
export function suiteHome(suite: { repository: string; directory: string }, reference: string): Home {
  return {
    repository: suite.repository,
    ref: fullRef(reference),
    sha: headOf(suite.directory),
    read: (path) => readIfThere(join(suite.directory, path)),
    directory: async () => suite.directory,
  };
}

/** The caller's repository as committed: what is not committed does not exist, as on GitHub. */
export function callerHome(
  caller: { repository: string; source: string; ref: string; sha: string },
  copies: string,
): Home {
  let copy: Promise<string> | undefined;
  const materialize = async () => {
    const directory = join(copies, caller.sha);
    if (existsSync(directory)) return directory;
    await mkdir(copies, { recursive: true });
    const partial = `${directory}.${process.pid}.${Date.now()}`;
    await run('git', [
      'clone',
      '--quiet',
      '--shared',
      '--no-checkout',
      '--template=',
      caller.source,
      partial,
    ]);
    await run('git', ['-C', partial, 'checkout', '--quiet', '--detach', caller.sha]);
    // Two runs may copy at once: the first to finish wins and both use it.
    await rename(partial, directory).catch(() => undefined);
    return directory;
  };
  return {
    repository: caller.repository,
    ref: caller.ref,
    sha: caller.sha,
    read: (path) => readCommitted(caller.source, caller.sha, path),
    directory: () => {
      copy ??= materialize();
      return copy;
    },
  };
}

/** Text of a file in a folder; undefined when there is none. */
export const readIfThere = (path: string): string | undefined =>
  existsSync(path) ? readFileSync(path, 'utf8') : undefined;

function readCommitted(source: string, sha: string, path: string): string | undefined {
  try {
    return execFileSync('git', ['-C', source, 'show', `${sha}:${path}`], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return undefined;
  }
}

function headOf(directory: string): string {
  try {
    return execFileSync('git', ['-C', directory, 'rev-parse', 'HEAD'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return '0'.repeat(40);
  }
}

/** `v1` and `v1.2.3` are taken for tags and other names for branches: there is no remote to ask. */
function fullRef(reference: string): string {
  if (reference.startsWith('refs/') || /^[0-9a-f]{40}$/.test(reference)) return reference;
  return /^v?\d/.test(reference) ? `refs/tags/${reference}` : `refs/heads/${reference}`;
}
