// Bundles every action into dist/<name>/, reproducibly: tsc emits, ncc bundles what tsc emitted.
import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ncc from '@vercel/ncc';
import { nodeActions } from './contracts.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Those beside the way of a release share one bundle: each alone would carry the same readers and clients again. */
const AUXILIARY: ReadonlySet<string> = new Set([
  'approve',
  'back-merge',
  'command',
  'control',
  'doctor',
  'preview',
  'release-notes',
]);
const auxiliary = nodeActions.filter(({ name }) => AUXILIARY.has(name)).map(({ name }) => name);

/**
 * Bundle name → compiled entry. The local target's daemon runs as a process of its own; a provider with a
 * vendor's client, and that client, are loaded by the action that needs them, so that the others neither
 * carry nor read them.
 */
const entries: ReadonlyMap<string, string> = new Map([
  ...nodeActions
    .filter(({ name }) => !AUXILIARY.has(name))
    .map(({ name }): [string, string] => [name, `actions/${name}/main.js`]),
  ['auxiliary', 'actions/auxiliary.js'],
  ['local-daemon', 'src/targets/local/daemon/main.js'],
  ['target-vercel', 'src/targets/vercel/provider.js'],
  ['vercel-client', 'src/targets/vercel/client.js'],
]);

const MODULE = '{"type":"module"}\n';

/** Packages whose modules do nothing when they are loaded, though their package.json does not say so. */
const PURE_PACKAGES = ['@actions/core'];

/** Actions that settle what was left open when their job ends. */
const withPost = new Set(nodeActions.filter(({ post }) => post).map(({ name }) => name));

/** Builds every bundle below `into`, which is emptied first. Compiles into `lib/`. */
export async function build(into: string): Promise<void> {
  compile();
  rmSync(into, { recursive: true, force: true });
  for (const [name, entry] of entries) {
    const folder = join(into, name);
    await bundle(entry, folder);
    // By its name the bundle knows that the job is over.
    if (withPost.has(name)) writeFileSync(join(folder, 'post.js'), "import './index.js';\n");
  }
  for (const name of auxiliary) {
    mkdirSync(join(into, name));
    writeFileSync(join(into, name, 'index.js'), "import '../auxiliary/index.js';\n");
    writeFileSync(join(into, name, 'package.json'), MODULE);
  }
}

/** Compiles everything that is bundled into `lib/`, which is emptied first. */
export function compile(): void {
  rmSync(join(root, 'lib'), { recursive: true, force: true });
  execFileSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.bundle.json')],
    { stdio: 'inherit' },
  );
  writeFileSync(join(root, 'lib/actions/auxiliary.js'), auxiliaryEntry());
  for (const file of globSync('lib/{actions,src}/**/*.js', { cwd: root })) markImports(join(root, file));
  // ncc reads here what kind of modules these are, and that unused ones can be left out.
  writeFileSync(join(root, 'lib/package.json'), '{"type":"module","sideEffects":false}\n');
  for (const name of PURE_PACKAGES) declarePure(name);
}

/** Whichever of them was started, by the name of its folder. */
function auxiliaryEntry(): string {
  const cases = auxiliary.map((name) => `  case '${name}': await import('./${name}/main.js'); break;`);
  return [
    "import { basename, dirname } from 'node:path';",
    'switch (basename(dirname(process.argv[1]))) {',
    ...cases,
    '}',
    '',
  ].join('\n');
}

/**
 * Bundles what is compiled into a folder of its own.
 *
 * @param entry below `lib/`
 */
export async function bundle(entry: string, folder: string): Promise<void> {
  const { code, assets } = await ncc(join(root, 'lib', entry), {
    minify: true,
    cache: false,
    quiet: true,
    license: 'licenses.txt',
  });
  const files = new Map<string, string | Buffer>([
    ['index.js', code],
    ['package.json', MODULE],
    ...Object.entries(assets).map(([path, { source }]): [string, string | Buffer] => [path, source]),
  ]);
  for (const [path, content] of files) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}

/**
 * Keeps what is imported on demand in the same file, still evaluated on demand: a bundle is one file that
 * can be reviewed and cannot be committed by half, and the bundler drops what nobody uses of a package,
 * which it does not do across files. What is an entry itself is loaded from its own bundle beside this one.
 */
function markImports(file: string): void {
  const bundles = new Map([...entries].map(([name, entry]) => [join(root, 'lib', entry), name]));
  const text = readFileSync(file, 'utf8').replaceAll(
    /\bimport\((['"])(.+?)\1/g,
    (_, __, imported: string) => {
      const name = bundles.get(join(dirname(file), imported));
      if (name !== undefined) return `import(/* webpackIgnore: true */ '../${name}/index.js'`;
      return `import(/* webpackMode: "eager" */ '${imported}'`;
    },
  );
  writeFileSync(file, text);
}

/**
 * A copy of the package beside what is bundled, which is found first and says that unused modules can be
 * left out: `@actions/core` alone brings an HTTP client that nobody here calls, half of every bundle.
 */
function declarePure(name: string): void {
  const copy = join(root, 'lib/node_modules', name);
  cpSync(join(root, 'node_modules', name), copy, { recursive: true });
  const file = join(copy, 'package.json');
  const description: unknown = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify({ ...(description as object), sideEffects: false }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build(join(root, 'dist'));
