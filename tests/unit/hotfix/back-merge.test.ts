import { expect, test } from 'vitest';
import { backMerge } from '../../../actions/back-merge/run.ts';
import { parseConfiguration } from '../../../src/config/load.ts';
import type { WorkflowEvent } from '../../../src/domain/event.ts';
import type { PullRequest, PullRequests } from '../../../src/ports/pull-requests.ts';
import { targets } from '../config/targets.ts';

const SHA = 'a'.repeat(40);
const INPUTS = { config: '.github/airlock.yml', version: '1.2.4', token: 't' };
const configuration = parseConfiguration(
  new TextEncoder().encode(
    'version: 1\napp: shop\nbuild: { output: dist, checks: { e2e: npm run e2e } }\nhotfix: { skip: [soak, e2e] }\nenvironments: { staging: { target: { local: { port: 1 } } }, production: { target: { local: { port: 2 } } } }\n',
  ),
  'airlock.yml',
  targets,
);
const event = (branch: string): WorkflowEvent => ({
  name: 'push',
  repository: { owner: 'o', name: 'r' },
  ref: `refs/heads/${branch}`,
  refType: 'branch',
  sha: SHA,
  actor: 'ada',
  triggeringActor: 'ada',
  run: { id: '1', attempt: 1, url: 'https://github.test/run' },
  payload: { repository: { default_branch: 'main' } },
});

/** Remembers what was opened. */
function pullRequests(known?: Partial<PullRequest>, nothingNew = false) {
  const opened: Parameters<PullRequests['open']>[0][] = [];
  const one = { number: 7, url: 'https://github.test/7', state: 'open', head: SHA, ...known } as const;
  return {
    opened,
    newest: async () => known && one,
    open: async (request: Parameters<PullRequests['open']>[0]) => {
      opened.push(request);
      return nothingNew ? undefined : { ...one, number: 8, state: 'open' as const };
    },
  };
}

const run = (world: ReturnType<typeof pullRequests>, branch = 'hotfix/cart') =>
  backMerge(INPUTS, { configuration, event: event(branch), pullRequests: world });

test('opens one that names the version, the branch and what was skipped', async () => {
  const world = pullRequests();
  expect(await run(world)).toMatchObject({ kind: 'done', outputs: { state: 'open' } });
  const [request] = world.opened;
  expect(request).toMatchObject({ from: 'hotfix/cart', into: 'main', title: 'Back-merge hotfix 1.2.4' });
  expect(request?.body).toContain('<code>soak</code>, <code>check e2e</code>');
});

test.each<[string, Partial<PullRequest>, number]>([
  ['is open', { state: 'open', head: 'b'.repeat(40) }, 0],
  ['was merged with this commit', { state: 'merged' }, 0],
  ['was merged before the branch went on', { state: 'merged', head: 'b'.repeat(40) }, 1],
  ['was closed before the branch went on', { state: 'closed', head: 'b'.repeat(40) }, 1],
])('opens one for a branch, and no other while the last %s', async (_what, known, more) => {
  const world = pullRequests(known);
  expect((await run(world)).kind).toBe('done');
  expect(world.opened).toHaveLength(more);
});

test('says that a fix is owed whose pull request somebody closed', async () => {
  const world = pullRequests({ state: 'closed' });
  expect(await run(world)).toMatchObject({ kind: 'refused', reason: 'BACK_MERGE_CLOSED' });
  expect(world.opened).toEqual([]);
});

test('has nothing to bring where the default branch has it', async () => {
  expect(await run(pullRequests(undefined, true))).toMatchObject({
    kind: 'done',
    outputs: { state: 'none' },
  });
});

test.each(['main', 'feature/x'])('opens none from %s', async (branch) => {
  const world = pullRequests();
  expect(await run(world, branch)).toMatchObject({ kind: 'refused', reason: 'NOT_A_HOTFIX' });
  expect(world.opened).toEqual([]);
});

test('a branch’s name is no Markdown, HTML or mention', async () => {
  const world = pullRequests();
  await run(world, 'hotfix/</code><img src=x>@everyone[x](https://evil.test)`|');
  expect(world.opened[0]?.body).not.toMatch(/<img|\]\(https:\/\/evil|<\/code><img/);
});
