import { fileURLToPath } from 'node:url';
import { startFakeGitHub } from '../rehearsal/github/fake-github.ts';
import { type CallerRepository, openCaller } from '../rehearsal/world/caller-repository.ts';
import {
  type Attempt,
  byBranch,
  byComment,
  byHand,
  byTag,
  COMMAND_CALLER,
  harmBy,
  KEY,
} from '../rehearsal/world/injections.ts';
import type { Figure } from './figure.ts';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url)).replace(/\/$/, '');
const ENVIRONMENT = { environment: 'production' };
const ROLLBACK = '.github/workflows/rollback.yml';
const CONTROL = '.github/workflows/control.yml';
const INPUTS = ['environment', 'mode', 'reason', 'release', 'until', 'gate', 'second'];

const CONTROL_CALLER = {
  [CONTROL]: JSON.stringify({
    on: {
      workflow_dispatch: { inputs: Object.fromEntries(INPUTS.map((name) => [name, { type: 'string' }])) },
    },
    permissions: {},
    jobs: {
      airlock: {
        uses: 'airlock-actions/airlock/.github/workflows/control.yml@v1',
        permissions: { actions: 'read', contents: 'read', deployments: 'write' },
        with: Object.fromEntries(INPUTS.map((name) => [name, `\${{ inputs.${name} }}`])),
      },
    },
  }),
};

/** Every hostile string in every place in which a stranger, or a tired colleague, can put one. */
export async function injections(): Promise<Figure[]> {
  const github = await startFakeGitHub();
  const caller = await openCaller({
    app: path('../tests/fixtures/apps/harbor'),
    repository: 'airlock-actions/harbor',
    github,
    suite: { repository: 'airlock-actions/airlock', directory: path('..') },
    environments: ['production'],
    files: { ...COMMAND_CALLER, ...CONTROL_CALLER },
    secrets: { KEY },
  });
  try {
    caller.pulls.configure({ collaborators: { grace: 'write' } });
    await (await caller.start()).done;
    const control = (mode: string, hostile: readonly string[]) =>
      byHand(caller, CONTROL, { ...ENVIRONMENT, mode }, hostile);
    const attempts: readonly Attempt[] = [
      await byBranch(caller),
      await byTag(caller),
      await byHand(caller, ROLLBACK, { ...ENVIRONMENT, to: '' }, ['to', 'reason']),
      await byHand(caller, ROLLBACK, { ...ENVIRONMENT, to: '' }, ['reason']),
      await control('hold', ['release', 'reason']),
      await control('lock', ['until', 'reason']),
      await control('lock', ['reason']),
      await control('override', ['gate', 'second', 'reason']),
      ...(await byComment(caller, github, 'grace')),
    ];
    return [await figureOf(attempts, caller)];
  } finally {
    await caller.close();
    await github.close();
  }
}

async function figureOf(attempts: readonly Attempt[], caller: CallerRepository): Promise<Figure> {
  const harms = (await Promise.all(attempts.map((attempt) => harmBy(attempt, caller)))).flat();
  for (const harm of harms) console.error(harm);
  const tried = attempts.reduce((sum, { strings }) => sum + strings, 0);
  return {
    what: `${tried} injection strings in names of branches and tags, commit messages, actors, reasons and comments, ${attempts.length} runs: executed`,
    measured: `${harms.length}`,
    target: '0',
    holds: harms.length === 0 && attempts.length > 0,
  };
}
