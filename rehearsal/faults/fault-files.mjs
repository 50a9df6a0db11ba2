// Breaks what a static release answers at one path: the last check of a build that is to fail its smoke test.
//
//   node fault-files.mjs <folder of the built files> <path> replace|remove
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';

const [folder, address, how] = process.argv.slice(2);
const root = resolve(folder);
const path = decodeURIComponent(address.split('?')[0]);
const isFile = (file) => existsSync(file) && statSync(file).isFile();
const file = [join(root, path), join(root, path, 'index.html'), join(root, `${path}.html`)].find(isFile);
if (!file?.startsWith(root + sep)) {
  console.error(`The built files have nothing at ${address}.`);
  process.exit(1);
}
if (how === 'remove') rmSync(file);
else writeFileSync(file, 'Injected fault.\n');
console.log(`${how === 'remove' ? 'Removed' : 'Replaced'} what answers ${address}.`);
