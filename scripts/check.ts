// Everything that must hold besides the tests. Each step is a command that a person can run alone.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const node = (...args: string[]) => [process.execPath, join(root, 'scripts/node24.mjs'), ...args];

const STEPS: readonly (readonly [name: string, command: readonly string[]])[] = [
  ['types', node('node_modules/typescript/bin/tsc', '-p', '.')],
  [
    'lint and format',
    [process.execPath, 'node_modules/@biomejs/biome/bin/biome', 'ci', '--error-on-warnings', '.'],
  ],
  ['generated files', node('scripts/generate.ts', '--check')],
  ['import direction', node('scripts/import-rules.ts')],
  ['workflows and pins', node('scripts/lint-workflows.ts')],
  ['error reference', node('scripts/error-reference.ts')],
];

/** Linters that are no npm packages: run where they are installed, named where they are not. */
const EXTRA: readonly (readonly [name: string, args: readonly string[]])[] = [
  ['zizmor', ['--offline', '--no-progress', '--quiet', '.github/workflows', 'actions', 'action.yml']],
];

let failed = 0;
const report = (name: string, ok: boolean, output = '') => {
  console.log(`${ok ? '✓' : '✗'} ${name}`);
  if (!ok) {
    failed += 1;
    console.log(output.trimEnd().replaceAll(/^/gm, '    '));
  }
};

for (const [name, [command = '', ...args]] of STEPS) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  report(name, status === 0, stdout + stderr);
}

const fresh = mkdtempSync(join(tmpdir(), 'airlock-dist-'));
try {
  await build(fresh);
  const { status, stdout } = spawnSync('git', ['diff', '--no-index', '--stat', join(root, 'dist'), fresh], {
    encoding: 'utf8',
  });
  report(
    'dist is what the source gives',
    status === 0,
    `${stdout}\nNext: run \`npm run build\` and commit dist/.`,
  );
} catch (error) {
  report('dist is what the source gives', false, String(error));
} finally {
  rmSync(fresh, { recursive: true, force: true });
}

for (const [name, args] of EXTRA) {
  const { status, stdout, stderr, error } = spawnSync(name, args, { cwd: root, encoding: 'utf8' });
  if (error) console.log(`- ${name} skipped: it is not installed on this machine`);
  else report(name, status === 0, stdout + stderr);
}

console.log(failed === 0 ? 'Everything holds.' : `${failed} of the checks fail.`);
process.exitCode = failed === 0 ? 0 : 1;
