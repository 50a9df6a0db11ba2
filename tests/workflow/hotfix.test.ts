import { beforeAll, expect, test } from 'vitest';
import type { CallerRepository, Start } from '../../rehearsal/world/caller-repository.ts';
import { inTurn } from '../turns.ts';
import { answer, finish, jobs, live, makeRelease, REVIEWER, scene } from './scene.ts';

const CALLER = `name: Hotfix
on:
  push: { branches: ['hotfix/**'] }
  workflow_dispatch: { inputs: { emergency: { type: string } } }
permissions: {}
jobs:
  airlock:
    uses: airlock-actions/airlock/.github/workflows/hotfix.yml@v1
    permissions: { actions: read, contents: read, deployments: write, issues: read, pull-requests: write }
    with: { emergency: '\${{ inputs.emergency }}' }
    secrets: inherit
  notes:
    needs: airlock
    if: '!cancelled()'
    uses: airlock-actions/airlock/.github/workflows/release-notes.yml@v1
    permissions: { contents: write, deployments: read }
`;

const world = scene();
let caller: CallerRepository;

beforeAll(async () => {
  caller = await world.open({
    environments: ['staging', 'production'],
    files: { '.github/workflows/hotfix.yml': CALLER },
    configure: (document) => {
      document.set('hotfix', { skip: ['syntax'] });
      document.setIn(['environments', 'production', 'gates'], { approval: 'required' });
    },
    reviewers: { production: [REVIEWER, 'ada'] },
  });
  caller.pulls.configure({ workflowToken: { access: 'read', mayApprove: true } });
  await release('1.0.0');
});

/** Starts a run and lets it into production, where it comes so far. */
async function start(request: Start) {
  const run = await caller.start(request);
  await Promise.race([answer(world.github, run, 'production', 'approved').catch(() => {}), run.done]);
  return finish(run);
}

const release = async (version: string) => start({ sha: await makeRelease(caller, version) });

/** A branch that grows from there, with a release of its own. */
async function branch(name: string, from: string, version: string): Promise<Start> {
  await caller.git('switch', '-q', '-c', name, from);
  await caller.commit(`Fix for ${version}`, { [`fix-${version}.txt`]: 'fixed\n' });
  const sha = await makeRelease(caller, version);
  return { workflowPath: '.github/workflows/hotfix.yml', ref: `refs/heads/${name}`, sha };
}

const pullRequests = () =>
  world.github
    .snapshot()
    .repositories.find(({ owner, name }) => `${owner}/${name}` === caller.name)
    ?.issues.map(({ title, pull }) => `${title}: ${pull?.branch} → ${pull?.base}`);

/** What everybody reads of a version. */
const published = (version: string) =>
  world.github
    .snapshot()
    .repositories.find(({ owner, name }) => `${owner}/${name}` === caller.name)
    ?.releases.find(({ tag }) => tag === `v${version}`)?.body;

test('goes from a branch through staging to production, is owed to main, and told in its notes', async () => {
  const fix = await branch('hotfix/cart', 'v1.0.0', '1.0.1');
  const run = await start(fix);
  expect(run.text()).toContain('syntax is left out');
  expect(await jobs(run)).toEqual({
    plan: 'success',
    'build-check': 'success',
    'staging / stage': 'success',
    overview: 'success',
    'production / stage': 'success',
    'back-merge': 'success',
    'notes / release-notes': 'success',
  });
  const { markdown } = await run.event('summary', ({ markdown }) => markdown.includes('### production'));
  expect(markdown).toMatch(/\| hotfix-base \| 🟢 open .*\n\| hotfix-size \| 🟢 open/);
  expect(markdown).toContain('<code>check syntax</code>');
  expect(markdown).toMatch(/In staging \| passed .* live there for/);
  expect(await live(caller, 'production')).toBe('1.0.1');
  expect(await live(caller, 'staging')).toBe('1.0.1');
  expect(caller.ledger('production')[0]?.payload.hotfix).toEqual({
    branch: 'hotfix/cart',
    base: await caller.git('rev-parse', 'v1.0.0'),
    skipped: ['check syntax'],
  });
  expect(pullRequests()).toEqual(['Back-merge hotfix 1.0.1: hotfix/cart → main']);
  expect(published('1.0.1')).toMatch(
    /🚑 \*\*HOTFIX\*\* from <code>hotfix\/cart<\/code>, on top of <code>1\.0\.0</,
  );
  expect(published('1.0.1')).toMatch(/Skipped:.*check syntax[\s\S]*Release 1\.0\.1[\s\S]*Fix for 1\.0\.1/);
});

inTurn('hotfix owed')(
  'holds the next normal release out of production until it is back on main',
  async () => {
    await caller.git('switch', '-q', 'main');
    const without = await release('1.1.0');
    expect(without.conclusion).toBe('failure');
    expect(without.text()).toContain('[BACK_MERGE_MISSING]');
    expect(await live(caller, 'production')).toBe('1.0.1');

    await caller.git('merge', '-q', '--no-edit', 'hotfix/cart');
    expect((await release('1.1.1')).conclusion).toBe('success');
    expect(await live(caller, 'production')).toBe('1.1.1');
  },
);

test('from the wrong base is refused before anything is built', async () => {
  const before = await live(caller, 'production');
  await caller.git('switch', '-q', 'main');
  await caller.commit('Not live yet', { 'later.txt': 'later\n' });
  const wrong = await branch('hotfix/wrong', 'main', '1.1.2');
  const run = await start(wrong);
  expect(run.text()).toContain('[HOTFIX_WRONG_BASE]');
  expect(await jobs(run)).toMatchObject({
    plan: 'failure',
    'build-check': 'skipped',
    'notes / release-notes': 'success',
  });
  expect(published('1.1.2')).toBeUndefined();
  expect(await live(caller, 'production')).toBe(before);
});

inTurn('hotfix beside another')('beside another, the second must contain the first', async () => {
  const before = `v${await live(caller, 'production')}`;
  const first = await branch('hotfix/first', before, '1.1.3');
  const second = await branch('hotfix/second', before, '1.1.4');
  expect((await start(first)).conclusion).toBe('success');
  const refused = await start(second);
  expect(refused.text()).toContain('another hotfix');
  expect(await live(caller, 'production')).toBe('1.1.3');
});

inTurn('hotfix in an emergency')(
  'in an emergency goes by staging on the word of two people, and of no less',
  async () => {
    const before = await live(caller, 'production');
    const fix = await branch('hotfix/night', `v${before}`, '1.1.6');
    const emergency = { ...fix, event: 'workflow_dispatch', inputs: { emergency: 'Checkout is down' } };
    const alone = await caller.start(emergency);
    await alone.event('approval-wanted', ({ environment }) => environment === 'production');
    world.github.review({ runId: alone.id, environment: 'production', verdict: 'approved', by: 'ada' });
    expect((await finish(alone)).text()).toContain('[EMERGENCY_NEEDS_TWO]');
    expect(await live(caller, 'production')).toBe(before);

    const run = await caller.start(emergency);
    await answer(world.github, run, 'production', 'approved');
    expect((await finish(run)).conclusion).toBe('success');
    expect(await jobs(run)).toMatchObject({ 'staging / stage': 'skipped', 'back-merge': 'success' });
    expect(run.summaries()).toContain('| **Emergency** | Checkout is down |');
    expect(run.summaries()).toMatch(
      /\| order \| 🟣 overridden \| ada and grace, .*emergency: Checkout is down/,
    );
    expect(run.text()).toContain('warning: The gate order of production is overridden by ada and grace');
    expect(caller.ledger('production')[0]?.description).toMatch(
      /^1\.1\.6 is live as an emergency of hotfix\/night, .*Checkout is down/,
    );
    expect(published('1.1.6')).toMatch(
      /EMERGENCY:\*\* Checkout is down[\s\S]*Started by ada, approved by grace\./,
    );
    expect(await live(caller, 'production')).toBe('1.1.6');
    expect(await live(caller, 'staging')).toBe(before);
    expect(caller.ledger('production')[0]?.payload).toMatchObject({
      actor: 'ada',
      approvers: [REVIEWER],
      hotfix: { emergency: 'Checkout is down' },
    });
  },
);
