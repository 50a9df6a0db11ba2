import { fileURLToPath } from 'node:url';
import { startFakeGitHub } from '../rehearsal/github/fake-github.ts';
import { openCaller } from '../rehearsal/world/caller-repository.ts';
import { killMatrix, STRIKES, type Strike } from '../rehearsal/world/kill-matrix.ts';
import type { Figure } from './figure.ts';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url)).replace(/\/$/, '');
const STAGE = 'airlock / production / stage';
/** Milliseconds after the start of a step: from before its bundle is read to after it has changed things. */
const DELAYS: Readonly<Record<string, readonly number[]>> = {
  // The app of the kill tests has no database.
  migrate: [20, 60],
  deploy: [20, 60, 100, 140, 200, 260],
  'smoke-test': [20, 60, 100, 140],
  promote: [20, 60, 100, 140, 200, 260],
  rollback: [20, 60, 100, 140, 200, 260],
};

const LATER: readonly Strike[] = Object.entries(DELAYS).flatMap(([step, delays]) =>
  delays.map((delay) => ({ job: STAGE, step: `release.${step}`, moment: { at: 'delay' as const, delay } })),
);

/** The kill tests of `tests/workflow`, and then at many more moments. */
export async function kills(): Promise<Figure[]> {
  const github = await startFakeGitHub();
  const caller = await openCaller({
    app: path('../tests/fixtures/apps/harbor'),
    repository: 'airlock-actions/harbor',
    github,
    suite: { repository: 'airlock-actions/airlock', directory: path('..') },
    environments: ['production'],
  });
  try {
    await caller.git('tag', 'v1.0.0');
    const { conclusion } = await (await caller.start()).done;
    if (conclusion !== 'success') throw new Error(`The first release ended with ${conclusion}.`);
    const strikes = [...STRIKES, ...LATER];
    const { killed, consistent, troubles } = await killMatrix(caller, github, strikes);
    for (const trouble of troubles) console.error(trouble);
    // A step that was over before its moment had nothing to be killed; that is not a fault of what came after.
    const missed = troubles.filter((trouble) => trouble.includes('ended each time before')).length;
    return [
      {
        what: `${killed} steps killed and run again (${missed} were over first): consistent`,
        measured: `${((100 * consistent) / (strikes.length - missed)).toFixed(1)} %`,
        target: '100 %',
        holds: consistent === strikes.length - missed && killed > STRIKES.length,
      },
    ];
  } finally {
    await caller.close();
    await github.close();
  }
}
