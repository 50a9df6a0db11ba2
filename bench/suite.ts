import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Figure } from './figure.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const MOST_SECONDS = 180;

/** `npm test`, all layers. */
export function suite(): Figure[] {
  const began = process.hrtime.bigint();
  const { status } = spawnSync(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', '--reporter=dot'],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  return [
    {
      what: 'the whole suite of tests',
      measured: `${seconds.toFixed(0)} s${status === 0 ? '' : ', with failures'}`,
      target: '< 180 s',
      holds: status === 0 && seconds < MOST_SECONDS,
    },
  ];
}
