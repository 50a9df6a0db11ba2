import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { CallerRepository, Start } from '../../rehearsal/world/caller-repository.ts';
import type { WatchedRun } from '../../rehearsal/world/watched-run.ts';
import { finish, jobs, ledger, live, SUITE, scene } from './scene.ts';

const COMMAND = '.github/workflows/command.yml';
const BRANCH = 'feature/cart';
const world = scene();
let caller: CallerRepository;
let maintainer: string;
let main: string;
let pull: number;

/** The caller that docs/commands.md gives. */
function documentedCaller(): string {
  const page = readFileSync(join(SUITE.directory, 'docs/commands.md'), 'utf8');
  const found = /```yaml\n# \.github\/workflows\/command\.yml\n([^`]*)```/.exec(page)?.[1];
  if (found === undefined) throw new Error('docs/commands.md has no caller for command.yml.');
  return found;
}

beforeAll(async () => {
  caller = await world.open({
    environments: ['staging', 'production'],
    files: { [COMMAND]: documentedCaller() },
    configure(document) {
      document.setIn(['routes', 'comment'], ['staging']);
      document.setIn(['environments', 'staging', 'gates'], { approval: 'required' });
    },
    reviewers: { staging: ['grace', 'mary'] },
  });
  caller.pulls.configure({ collaborators: { grace: 'write' } });
  maintainer = world.github.mintUserToken('mary');
  main = await caller.git('rev-parse', 'HEAD');
  await caller.git('switch', '--quiet', '-c', BRANCH);
  const head = await caller.commit('A cart');
  const pushedAt = new Date(Date.now() - 3_600_000);
  pull = caller.pulls.openPullRequest({ title: 'A cart', author: 'ada', head, branch: BRANCH, pushedAt });
});

/** Somebody comments, and GitHub starts the workflow of the default branch. */
async function says(by: string, body: string) {
  const id = caller.pulls.say(pull, { by, body });
  const answer = await fetch(`${world.github.apiUrl}/repos/${caller.name}/issues/comments/${id}`, {
    headers: { authorization: `Bearer ${maintainer}` },
  });
  const payload = { action: 'created', comment: await answer.json(), issue: { number: pull } };
  return finish(
    await caller.start({ workflowPath: COMMAND, event: 'issue_comment', payload, actor: by, sha: main }),
  );
}

/** What GitHub does when it was asked to start a workflow: it runs what the branch has by then. */
async function starts(): Promise<{ run: WatchedRun; start: Start }> {
  const [asked, another] = world.github.takeDispatches();
  if (asked === undefined || another !== undefined) throw new Error('One run was to be started.');
  const { workflowPath, ref, inputs, by: actor } = asked;
  const sha = await caller.git('rev-parse', ref);
  const start = { workflowPath, event: 'workflow_dispatch', ref, sha, actor, inputs, payload: { inputs } };
  return { run: await caller.start(start), start };
}

/** One reviewer lets the run in. */
async function ends(run: WatchedRun, approver: string) {
  const environment = 'staging';
  await run.event('approval-wanted', (event) => event.environment === environment);
  world.github.review({ runId: run.id, environment, verdict: 'approved', by: approver });
  return finish(run);
}

test('a comment deploys the commit that it was written for, and no other', async () => {
  expect((await says('mallory', '/deploy staging')).text()).toContain('[COMMENT_NOT_PERMITTED]');
  expect((await says('grace', '/deploy production')).text()).toContain('[DEPLOY_NOT_LISTED]');
  expect(world.github.takeDispatches()).toEqual([]);

  expect((await says('grace', '/deploy staging')).conclusion).toBe('success');
  const { run: first, start } = await starts();
  const own = await ends(first, 'grace');
  expect(own.text()).toContain('grace, who asked for the run by comment');
  expect(own.conclusion).toBe('failure');
  const { jobs: earlier } = await own.done;
  const rerunJob = { job: earlier.find(({ id }) => id.endsWith('staging / stage'))?.id ?? '', earlier };
  const again = { ...start, rerunOf: own.id, rerunJob, triggeringActor: 'ada' };
  const run = await ends(await caller.start(again), 'mary');
  expect(run.conclusion).toBe('success');
  expect(await jobs(run)).toMatchObject({ 'staging / stage': 'success', 'production / stage': 'skipped' });
  expect(await live(caller, 'staging')).toMatch(/^0\.1\.0-0\.dev/);

  expect((await says('grace', '/deploy staging')).conclusion).toBe('success');
  await caller.commit('Pushed in between');
  const moved = await finish((await starts()).run);
  expect(moved.conclusion).toBe('failure');
  expect(moved.text()).toContain('[COMMIT_MOVED]');
  expect(ledger(caller, 'staging').filter((entry) => entry.startsWith('promote'))).toHaveLength(1);
});

test('a comment locks what a run then finds shut', async () => {
  const locked = await says('grace', '/lock staging for 1h $(touch never) `id`');
  expect(locked.conclusion).toBe('success');
  expect(locked.summaries()).toContain('staging is locked');
  const answers = world.github
    .snapshot()
    .repositories.find(({ owner, name }) => `${owner}/${name}` === caller.name)
    ?.issues[0]?.comments.filter(({ author }) => author === 'github-actions[bot]');
  expect(answers).toHaveLength(4);
  expect(answers?.at(-1)?.body).toContain('staging is locked');
});
