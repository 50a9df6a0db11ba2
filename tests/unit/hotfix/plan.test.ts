import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { plan } from '../../../actions/plan/run.ts';
import type { PlanWorld } from '../../../actions/plan/way.ts';
import { parseConfiguration } from '../../../src/config/load.ts';
import type { EntryPayload } from '../../../src/domain/ledger.ts';
import type { Digest } from '../../../src/domain/release.ts';
import { MemoryApprovals, MemoryComments } from '../../fakes/memory-approvals.ts';
import { MemoryHolds } from '../../fakes/memory-holds.ts';
import { MemoryIssues } from '../../fakes/memory-issues.ts';
import { MemoryLedger } from '../../fakes/memory-ledger.ts';
import { targets } from '../config/targets.ts';
import { Checkout, page } from './repository.ts';

const NEVER = new AbortController().signal;
const DIGEST: Digest = `sha256:${'d'.repeat(64)}`;
const configuration = (hotfix = '{ skip: [soak, e2e], max-changed-lines: 10 }') =>
  parseConfiguration(
    new TextEncoder().encode(
      `version: 1\napp: shop\nbuild: { output: dist, checks: { lint: npm run lint, e2e: npm run e2e } }\nroutes: { default-branch: production }\nhotfix: ${hotfix}\nenvironments:\n  development: { target: { local: { port: 1 } } }\n  staging: { target: { local: { port: 2 } } }\n  production: { target: { local: { port: 3 } }, gates: { approval: required, soak: 1h } }\n`,
    ),
    'airlock.yml',
    targets,
  );

let checkout: Checkout;
let live: string;
let ledger: MemoryLedger;

/** Makes a commit live in an environment. */
async function release(environment: string, commit: string, more: Partial<EntryPayload> = {}) {
  const { id } = await ledger.open({
    task: 'promote',
    environment,
    payload: {
      schema: 1,
      release: { app: 'shop', version: `1.0.0+${commit.slice(0, 7)}`, commit, builtAt: '', digest: DIGEST },
      target: { provider: 'local', deploymentId: commit },
      migrations: [],
      verdicts: {},
      run: { id: '1', attempt: 1, url: '' },
      actor: 'ada',
      approvers: [],
      ...more,
    },
  });
  await ledger.advance(id, 'succeeded');
}

beforeEach(async () => {
  checkout = new Checkout();
  ledger = new MemoryLedger();
  live = checkout.commit('Live', { 'cart.js': page(), '.github/airlock.yml': 'version: 1\n' });
  checkout.fetched();
  await release('production', live);
  checkout.git('switch', '-q', '-c', 'hotfix/cart');
  checkout.commit('Fix', { 'cart.js': page({ 3: 'fixed' }) });
});
afterEach(() => checkout[Symbol.dispose]());

interface Given {
  branch?: string;
  event?: string;
  approvers?: readonly string[];
  againBy?: string;
  approvedIn?: string;
  hotfix?: string;
}

function run(inputs: Partial<Parameters<typeof plan>[0]> = {}, given: Given = {}) {
  const { branch = 'hotfix/cart', event = 'push', approvers = ['grace'], approvedIn = 'production' } = given;
  const world: PlanWorld = {
    configuration: configuration(given.hotfix),
    event: {
      name: event,
      repository: { owner: 'o', name: 'r' },
      ref: `refs/heads/${branch}`,
      refType: 'branch',
      sha: checkout.git('rev-parse', 'HEAD'),
      actor: 'ada',
      triggeringActor: given.againBy ?? 'ada',
      run: { id: '9', attempt: given.againBy ? 2 : 1, url: 'https://github.test' },
      payload: { repository: { full_name: 'o/r', default_branch: 'main' } },
    },
    clock: { now: () => new Date('2026-01-01T06:00:00Z'), sleep: async () => {} },
    processes: checkout.repository.processes,
    workspace: checkout.folder,
    configured: [],
    ledger,
    holds: new MemoryHolds(),
    keepFile: async () => '',
    calendars: { read: async () => [], render: () => '' },
    approvals: new MemoryApprovals(),
    comments: new MemoryComments(),
    issues: new MemoryIssues(),
    gatekeeper: {
      authors: async () => [],
      protection: async (name) => ({
        kind: 'known',
        reviewers: name === approvedIn ? ['grace'] : [],
        preventsSelfReview: true,
        branches: 'custom',
        adminsMayBypass: false,
      }),
      approvals: async () =>
        approvers.map((by) => ({ environments: [approvedIn], verdict: 'approved', by, comment: '' })),
    },
  };
  const all = {
    config: '.github/airlock.yml',
    environment: '',
    digest: '',
    'dry-run': false,
    lane: 'hotfix' as const,
    emergency: '',
    covers: ['staging', 'production'],
    until: '',
    commit: '',
    'app-variables': '',
    job: '77',
    'team-token': '',
    token: 'token',
  };
  return plan({ ...all, ...inputs }, world, NEVER);
}

const enter = (environment: string, inputs: Partial<Parameters<typeof plan>[0]> = {}, given: Given = {}) =>
  run({ environment, digest: DIGEST, ...inputs }, given);

const gatesOf = ({ outputs }: Awaited<ReturnType<typeof run>>) =>
  Object.fromEntries(
    (JSON.parse(outputs.plan ?? '{}').gates as { gate: string; state: string }[]).map(({ gate, state }) => [
      gate,
      state,
    ]),
  );

describe('the start of a hotfix', () => {
  it('goes through staging and production, and names what it leaves out', async () => {
    const outcome = await run();
    expect(outcome).toMatchObject({
      kind: 'done',
      outputs: { environments: '["staging","production"]', 'skip-checks': 'e2e' },
    });
    for (const skipped of ['soak', 'check e2e', 'environment development'])
      expect(outcome.summary).toContain(`<code>${skipped}</code>`);
  });

  it.each<[string, Given, string]>([
    ['another branch', { branch: 'feature/cart' }, 'NOT_A_HOTFIX'],
    ['the default branch', { branch: 'main' }, 'NOT_A_HOTFIX'],
    ['a pull request', { event: 'pull_request' }, 'NOT_A_HOTFIX'],
    ['pull_request_target', { event: 'pull_request_target' }, 'NOT_A_HOTFIX'],
  ])('is refused on %s', async (_what, given, reason) => {
    expect(await run({}, given)).toMatchObject({ kind: 'refused', reason });
  });

  it('is refused before anything is built when it is too large, from the wrong base or unreadable', async () => {
    expect(await run({}, { hotfix: '{ max-changed-lines: 1 }' })).toMatchObject({
      reason: 'HOTFIX_TOO_LARGE',
      outputs: { environments: '[]' },
    });
    await release('production', checkout.git('commit-tree', '-m', 'Elsewhere', `${live}^{tree}`));
    expect(await run()).toMatchObject({ reason: 'HOTFIX_WRONG_BASE' });
    await release('production', 'f'.repeat(40));
    expect(await run()).toMatchObject({ reason: 'GATE_UNREADABLE' });
  });

  it('needs jobs for every environment of its way', async () => {
    await expect(run({ covers: ['production'] })).rejects.toMatchObject({ code: 'ENVIRONMENT_NOT_COVERED' });
  });
});

describe('a hotfix before an environment', () => {
  it('enters staging although development has not run it', async () => {
    const outcome = await enter('staging');
    expect(outcome.kind).toBe('done');
    expect(gatesOf(outcome)).toMatchObject({ order: 'open', 'hotfix-base': 'open', soak: 'skipped' });
  });

  it('enters staging also when staging has its fix already, from the default branch', async () => {
    const fix = checkout.git('rev-parse', 'HEAD');
    checkout.git('switch', '-q', 'main');
    checkout.git('merge', '-q', '--no-ff', '--no-edit', fix);
    checkout.fetched();
    await release('staging', checkout.git('rev-parse', 'HEAD'));
    checkout.git('switch', '-q', 'hotfix/cart');
    expect((await enter('staging')).kind).toBe('done');
  });

  it('never enters production before staging has run it', async () => {
    expect(await enter('production')).toMatchObject({ kind: 'refused', reason: 'NOT_PROVEN' });
    await release('staging', checkout.git('rev-parse', 'HEAD'));
    const outcome = await enter('production');
    expect(outcome).toMatchObject({ kind: 'done' });
    expect(JSON.parse(outcome.outputs.hotfix ?? '')).toEqual({
      branch: 'hotfix/cart',
      base: live,
      skipped: ['soak', 'check e2e', 'environment development'],
    });
    expect(gatesOf(outcome)).toEqual({
      hold: 'open',
      order: 'open',
      soak: 'skipped',
      calendar: 'open',
      newest: 'open',
      'hotfix-base': 'open',
      'hotfix-size': 'open',
      'hotfix-rules': 'open',
      approval: 'open',
    });
  });

  it('is never without its approval, and may be approved in an environment of its own', async () => {
    await release('staging', checkout.git('rev-parse', 'HEAD'));
    expect(await enter('production', {}, { approvers: [] })).toMatchObject({ reason: 'NOT_APPROVED' });
    const own = { hotfix: '{ skip: [soak], approval-environment: production-hotfix }' };
    expect(await enter('production', {}, own)).toMatchObject({ reason: 'NOT_APPROVED' });
    const outcome = await enter('production', {}, { ...own, approvedIn: 'production-hotfix' });
    expect(JSON.parse(outcome.outputs.hotfix ?? '')).toMatchObject({ approvedIn: 'production-hotfix' });
  });

  it('waits out what nobody named as skipped', async () => {
    await release('staging', checkout.git('rev-parse', 'HEAD'));
    const outcome = await enter('production', {}, { hotfix: '{}' });
    expect(gatesOf(outcome)).not.toMatchObject({ soak: 'skipped' });
  });

  it('does not enter what is not on its way', async () => {
    await expect(enter('development')).rejects.toMatchObject({ code: 'ENVIRONMENT_NOT_COVERED' });
  });
});

describe('an emergency', () => {
  const emergency = { emergency: 'Checkout is down, staging too' };

  it('takes the word of two people, which is written down', async () => {
    const outcome = await enter('production', emergency);
    expect(outcome.kind).toBe('done');
    expect(gatesOf(outcome)).toMatchObject({ order: 'overridden', approval: 'open', 'hotfix-base': 'open' });
    expect(JSON.parse(outcome.outputs.hotfix ?? '')).toMatchObject(emergency);
    expect(outcome.summary).toContain('ada and grace');
    expect(outcome.annotations).toMatchObject([
      {
        level: 'warning',
        message: expect.stringMatching(
          /^The gate order of production is overridden by ada and grace, .*emergency: Checkout is down/,
        ),
      },
    ]);
  });

  it.each<[string, readonly string[]]>([
    ['nobody', []],
    ['the one who started it', ['ada']],
    ['the same one, written otherwise', ['ADA']],
    ['a bot', ['airlock[bot]']],
  ])('is none when it is approved by %s', async (_who, approvers) => {
    const outcome = await enter('production', emergency, { approvers });
    expect(outcome).toMatchObject({ kind: 'refused', reason: 'EMERGENCY_NEEDS_TWO' });
    expect(outcome.outputs.environments).toBe('[]');
  });

  it('is none when the second ran it again, or an approval may be of other files', async () => {
    const again = (againBy: string) =>
      enter('production', emergency, { againBy, approvers: ['ada', 'grace'] });
    expect(await again('grace')).toMatchObject({ reason: 'EMERGENCY_NEEDS_TWO' });
    expect((await again('ada')).kind).toBe('done');
    await release('staging', live, {
      release: {
        app: 'shop',
        version: '1',
        commit: live,
        builtAt: '2026-01-01T00:00:00Z',
        digest: `sha256:${'e'.repeat(64)}`,
      },
      run: { id: '9', attempt: 1, url: '' },
    });
    const rebuilt = await again('ada');
    expect(rebuilt).toMatchObject({ kind: 'refused', reason: 'EMERGENCY_NEEDS_TWO' });
    expect(gatesOf(rebuilt)).toMatchObject({ order: 'shut', approval: 'shut' });
  });

  it('opens nothing else: the base is held to all the same', async () => {
    await release('production', checkout.git('commit-tree', '-m', 'Elsewhere', `${live}^{tree}`));
    expect(await enter('production', emergency)).toMatchObject({ reason: 'HOTFIX_WRONG_BASE' });
  });

  it('is for production and not for staging', async () => {
    expect(gatesOf(await enter('staging', emergency))).toMatchObject({ order: 'open' });
  });
});

describe('what whoever approves a hotfix sees while production waits', () => {
  const ahead = { environment: 'production', digest: DIGEST, 'dry-run': true };

  it('has the gates of its way, what it leaves out, and what the fix changes', async () => {
    await release('staging', checkout.git('rev-parse', 'HEAD'));
    const outcome = await run(ahead, { approvers: [] });
    expect(outcome).toMatchObject({
      kind: 'done',
      headline: 'Only an approval is missing: production',
      outputs: { environments: '[]' },
    });
    expect(outcome.summary).toMatch(/\| hotfix-base \| 🟢 open .*\n\| hotfix-size \| 🟢 open/);
    expect(outcome.summary).toContain('| soak | ⚪ skipped');
    expect(outcome.summary).toContain('<code>check e2e</code>');
    expect(outcome.summary).toContain('nobody said yes yet; GitHub asks grace');
    expect(outcome.summary).toContain('1 commit, 1 file');
  });

  it('names the emergency, and that it takes a second person', async () => {
    const outcome = await run({ ...ahead, emergency: 'Checkout <b>is</b> down' }, { approvers: [] });
    expect(outcome.summary).toContain('| **Emergency** | Checkout &lt;b&gt;is&lt;/b&gt; down |');
    expect(outcome.summary).toContain('nobody but ada approved this run');
  });

  it('is refused on a branch that is none', async () => {
    expect(await run(ahead, { branch: 'feature/cart' })).toMatchObject({ reason: 'NOT_A_HOTFIX' });
  });

  it('asks by hand for the environments of its way alone', async () => {
    const outcome = await run({ 'dry-run': true });
    expect(outcome.summary).toContain('### staging');
    expect(outcome.summary).not.toContain('### development');
  });
});

describe('a normal release after a hotfix', () => {
  const normal = { lane: 'normal' as const, covers: ['development', 'staging', 'production'] };

  it('stays out of production without the fix, and goes with it', async () => {
    const fix = checkout.git('rev-parse', 'HEAD');
    await release('production', fix, {
      hotfix: { branch: 'hotfix/cart', base: live, skipped: [] },
      run: { id: '2', attempt: 1, url: '' },
    });
    checkout.git('switch', '-q', 'main');
    const next = checkout.commit('Next', { 'shop.js': 'new\n' });
    await release('staging', next);
    const main = { branch: 'main', hotfix: '{}' };
    const refused = await enter('production', normal, main);
    expect(gatesOf(refused)['back-merge']).toBe('shut');
    expect(refused.outputs.environments).toBe('[]');
    expect(gatesOf(await enter('staging', normal, main))['back-merge']).toBeUndefined();
    checkout.git('merge', '-q', '--no-edit', fix);
    expect(gatesOf(await enter('production', normal, main))['back-merge']).toBe('open');
  });
});
