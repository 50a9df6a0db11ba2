import { beforeEach, describe, expect, test } from 'vitest';
import { command } from '../../../actions/command/run.ts';
import type { Comment } from '../../../src/domain/command/comment.ts';
import type { BranchChange, Proposal } from '../../../src/domain/command/deploy.ts';
import type { WorkflowEvent } from '../../../src/domain/event.ts';
import { Failure } from '../../../src/domain/failure.ts';
import { standardRoutes } from '../../../src/domain/routes/settings.ts';
import type { StartRequest } from '../../../src/ports/proposals.ts';
import { MemoryApprovals, MemoryComments } from '../../fakes/memory-approvals.ts';
import { MemoryHolds } from '../../fakes/memory-holds.ts';
import { MemoryLedger } from '../../fakes/memory-ledger.ts';
import { eventOfRun, SteppedClock, settings } from '../cycle/world.ts';

const THREE = ['development', 'staging', 'production'];
const HEAD = 'a'.repeat(40);
const WRITTEN = new Date('2026-11-21T12:00:00Z');
const PULL = 7;

let comments: MemoryComments;
let approvals: MemoryApprovals;
let holds: MemoryHolds;
let ledger: MemoryLedger;
let listed: readonly string[];
let proposal: Proposal | undefined;
let change: BranchChange | undefined;
let started: StartRequest[];
let onStart: () => void;
/** Milliseconds after the first look until GitHub lists a run, and when it was looked. */
let listedAfter: number;
let looked: number[];
/** When GitHub began the attempt. */
let begins: string | undefined;

beforeEach(() => {
  comments = new MemoryComments();
  comments.account('grace');
  approvals = new MemoryApprovals();
  holds = new MemoryHolds();
  ledger = new MemoryLedger();
  listed = ['development', 'staging'];
  proposal = { number: PULL, isOpen: true, isOwn: true, branch: 'feature/cart', head: HEAD };
  change = { head: HEAD, at: '2026-11-21T11:59:59Z' };
  started = [];
  onStart = () => {};
  listedAfter = Number.POSITIVE_INFINITY;
  looked = [];
  begins = undefined;
});

/** What GitHub tells of a new comment. */
const eventOf = (
  { id, thread, body, author }: Comment,
  run = '1',
  action = 'created',
  attempt = 1,
): WorkflowEvent => ({
  ...eventOfRun(run, attempt),
  name: 'issue_comment',
  payload: { action, comment: { id, body, user: { id: author?.id } }, issue: { number: thread } },
});

const say = (body: string, more: Partial<Comment> & { by?: string } = {}) =>
  comments.say({ thread: PULL, by: 'grace', at: WRITTEN, body, ...more });

const hear = (event: WorkflowEvent) => {
  const clock = new SteppedClock();
  const begun = clock.now().getTime();
  return command(
    { config: '.github/airlock.yml', workflow: 'deploy.yml', token: '' },
    {
      configuration: {
        app: 'sophie',
        environments: THREE.map((name) => settings({ name })),
        routes: { ...standardRoutes(THREE), comment: listed },
      },
      event,
      clock,
      signal: new AbortController().signal,
      comments,
      approvals,
      proposals: {
        read: async (number) => (number === PULL ? proposal : undefined),
        lastChange: async (branch) => (branch === proposal?.branch ? change : undefined),
        async start(request) {
          onStart();
          started.push(request);
          return 'https://github.test/o/r/actions/runs/9';
        },
        async startedSince() {
          const later = clock.now().getTime() - begun;
          looked.push(later);
          return later >= listedAfter ? 'https://github.test/o/r/actions/runs/8' : undefined;
        },
      },
      runs: { state: async () => ({ attempt: event.run.attempt, isOver: false, startedAt: begins }) },
      ledger,
      holds,
    },
  );
};

const give = (body: string, more: Parameters<typeof say>[1] = {}, run = '1') =>
  hear(eventOf(say(body, more), run));
const locked = async () => (await holds.read()).controls.map(({ payload }) => payload.control);

describe('a comment', () => {
  test('locks, tells the status, and unlocks, each with one answer that names nobody', async () => {
    const outcome = await give('/lock production for 4h @team look: https://evil.test | <img src=x>');
    expect(outcome).toMatchObject({ kind: 'done', outputs: { command: 'lock', entry: 'control 1' } });
    expect(holds.controls[0]).toMatchObject({
      environment: 'production',
      payload: { control: 'lock', actor: 'grace', comment: 9001, until: expect.any(String) },
    });
    await give('/status production');
    expect(await give('/unlock production over', {}, '3')).toMatchObject({ kind: 'done' });
    expect(comments.replies.map(({ to, thread }) => [to, thread])).toEqual([
      [9001, PULL],
      [9002, PULL],
      [9003, PULL],
    ]);
    const texts = comments.replies.map(({ text }) => text).join('\n');
    expect(texts).toContain('production is locked');
    expect(texts).not.toMatch(/@team|<img/);
    expect(
      texts
        .split('\n')
        .filter((line) => line.startsWith('✅'))
        .join(),
    ).not.toContain('://evil');
  });

  test('holds a release that any environment knows, everywhere, and releases it', async () => {
    const digest = `sha256:${'b'.repeat(64)}` as const;
    expect(await give(`/hold ${digest} loses carts`)).toMatchObject({ kind: 'done' });
    expect(holds.controls[0]).toMatchObject({
      environment: 'production',
      payload: { control: 'hold', digest },
    });
    expect(await give(`/release ${digest} was not it`, {}, '2')).toMatchObject({ kind: 'done' });
    expect(await give('/hold 9.9.9 why', {}, '3')).toMatchObject({
      kind: 'refused',
      reason: 'RELEASE_UNKNOWN',
    });
    expect(comments.replies.at(-1)?.text).toMatch(/^⛔ .*9\.9\.9/);
  });

  test('acts once: run again, replayed, or after what it did was taken back', async () => {
    const comment = say('/lock production the till');
    await hear(eventOf(comment));
    await give('/unlock production over', {}, '2');
    const before = await locked();
    expect(await hear(eventOf(comment))).toMatchObject({
      kind: 'done',
      headline: expect.stringContaining('answered'),
    });
    expect(await hear(eventOf(comment, '99'))).toMatchObject({ kind: 'done' });
    // And where the answer was lost.
    comments.replies.splice(0);
    expect((await hear(eventOf(comment, '99'))).headline).toContain('taken up already');
    expect(await locked()).toEqual(before);
    expect(comments.replies).toHaveLength(1);
  });

  test('that only says what stands already is not done later either', async () => {
    await give('/lock production the till');
    const twin = say('/lock production the till');
    await hear(eventOf(twin, '2'));
    await give('/unlock production over', {}, '3');
    await hear(eventOf(twin, '2'));
    expect(await locked()).toEqual(['unlock', 'lock']);
  });

  test.each<[string, string, Parameters<typeof say>[1]]>([
    ['an outsider', 'COMMENT_NOT_PERMITTED', { by: 'mallory' }],
    ['a bot', 'COMMENT_NOT_BY_PERSON', { author: { id: 101, login: 'grace', type: 'Bot' } }],
    ['an app in a person’s name', 'COMMENT_NOT_BY_PERSON', { isByApp: true }],
    ['somebody who changed it', 'COMMENT_CHANGED', { isEdited: true }],
    [
      'one who has the login of another by now',
      'COMMENT_NOT_PERMITTED',
      { author: { id: 5, login: 'grace', type: 'User' } },
    ],
  ])('of %s does nothing, and gets no answer', async (_who, reason, more) => {
    for (const body of ['/lock production mine', '/deploy staging', '/lock'])
      expect(await give(body, more)).toMatchObject({ kind: 'refused', reason });
    expect([holds.controls, started, comments.replies]).toEqual([[], [], []]);
  });

  test('is read as it stands now, not as the event tells it', async () => {
    const comment = say('/status staging');
    const told = eventOf({ ...comment, body: '/lock production mine' });
    expect(await hear(told)).toMatchObject({ reason: 'COMMENT_CHANGED' });
    const elsewhere = eventOf({ ...comment, thread: 8 });
    expect(await hear(elsewhere)).toMatchObject({ reason: 'COMMENT_CHANGED' });
    const gone = eventOf({ ...comment, id: 4, body: '/lock production mine' });
    expect(await hear(gone)).toMatchObject({ reason: 'COMMENT_GONE' });
    for (const action of ['edited', 'deleted'])
      expect(await hear(eventOf(comment, '1', action))).toMatchObject({ reason: 'NOT_A_NEW_COMMENT' });
    const push = { ...eventOf(comment), name: 'push' };
    expect(await hear(push)).toMatchObject({ reason: 'NOT_A_NEW_COMMENT' });
    expect([holds.controls, comments.replies]).toEqual([[], []]);
  });

  test('that talks to people, or quotes, does nothing and is not answered', async () => {
    for (const body of ['Nice!', '> /lock production mine', '`/lock production mine`'])
      expect(await give(body, { by: 'mallory' })).toMatchObject({ kind: 'done', outputs: {} });
    expect(comments.replies).toEqual([]);
  });

  test('that is written wrongly is told how', async () => {
    expect(await give('/lock production')).toMatchObject({ reason: 'COMMAND_MALFORMED' });
    expect(await give('/lock prod the till')).toMatchObject({ reason: 'ENVIRONMENT_UNKNOWN' });
    await expect(give('/lock production for 99d9 why')).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    expect(comments.replies.map(({ text }) => text.slice(0, 1))).toEqual(['⛔', '⛔', '❌']);
    expect(holds.controls).toEqual([]);
  });

  test('of which GitHub takes nothing is not answered, so that it can be run again', async () => {
    const record = holds.record.bind(holds);
    holds.record = async () => {
      throw new Failure('GITHUB_UNREACHABLE', 'GitHub is gone', 'Wait.');
    };
    const comment = say('/lock production the till');
    await expect(hear(eventOf(comment))).rejects.toMatchObject({ code: 'GITHUB_UNREACHABLE' });
    expect(comments.replies).toEqual([]);
    holds.record = record;
    expect(await hear(eventOf(comment))).toMatchObject({ kind: 'done' });
    expect(comments.replies).toHaveLength(1);
  });

  test('in an issue that asks for an approval is left to that', async () => {
    const common = { schema: 1, app: 'sophie', commit: HEAD, run: { id: '1', attempt: 1, url: '' } } as const;
    await approvals.record('production', { ...common, approval: 'issue', ask: 'ask 1', issue: PULL });
    for (const body of ['/hold not tonight, please', '/hold'])
      expect(await give(body)).toMatchObject({ kind: 'done', outputs: {} });
    expect(comments.replies).toEqual([]);
    expect(await give('/lock production the till')).toMatchObject({ outputs: { command: 'lock' } });
  });
});

describe('/deploy', () => {
  test('starts the pipeline on the branch for the commit that was seen, and writes down who asked', async () => {
    const outcome = await give('/deploy staging');
    expect(outcome).toMatchObject({
      kind: 'done',
      outputs: { command: 'deploy', started: 'https://github.test/o/r/actions/runs/9', entry: 'control 1' },
    });
    expect(started).toEqual([
      { workflow: 'deploy.yml', branch: 'feature/cart', inputs: { until: 'staging', commit: HEAD } },
    ]);
    expect(holds.controls[0]).toMatchObject({
      environment: 'staging',
      payload: { control: 'deploy', actor: 'grace', commit: HEAD, comment: 9001 },
    });
    expect(comments.replies[0]?.text).toContain('aaaaaaa of feature/cart is on its way to staging');
  });

  test('holds and locks nothing by being written down', async () => {
    await give('/deploy staging');
    const status = await give('/status staging');
    expect(status.summary).toContain('Nothing keeps a release out');
  });

  test.each<[string, string, () => void]>([
    ['switched off', 'DEPLOY_NOT_LISTED', () => (listed = [])],
    ['not for this environment', 'DEPLOY_NOT_LISTED', () => (listed = ['development'])],
    ['under an issue', 'DEPLOY_NOT_A_PULL_REQUEST', () => (proposal = undefined)],
    ['closed', 'DEPLOY_NOT_A_PULL_REQUEST', () => edit({ isOpen: false })],
    ['of a fork', 'DEPLOY_FROM_FORK', () => edit({ isOwn: false })],
    ['pushed after', 'HEAD_MOVED', () => (change = { head: HEAD, at: '2026-11-21T12:00:01Z' })],
    ['pushed in the same second', 'HEAD_MOVED', () => (change = { head: HEAD, at: '2026-11-21T12:00:00Z' })],
    ['pushed at a time that nobody can read', 'HEAD_MOVED', () => (change = { head: HEAD, at: 'soon' })],
    ['of which GitHub tells no push', 'HEAD_UNKNOWN', () => (change = undefined)],
    ['of which GitHub tells another push', 'HEAD_UNKNOWN', () => edit({ head: 'b'.repeat(40) })],
  ])('%s: starts nothing and says why', async (_what, reason, arrange) => {
    arrange();
    expect(await give('/deploy staging')).toMatchObject({ kind: 'refused', reason });
    expect([started, holds.controls]).toEqual([[], []]);
    expect(comments.replies).toHaveLength(1);
    expect(comments.replies[0]?.text).toMatch(/^⛔ Nothing is deployed: /);
  });

  const edit = (changes: Partial<Proposal>) => {
    if (proposal) proposal = { ...proposal, ...changes };
  };

  test('passes a hostile branch on as the data that it is, and shows it as text', async () => {
    const hostile = 'x`$(id)`;--force|@team<img/**/src=x>';
    edit({ branch: hostile });
    await give('/deploy staging');
    expect(started[0]?.branch).toBe(hostile);
    expect(comments.replies[0]?.text).not.toMatch(/@team|<img|(?<!\\)`/);
  });

  describe('cut short behind the writing down', () => {
    let comment: Comment;
    beforeEach(async () => {
      onStart = () => {
        throw new Failure('GITHUB_UNREACHABLE', 'nobody knows', 'Look.');
      };
      comment = say('/deploy staging');
      await expect(hear(eventOf(comment))).rejects.toMatchObject({ code: 'GITHUB_UNREACHABLE' });
      expect(comments.replies).toEqual([]);
      onStart = () => {};
    });

    test('starts when the same run is run again, and GitHub has had a minute to list what was started', async () => {
      const again = await hear(eventOf(comment, '1', 'created', 2));
      expect(again).toMatchObject({ kind: 'done', outputs: { command: 'deploy', entry: 'control 1' } });
      expect(started).toHaveLength(1);
      expect(looked).toEqual([0, 60_000]);
      expect(await locked()).toEqual(['deploy']);
      await hear(eventOf(comment, '1', 'created', 3));
      expect([started.length, comments.replies.length]).toEqual([1, 1]);
    });

    test.each([
      ['2025-12-31T23:59:20Z', [0, 20_000]],
      ['2025-12-31T23:00:00Z', [0, 0]],
      ['2026-01-01T00:00:30Z', [0, 60_000]],
      ['never', [0, 60_000]],
    ])('has given GitHub its minute when it began at %s', async (at, looks) => {
      begins = at;
      await hear(eventOf(comment, '1', 'created', 2));
      expect([started.length, looked]).toEqual([1, looks]);
    });

    test.each([0, 60_000])('starts nothing twice when GitHub lists a run %d ms later', async (after) => {
      listedAfter = after;
      const again = await hear(eventOf(comment, '1', 'created', 2));
      expect(again).toMatchObject({
        kind: 'done',
        outputs: { started: 'https://github.test/o/r/actions/runs/8' },
      });
      expect(started).toEqual([]);
      expect(comments.replies.map(({ text }) => text).join()).toContain('nothing is started twice');
    });

    test('says that a run was started, whatever became of the pull request and airlock.yml', async () => {
      listedAfter = 0;
      listed = [];
      edit({ isOpen: false });
      expect(await hear(eventOf(comment, '1', 'created', 2))).toMatchObject({
        outputs: { started: 'https://github.test/o/r/actions/runs/8' },
      });
    });

    test('starts nothing when somebody pushed since', async () => {
      change = { head: HEAD, at: '2026-11-21T12:00:01Z' };
      expect(await hear(eventOf(comment, '1', 'created', 2))).toMatchObject({ reason: 'HEAD_MOVED' });
      expect(started).toEqual([]);
    });

    test('starts nothing in another run, which cannot tell whether that one goes on, and says what to do', async () => {
      const other = await hear(eventOf(comment, '2'));
      expect(other.headline).toContain('taken up already');
      expect(comments.replies.map(({ text }) => text).join()).toContain('run that run again');
      expect([started, looked]).toEqual([[], []]);
    });
  });

  test('says what the workflow lacks', async () => {
    onStart = () => {
      throw new Failure('DEPLOY_NOT_STARTED', 'GitHub does not start deploy.yml', 'Let it.');
    };
    await expect(give('/deploy staging')).rejects.toMatchObject({ code: 'DEPLOY_NOT_STARTED' });
    expect(comments.replies[0]?.text).toMatch(/^❌ GitHub does not start/);
  });
});
