import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Repository } from '../../../src/cycle/history.ts';
import { processRunner } from '../../../src/runner/processes.ts';

/** A real repository in a folder of its own. */
export class Checkout implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'airlock-hotfix-'));
  readonly repository: Repository = {
    processes: processRunner,
    workspace: this.folder,
    signal: new AbortController().signal,
  };

  constructor() {
    this.git('init', '-q', '-b', 'main');
  }

  git(...args: string[]): string {
    const author = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.test', '-c', 'commit.gpgsign=false'];
    return execFileSync('git', [...author, ...args], {
      cwd: this.folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' },
    }).trim();
  }

  /** What a checkout of the whole history has beside its own branches. */
  fetched(main = 'main'): void {
    this.git('update-ref', 'refs/remotes/origin/main', main);
  }

  /** Commits these files on the current branch; the SHA. */
  commit(message: string, files: Readonly<Record<string, string | Buffer>>): string {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.folder, path)), { recursive: true });
      writeFileSync(join(this.folder, path), text);
    }
    this.git('add', '--all');
    this.git('commit', '-q', '-m', message);
    return this.git('rev-parse', 'HEAD');
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Twenty lines, of which some may be others. */
export const page = (changes: Readonly<Record<number, string>> = {}): string =>
  Array.from({ length: 20 }, (_, line) => `${changes[line] ?? `line ${line}`}\n`).join('');
