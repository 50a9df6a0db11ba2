import { execFileSync, spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeActions } from '../scripts/contracts.ts';
import { type Figure, median } from './figure.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const ROUNDS = 21;
const MOST_TIMES = 4;
const MOST_BYTES = 8_000_000;

/**
 * Every bundle from its start to the refusal of empty inputs, next to an empty program: one of each in
 * every round, so that a busy moment of the machine meets them all.
 */
export function coldStart(): Figure[] {
  const programs = new Map<string, readonly string[]>([
    ['node -e 0', ['-e', '0']],
    ...nodeActions.map(({ name }): [string, string[]] => [name, [join(root, 'dist', name, 'index.js')]]),
  ]);
  const times = new Map<string, number[]>([...programs.keys()].map((name) => [name, []]));
  const folder = mkdtempSync(join(tmpdir(), 'airlock-bench-'));
  try {
    for (let round = 0; round <= ROUNDS; round += 1)
      for (const [name, args] of programs) {
        const began = process.hrtime.bigint();
        spawnSync(process.execPath, args, { cwd: folder, env: {}, stdio: 'ignore' });
        // The first round brings the files into the memory of the system.
        if (round > 0) times.get(name)?.push(Number(process.hrtime.bigint() - began) / 1e6);
      }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const empty = median(times.get('node -e 0') ?? []);
  return nodeActions.map(({ name }) => {
    const own = median(times.get(name) ?? []);
    return {
      what: `cold start of ${name}`,
      measured: `${(own / empty).toFixed(1)}× (${own.toFixed(0)} ms; \`node -e 0\` ${empty.toFixed(0)} ms)`,
      target: `≤ ${MOST_TIMES}×`,
      holds: own / empty <= MOST_TIMES,
    };
  });
}

/** All that is committed below `dist/`, and what the Vercel target and its client have in it. */
export function size(): Figure[] {
  const all = bytesBelow('dist');
  const vercel = bytesBelow('dist/target-vercel') + bytesBelow('dist/vercel-client');
  return [
    {
      what: 'size of `dist/` in all',
      measured: `${megabytes(all)}, of it for Vercel ${megabytes(vercel)}`,
      target: '< 8 MB',
      holds: all < MOST_BYTES,
    },
  ];
}

const bytesBelow = (folder: string): number =>
  globSync(`${folder}/**/*`, { cwd: root })
    .map((path) => statSync(join(root, path)))
    .reduce((sum, entry) => sum + (entry.isFile() ? entry.size : 0), 0);

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`;

/** The commit that is measured, and whether files differ from it. */
export const measuredCommit = (): string =>
  execFileSync('git', ['describe', '--always', '--dirty'], { cwd: root, encoding: 'utf8' }).trim();
