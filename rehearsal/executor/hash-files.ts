import { createHash } from 'node:crypto';
import { globSync, readFileSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { data } from '@actions/expressions';
import type { FunctionDefinition } from '@actions/expressions/funcs/info';

/**
 * `hashFiles(pattern, …)`: SHA-256 over the SHA-256 of each file that matches, in order of path; empty when
 * none does. A pattern that starts with `!` takes files out again.
 */
export const hashFiles = (workspace: string): FunctionDefinition => ({
  name: 'hashFiles',
  minArgs: 1,
  maxArgs: 255,
  call: (...patterns) =>
    new data.StringData(
      hashMatching(
        workspace,
        patterns.map((item) => item.coerceString()),
      ),
    ),
});

function hashMatching(workspace: string, patterns: readonly string[]): string {
  const matching = new Set<string>();
  for (const pattern of patterns.flatMap((text) => text.split('\n')).map((text) => text.trim())) {
    if (pattern === '') continue;
    const out = pattern.startsWith('!');
    for (const path of globSync(out ? pattern.slice(1) : pattern, { cwd: workspace })) {
      if (out) matching.delete(path);
      else matching.add(path);
    }
  }
  const files = [...matching].filter((path) => statSync(join(workspace, path)).isFile());
  if (files.length === 0) return '';
  const whole = createHash('sha256');
  for (const path of files.sort((a, b) => (a.split(sep).join('/') < b.split(sep).join('/') ? -1 : 1)))
    whole.update(
      createHash('sha256')
        .update(readFileSync(join(workspace, path)))
        .digest(),
    );
  return whole.digest('hex');
}
