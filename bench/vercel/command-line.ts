import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The version that the figures are of. */
export const CLI = 'vercel@64.0.2';

/** Vercel's command line where it was asked for and could be had. */
export interface CommandLine {
  /** Absolute path of its program. */
  readonly program: string | undefined;
  remove(): void;
}

/** Installs it into a folder of its own, from the registry that npm is set up for. Says so where it does not. */
export function installCommandLine(wanted: boolean): CommandLine {
  const none = (why: string): CommandLine => {
    console.error(`${CLI} is not measured: ${why}`);
    return { program: undefined, remove: () => {} };
  };
  if (!wanted) return none('nobody asked for it; `npm run bench -- --with-cli` installs it, some 360 MB.');
  const folder = mkdtempSync(join(tmpdir(), 'airlock-bench-cli-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const [name = '', version = ''] = CLI.split('@');
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({
      private: true,
      dependencies: { [name]: version },
      // No deploy comes near it, and the one version that is named is not in every mirror of the registry.
      overrides: { sandbox: '^4.0.0' },
    }),
  );
  const { status, stderr } = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts'], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const program = join(folder, 'node_modules', name, 'dist/vc.js');
  if (status === 0 && existsSync(program)) return { program, remove };
  remove();
  return none(`it could not be installed.\n${stderr?.slice(-1_000)}`);
}
