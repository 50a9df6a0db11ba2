import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, sep } from 'node:path';

const TYPES = /** @type {Record<string, string>} */ ({
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
});

/** @typedef {{body: Buffer, headers: Record<string, string>}} File */

/**
 * Every file of the built client by its address, read once: a few kilobytes, and no address can lead out
 * of the folder.
 *
 * @param {string} folder
 * @returns {Map<string, File>}
 */
export function readFiles(folder) {
  const files = new Map();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const address = path.slice(folder.length).split(sep).join('/').replace(/^\/*/, '/');
    files.set(address, {
      body: readFileSync(path),
      headers: {
        'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
        // Names under /assets carry a hash of their content: they never change.
        'cache-control': address.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      },
    });
  }
  const home = files.get('/index.html');
  if (home) files.set('/', home);
  return files;
}
