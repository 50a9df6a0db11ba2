// Bundles every action into dist/<name>/, reproducibly: tsc emits, ncc bundles what tsc emitted.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ncc from '@vercel/ncc';
import { nodeActions } from './contracts.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Bundle name → compiled entry. The local target's daemon runs as a process of its own. */
export const entries: ReadonlyMap<string, string> = new Map([
  ...nodeActions.map(({ name }): [string, string] => [name, `actions/${name}/main.js`]),
  ['local-daemon', 'src/targets/local/daemon/main.js'],
]);

/** Builds every bundle below `into`, which is emptied first. Compiles into `lib/`. */
export async function build(into: string): Promise<void> {
  rmSync(join(root, 'lib'), { recursive: true, force: true });
  execFileSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.bundle.json')],
    { stdio: 'inherit' },
  );
  // ncc takes the module kind from the nearest package.json of what it bundles.
  writeFileSync(join(root, 'lib/package.json'), '{"type":"module"}\n');
  rmSync(into, { recursive: true, force: true });
  for (const [name, entry] of entries) {
    const { code, assets } = await ncc(join(root, 'lib', entry), {
      minify: true,
      cache: false,
      quiet: true,
      license: 'licenses.txt',
    });
    const files = new Map<string, string | Buffer>([
      ['index.js', code],
      ['package.json', '{"type":"module"}\n'],
    ]);
    for (const [path, asset] of Object.entries(assets)) files.set(path, asset.source);
    for (const [path, content] of files) {
      const file = join(into, name, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build(join(root, 'dist'));
