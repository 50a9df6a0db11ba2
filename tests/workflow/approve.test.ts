import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { Issue } from '../../rehearsal/github/state.ts';
import type { CallerRepository } from '../../rehearsal/world/caller-repository.ts';
import type { WatchedRun } from '../../rehearsal/world/watched-run.ts';
import { inTurn } from '../turns.ts';
import { finish, jobs, ledger, live, makeRelease, SUITE, scene } from './scene.ts';

const APPROVE = '.github/workflows/approve.yml';
const world = scene();
let caller: CallerRepository;
let token: string;

/** The caller that docs/workflows.md gives. */
function documentedCaller(): string {
  const page = readFileSync(join(SUITE.directory, 'docs/workflows.md'), 'utf8');
  const found = /```yaml\n# \.github\/workflows\/approve\.yml\n([^`]*)```/.exec(page)?.[1];
  if (found === undefined) throw new Error('docs/workflows.md has no caller for approve.yml.');
  return found;
}

beforeAll(async () => {
  caller = await world.open({
    environments: ['production'],
    files: { [APPROVE]: documentedCaller() },
    configure: (document) =>
      document.setIn(['environments', 'production', 'gates'], {
        approval: { by: 'comment', approvers: ['alice'], expires: '2h' },
      }),
  });
  caller.pulls.configure({ collaborators: { alice: 'write', ada: 'write', eve: 'read' } });
  token = world.github.mintUserToken('mary');
});

const issues = (): readonly Issue[] =>
  world.github.snapshot().repositories.find(({ owner, name }) => `${owner}/${name}` === caller.name)
    ?.issues ?? [];

/** The workflow of approvals, started by the end of a run. */
const afterRun = async () =>
  finish(
    await caller.start({ workflowPath: APPROVE, event: 'workflow_run', payload: { action: 'completed' } }),
  );

/** Makes a release and takes it as far as it gets by itself; then people are asked. */
async function waits(version: string): Promise<WatchedRun> {
  await makeRelease(caller, version);
  const run = await finish(await caller.start());
  expect(run.conclusion).toBe('success');
  expect((await jobs(run))['production / stage']).toBe('success');
  expect(run.steps()['airlock / production / stage: release']).toBe('skipped');
  expect(run.text()).toContain('production waits for approval: nothing was released');
  expect((await afterRun()).conclusion).toBe('success');
  return run;
}

/** Somebody comments, and GitHub starts the workflow. */
async function says(issue: number, by: string, body: string, state = 'open') {
  const id = caller.pulls.say(issue, { by, body });
  const answer = await fetch(`${world.github.apiUrl}/repos/${caller.name}/issues/comments/${id}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const payload = {
    action: 'created',
    comment: await answer.json(),
    issue: { number: issue, state, user: { login: issues()[issue - 1]?.author } },
  };
  return finish(await caller.start({ workflowPath: APPROVE, event: 'issue_comment', payload, actor: by }));
}

/** What GitHub does when it was asked to run a job again. */
async function goesOn(run: WatchedRun, sha: string) {
  const [asked, another] = world.github.takeReruns();
  expect([asked?.runId, asked?.by, another]).toEqual([run.id, 'github-actions[bot]', undefined]);
  const rerunJob = { job: asked?.job ?? '', earlier: (await run.done).jobs };
  return finish(
    await caller.start({ sha, rerunOf: run.id, rerunJob, triggeringActor: 'github-actions[bot]' }),
  );
}

test('a run waits without a runner, people answer in one issue, and the same run goes on', async () => {
  const run = await waits('1.0.0');
  const sha = await caller.git('rev-parse', 'HEAD');
  expect(ledger(caller, 'production')).toEqual([]);
  expect(issues()).toMatchObject([
    { number: 1, title: expect.stringMatching(/^Approve [0-9a-f]{7} for production$/), state: 'open' },
  ]);
  expect(issues()[0]?.body).toContain('@alice');
  expect(issues()[0]?.body).toContain('nothing yet');

  expect(() => caller.pulls.say(1, { by: 'eve', body: '/approve' })).toThrow('locked');
  const own = await says(1, 'ada', '/approve');
  expect(own.summaries()).toContain('ada started the run');
  expect(world.github.takeReruns()).toEqual([]);

  const yes = await says(1, 'alice', '/approve\n\nLooks good.');
  expect(yes.conclusion).toBe('success');
  expect(issues()[0]?.state).toBe('closed');
  const again = await goesOn(run, sha);
  expect(again.conclusion).toBe('success');
  expect(again.attempt).toBe(2);
  expect(again.summaries()).toContain('approved by alice');
  expect(await live(caller, 'production')).toBe('1.0.0');
  expect(ledger(caller, 'production')).toContain('promote 1.0.0: success');
  expect(caller.ledger('production')[0]?.payload.approvers).toEqual(['alice']);
});

inTurn('newer ask')(
  'a newer ask takes the place of an older one, and a no ends it with who and why',
  async () => {
    await waits('1.1.0');
    const run = await waits('1.2.0');
    const sha = await caller.git('rev-parse', 'HEAD');
    expect(issues().map(({ state }) => state)).toEqual(['closed', 'closed', 'open']);
    // Written in a closed issue it starts no runner; written just before that it is told why it came too late.
    expect(await jobs(await says(2, 'alice', '/approve', 'closed'))).toEqual({ approve: 'skipped' });
    const late = await says(2, 'alice', '/approve');
    expect(late.summaries()).toContain('was asked for anew since then');
    await says(3, 'alice', '/reject $(touch pwned) `id` ${{ github.token }} the cart is broken');
    const again = await goesOn(run, sha);
    expect(again.conclusion).toBe('failure');
    expect(again.text()).toContain('[APPROVAL_REJECTED]');
    expect(again.summaries()).toContain('alice said /reject to production');
    expect(await live(caller, 'production')).toBe('1.0.0');
  },
);
