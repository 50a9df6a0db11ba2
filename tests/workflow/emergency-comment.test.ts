import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect } from 'vitest';
import type { Issue } from '../../rehearsal/github/state.ts';
import type { CallerRepository, Start } from '../../rehearsal/world/caller-repository.ts';
import { inTurn } from '../turns.ts';
import { finish, live, makeRelease, SUITE, scene } from './scene.ts';

const APPROVE = '.github/workflows/approve.yml';
const HOTFIX = '.github/workflows/hotfix.yml';
const world = scene();
let caller: CallerRepository;
let token: string;

/** A caller that the documentation gives. */
function documented(page: string, file: string): string {
  const text = readFileSync(join(SUITE.directory, 'docs', page), 'utf8');
  const found = new RegExp(`\`\`\`yaml\\n# ${file.replaceAll('.', '\\.')}\\n([^\`]*)\`\`\``).exec(text)?.[1];
  if (found === undefined) throw new Error(`docs/${page} has no ${file}.`);
  return found;
}

const issues = (): readonly Issue[] =>
  world.github.snapshot().repositories.find(({ owner, name }) => `${owner}/${name}` === caller.name)
    ?.issues ?? [];

/** GitHub starts it there, whatever branch is checked out. */
const main = async () => ({ ref: 'refs/heads/main', sha: await caller.git('rev-parse', 'main') });

/** Somebody comments in the newest issue, and GitHub starts the workflow. */
async function says(by: string, body: string) {
  const issue = issues().length;
  const id = caller.pulls.say(issue, { by, body });
  const answer = await fetch(`${world.github.apiUrl}/repos/${caller.name}/issues/comments/${id}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const payload = {
    action: 'created',
    comment: await answer.json(),
    issue: { number: issue, state: 'open', user: { login: issues()[issue - 1]?.author } },
  };
  return finish(
    await caller.start({
      ...(await main()),
      workflowPath: APPROVE,
      event: 'issue_comment',
      payload,
      actor: by,
    }),
  );
}

/** A run that waits, and its issue. */
async function waits(start: Start) {
  const run = await finish(await caller.start(start));
  expect(run.text()).toContain('production waits for approval');
  await finish(
    await caller.start({
      ...(await main()),
      workflowPath: APPROVE,
      event: 'workflow_run',
      payload: { action: 'completed' },
    }),
  );
  return run;
}

/** What GitHub does when it was asked to run a job again. */
async function goesOn(start: Start, run: Awaited<ReturnType<typeof waits>>) {
  const [asked] = world.github.takeReruns();
  const rerunJob = { job: asked?.job ?? '', earlier: (await run.done).jobs };
  return finish(
    await caller.start({ ...start, rerunOf: run.id, rerunJob, triggeringActor: 'github-actions[bot]' }),
  );
}

beforeAll(async () => {
  caller = await world.open({
    environments: ['staging', 'production'],
    files: { [APPROVE]: documented('workflows.md', APPROVE), [HOTFIX]: documented('hotfix.md', HOTFIX) },
    configure: (document) =>
      document.setIn(['environments', 'production', 'gates'], {
        approval: { by: 'comment', approvers: ['alice', 'ada'] },
      }),
  });
  caller.pulls.configure({
    collaborators: { alice: 'write', ada: 'write' },
    workflowToken: { access: 'read', mayApprove: true },
  });
  token = world.github.mintUserToken('mary');
  const start = { sha: await makeRelease(caller, '1.0.0') };
  const run = await waits(start);
  await says('alice', '/approve');
  expect((await goesOn(start, run)).conclusion).toBe('success');
});

inTurn('emergency by comment')(
  'an emergency goes by staging on the word of two people, given in an issue',
  async () => {
    await caller.git('switch', '-q', '-c', 'hotfix/night', 'v1.0.0');
    const sha = await makeRelease(caller, '1.0.1');
    const start = {
      workflowPath: HOTFIX,
      ref: 'refs/heads/hotfix/night',
      sha,
      event: 'workflow_dispatch',
      inputs: { emergency: 'Checkout is down' },
    };
    const run = await waits(start);
    expect(issues().at(-1)?.title).toMatch(/, an emergency$/);
    const own = await says('ada', '/approve');
    expect(own.summaries()).toContain('ada started the run');
    expect(world.github.takeReruns()).toEqual([]);
    await says('alice', '/approve');
    const again = await goesOn(start, run);
    expect(again.conclusion).toBe('success');
    expect(again.summaries()).toMatch(
      /\| order \| 🟣 overridden \| ada and alice, .*emergency: Checkout is down/,
    );
    expect(await live(caller, 'production')).toBe('1.0.1');
    expect(await live(caller, 'staging')).toBe('1.0.0');
    expect(caller.ledger('production')[0]?.payload).toMatchObject({
      actor: 'ada',
      approvers: ['alice'],
      hotfix: { emergency: 'Checkout is down' },
    });
  },
);
