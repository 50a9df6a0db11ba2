import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { approve } from '../../../actions/approve/run.ts';
import { plan } from '../../../actions/plan/run.ts';
import type { PlanWorld } from '../../../actions/plan/way.ts';
import { parseConfiguration } from '../../../src/config/load.ts';
import { entryOf } from '../../../src/cycle/ledger-entries.ts';
import type { WorkflowEvent } from '../../../src/domain/event.ts';
import type { Digest } from '../../../src/domain/release.ts';
import { MemoryApprovals, MemoryComments } from '../../fakes/memory-approvals.ts';
import { MemoryHolds } from '../../fakes/memory-holds.ts';
import { MemoryIssues, MemoryRuns } from '../../fakes/memory-issues.ts';
import { MemoryLedger } from '../../fakes/memory-ledger.ts';
import { targets } from '../config/targets.ts';
import { Checkout, page } from './repository.ts';

/** Staging is broken, and production is approved by comment: from the first ask to the same run that goes on. */

const NEVER = new AbortController().signal;
const DIGEST: Digest = `sha256:${'d'.repeat(64)}`;
const REASON = 'Checkout is down, staging too';
const BOT = 'github-actions[bot]';

const configured = (rules: string) =>
  parseConfiguration(
    new TextEncoder().encode(
      `version: 1\napp: shop\nbuild: { output: dist }\nhotfix: { skip: [] }\nenvironments:\n  staging: { target: { local: { port: 2 } } }\n  production: { target: { local: { port: 3 } }, gates: { approval: { by: comment, approvers: [ada, alice, bob]${rules} }, soak: 1h } }\n`,
    ),
    'airlock.yml',
    targets,
  );

let checkout: Checkout;
let ledger: MemoryLedger;
let approvals: MemoryApprovals;
let comments: MemoryComments;
let issues: MemoryIssues;
let runs: MemoryRuns;
let minute: number;
let rules: string;
let authors: readonly string[];

const now = () => new Date(Date.UTC(2026, 0, 1, 6, minute));

beforeEach(async () => {
  checkout = new Checkout();
  minute = 0;
  rules = '';
  authors = [];
  ledger = new MemoryLedger();
  approvals = new MemoryApprovals(now);
  comments = new MemoryComments();
  for (const login of ['ada', 'alice', 'bob']) comments.account(login);
  issues = new MemoryIssues();
  runs = new MemoryRuns();
  const live = checkout.commit('Live', { 'cart.js': page(), '.github/airlock.yml': 'version: 1\n' });
  checkout.fetched();
  const { id } = await ledger.open({
    task: 'promote',
    environment: 'production',
    payload: {
      schema: 1,
      release: {
        app: 'shop',
        version: '1.0.0',
        commit: live,
        builtAt: '',
        digest: `sha256:${'e'.repeat(64)}`,
      },
      target: { provider: 'local', deploymentId: 'one' },
      migrations: [],
      verdicts: {},
      run: { id: '1', attempt: 1, url: '' },
      actor: 'ada',
      approvers: [],
    },
  });
  await ledger.advance(id, 'succeeded');
  checkout.git('switch', '-q', '-c', 'hotfix/cart');
  checkout.commit('Fix', { 'cart.js': page({ 3: 'fixed' }) });
});
afterEach(() => checkout[Symbol.dispose]());

/** The run that ada started by hand, in an attempt of it. */
const eventOf = (attempt: number, by: string, actor = 'ada'): WorkflowEvent => ({
  name: 'workflow_dispatch',
  repository: { owner: 'o', name: 'r' },
  ref: 'refs/heads/hotfix/cart',
  refType: 'branch',
  sha: checkout.git('rev-parse', 'HEAD'),
  actor,
  triggeringActor: by,
  run: { id: '9', attempt, url: 'https://github.test/runs/9' },
  payload: { repository: { full_name: 'o/r', default_branch: 'main' } },
});

const common = () => ({
  configuration: configured(rules),
  clock: { now, sleep: async () => {} },
  processes: checkout.repository.processes,
  workspace: checkout.folder,
  ledger,
  approvals,
  comments,
  issues,
});

/** The plan of production's job. */
function enters(event = eventOf(1, 'ada'), digest: string = DIGEST, emergency = REASON) {
  minute += 1;
  const world: PlanWorld = {
    ...common(),
    event,
    configured: [],
    holds: new MemoryHolds(),
    keepFile: async () => '',
    calendars: { read: async () => [], render: () => '' },
    gatekeeper: {
      authors: async () => authors,
      protection: async () => ({
        kind: 'known',
        reviewers: [],
        preventsSelfReview: false,
        branches: 'all',
        adminsMayBypass: true,
      }),
      // Nobody is asked by GitHub; whoever is said to have approved there all the same proves nothing.
      approvals: async () => [
        { environments: ['production'], verdict: 'approved', by: 'mallory', comment: '' },
      ],
    },
  };
  const inputs = {
    config: '.github/airlock.yml',
    environment: 'production',
    digest,
    'dry-run': false,
    lane: 'hotfix' as const,
    emergency,
    covers: ['staging', 'production'],
    until: '',
    commit: '',
    'app-variables': '',
    job: '77',
    'team-token': '',
    token: 'token',
  };
  return plan(inputs, world, NEVER);
}

/** The workflow of approvals on the default branch. */
function tends(name = 'workflow_run', payload: object = {}) {
  minute += 1;
  const event = {
    ...eventOf(1, 'alice'),
    name,
    ref: 'refs/heads/main',
    run: { id: '20', attempt: 1, url: '' },
  };
  return approve(
    { config: '.github/airlock.yml', 'team-token': '', token: 't' },
    {
      ...common(),
      event: { ...event, payload: { repository: { default_branch: 'main' }, ...payload } },
      log: { warning() {}, error() {} },
      holds: new MemoryHolds(),
      gatekeeper: { authors: async () => authors },
      runs,
      signal: NEVER,
    },
  );
}

async function says(by: string, body: string) {
  minute += 1;
  const { id, author, thread } = comments.say({ thread: 4, by, at: now(), body });
  const comment = { id, body, user: { id: author?.id } };
  return tends('issue_comment', { action: 'created', issue: { number: thread }, comment });
}

const gatesOf = ({ outputs }: Awaited<ReturnType<typeof enters>>) =>
  Object.fromEntries(
    (JSON.parse(outputs.plan ?? '{}').gates as { gate: string; state: string }[]).map(({ gate, state }) => [
      gate,
      state,
    ]),
  );

/** The first attempt waits, and the issue is open. */
async function waits() {
  const outcome = await enters();
  expect(outcome).toMatchObject({ kind: 'done', outputs: { waiting: 'true', environments: '[]' } });
  await tends();
  return outcome;
}

describe('an emergency that is approved by comment', () => {
  it('waits for the second person, who reads in the issue what it is', async () => {
    const outcome = await waits();
    expect(gatesOf(outcome)).toMatchObject({ order: 'shut', soak: 'shut', approval: 'shut' });
    expect(outcome.outputs.hotfix).not.toContain('"emergency"');
    expect(outcome.summary).toContain(`| Emergency | ${REASON} |`);
    const [issue] = issues.issues;
    expect(issue?.title).toMatch(/^Approve .* for production, an emergency$/);
    expect(issue?.body).toContain('**Emergency:** Checkout is down, staging too');
    expect(issue?.body).toContain('beside ada');
  });

  it('goes on by the other’s word, with both names on record', async () => {
    await waits();
    expect((await says('alice', '/approve')).outputs.runs).toBe('["9"]');
    const again = eventOf(2, BOT);
    const outcome = await enters(again);
    expect(outcome.kind).toBe('done');
    expect(gatesOf(outcome)).toMatchObject({ order: 'overridden', soak: 'overridden', approval: 'open' });
    expect(outcome.outputs).toMatchObject({ waiting: 'false', environments: '["production"]' });
    expect(JSON.parse(outcome.outputs.hotfix ?? '')).toMatchObject({ emergency: REASON });
    expect(outcome.annotations?.[0]?.message).toMatch(
      /^The gate order of production is overridden by ada and alice, .*emergency: Checkout is down/,
    );
    // What the job that goes on writes into the ledger.
    const about = {
      release: { app: 'shop', version: '1', commit: '', builtAt: '', digest: DIGEST },
      target: { provider: 'local' },
    };
    expect(entryOf('promote', 'production', again, about).payload.actor).toBe('ada');
  });

  it('is none by the word of the one who started it', async () => {
    await waits();
    expect((await says('ada', '/approve')).outputs.runs).toBe('[]');
    expect(comments.replies.at(-1)?.text).toContain('ada started the run');
    expect(await enters(eventOf(2, BOT))).toMatchObject({ outputs: { waiting: 'true', environments: '[]' } });
  });

  it('is none by one’s own word where airlock.yml lets one approve oneself', async () => {
    rules = ', self-approval: true';
    await waits();
    expect((await says('ada', '/approve')).outputs.runs).toBe('[]');
    expect(comments.replies.at(-1)?.text).toContain('ada started the run');
    expect(issues.issues[0]?.isOpen).toBe(true);
    // Another one is still heard there, and may have written it: that is what the key is for.
    authors = ['alice'];
    expect((await says('alice', '/approve')).outputs.runs).toBe('["9"]');
    expect((await enters(eventOf(2, BOT))).outputs.environments).toBe('["production"]');
  });

  it('is none by the word of who wrote some of it', async () => {
    authors = ['alice'];
    await waits();
    expect((await says('alice', '/approve')).outputs.runs).toBe('[]');
  });

  it('takes as many as airlock.yml needs', async () => {
    rules = ', needed: 2';
    await waits();
    expect((await says('alice', '/approve')).outputs.runs).toBe('[]');
    expect((await says('bob', '/approve')).outputs.runs).toBe('["9"]');
    expect((await enters(eventOf(2, BOT))).outputs.environments).toBe('["production"]');
  });

  it('ends with a no, in its words', async () => {
    await waits();
    await says('bob', '/reject staging is fine again');
    expect(await enters(eventOf(2, BOT))).toMatchObject({
      kind: 'refused',
      reason: 'APPROVAL_REJECTED',
      headline: expect.stringContaining('bob said /reject to production: staging is fine again'),
    });
  });

  it('is asked anew for other files or another reason, and no old yes counts', async () => {
    await waits();
    await says('alice', '/approve');
    const other = `sha256:${'f'.repeat(64)}`;
    for (const again of [
      () => enters(eventOf(2, 'ada'), other),
      () => enters(eventOf(2, BOT), DIGEST, 'Else'),
    ])
      expect(await again()).toMatchObject({ kind: 'done', outputs: { waiting: 'true', environments: '[]' } });
  });

  it('is none when somebody else ran it again, or an app started it', async () => {
    await waits();
    await says('alice', '/approve');
    for (const event of [eventOf(2, 'bob'), eventOf(2, 'alice'), eventOf(1, BOT, BOT)])
      expect((await enters(event)).outputs.environments).toBe('[]');
    expect(await enters(eventOf(2, 'bob'))).toMatchObject({ reason: 'EMERGENCY_NEEDS_TWO' });
  });

  it('is none where what people read did not name it', async () => {
    await waits();
    await says('alice', '/approve');
    for (const { payload } of approvals.entries)
      if (payload.approval === 'ask') delete (payload as { emergency?: string }).emergency;
    expect(await enters(eventOf(2, BOT))).toMatchObject({ reason: 'EMERGENCY_NEEDS_TWO' });
  });

  it('asks nobody while another gate is shut', async () => {
    checkout.commit('Rules', { '.github/airlock.yml': 'version: 1\nx: 1\n' });
    expect(await enters()).toMatchObject({ kind: 'refused', outputs: { waiting: 'false' } });
    expect(approvals.entries).toEqual([]);
  });

  it('asks nobody without a person who stands for it', async () => {
    expect(await enters(eventOf(1, BOT, BOT))).toMatchObject({ kind: 'refused' });
    expect(approvals.entries).toEqual([]);
  });
});
