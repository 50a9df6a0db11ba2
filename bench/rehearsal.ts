import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Figure } from './figure.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const MOST_SECONDS = 30;
/** As build-check says it: `✓ install: pass in 4.0 s, …`. */
const INSTALL = /✓ install: pass in ([\d.]+) (ms|s|min)\b/g;
const SECONDS = { ms: 0.001, s: 1, min: 60 } as const;

/** `npm run rehearse` on the example, twice: the first fills the package manager's cache. */
export async function rehearsal(): Promise<Figure[]> {
  await rehearse();
  const { seconds, installs } = await rehearse();
  const installing = installs.reduce((sum, one) => sum + one, 0);
  const own = seconds - installing;
  return [
    {
      what: 'rehearsal of the whole pipeline on the example, two releases, warm, without the app’s own installs',
      measured: `${own.toFixed(1)} s (${seconds.toFixed(1)} s − ${installs.length} installs of ${installing.toFixed(1)} s)`,
      target: `< ${MOST_SECONDS} s`,
      holds: own < MOST_SECONDS && installs.length > 0,
    },
  ];
}

async function rehearse(): Promise<{ seconds: number; installs: number[] }> {
  const began = process.hrtime.bigint();
  const child = spawn(
    process.execPath,
    ['scripts/node24.mjs', 'rehearsal/cli/main.ts', 'rehearse', '--json', '--approve'],
    { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = new Promise<number | null>((done) => child.on('close', done));
  const output = await text(child.stdout);
  if ((await ended) !== 0) throw new Error(`The rehearsal did not end as foretold:\n${output.slice(-2_000)}`);
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  const installs = [...output.matchAll(INSTALL)].map(
    ([, figure, unit]) => Number(figure) * SECONDS[unit as keyof typeof SECONDS],
  );
  return { seconds, installs };
}
