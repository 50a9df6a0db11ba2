import { beforeEach, describe, expect, it } from 'vitest';
import { approve } from '../../../actions/approve/run.ts';
import type { Ask } from '../../../src/domain/approval/record.ts';
import type { Comment } from '../../../src/domain/command/comment.ts';
import {
  type Configuration,
  DEFAULT_GATES,
  type EnvironmentSettings,
} from '../../../src/domain/configuration.ts';
import { Failure } from '../../../src/domain/failure.ts';
import { MemoryApprovals, MemoryComments } from '../../fakes/memory-approvals.ts';
import { MemoryHolds } from '../../fakes/memory-holds.ts';
import { MemoryIssues, MemoryRuns } from '../../fakes/memory-issues.ts';
import { MemoryLedger } from '../../fakes/memory-ledger.ts';
import { ask, at, RUN, SETTINGS } from './scene.ts';

let approvals: MemoryApprovals;
let comments: MemoryComments;
let issues: MemoryIssues;
let runs: MemoryRuns;
let holds: MemoryHolds;
let minute: number;
let settings: typeof SETTINGS;
let selfApproval: boolean;
let authors: readonly string[];
let logged: string[];

beforeEach(() => {
  minute = 0;
  approvals = new MemoryApprovals(() => at(minute));
  comments = new MemoryComments();
  for (const login of ['alice', 'bob', 'ada', 'eve']) comments.account(login);
  issues = new MemoryIssues();
  runs = new MemoryRuns();
  holds = new MemoryHolds();
  settings = SETTINGS;
  selfApproval = false;
  authors = [];
  logged = [];
});

const production = (): EnvironmentSettings => ({
  name: 'production',
  target: { provider: 'local', settings: {} },
  url: undefined,
  gates: { ...DEFAULT_GATES, approval: 'required', comment: settings, selfApproval },
  smoke: { warmUpMs: 0, checks: [] },
  strategy: { kind: 'blue-green' },
  rollback: { automatic: true, migrations: 'when-safe' },
});

const nobody = { code: 1, stdout: '', stderr: 'no git here', timedOut: false, cut: false };

/** One run of the workflow. */
function run(
  event: { name: string; payload: object; id?: string; ref?: string } = { name: 'workflow_run', payload: {} },
) {
  const configuration = { app: 'shop', database: undefined, environments: [production()] };
  return approve(
    { config: 'airlock.yml', 'team-token': '', token: 't' },
    {
      configuration: configuration as unknown as Configuration,
      event: {
        name: event.name,
        repository: { owner: 'octo', name: 'shop' },
        ref: event.ref ?? 'refs/heads/main',
        refType: 'branch',
        sha: '1'.repeat(40),
        actor: 'alice',
        triggeringActor: 'alice',
        run: { id: event.id ?? '20', attempt: 1, url: 'https://github.test/runs/20' },
        payload: { repository: { default_branch: 'main' }, ...event.payload },
      },
      clock: { now: () => at(minute), sleep: async () => {} },
      log: { warning() {}, error: (message) => void logged.push(message) },
      workspace: '/nowhere',
      processes: { run: async () => nobody } as never,
      ledger: new MemoryLedger(),
      holds,
      gatekeeper: { authors: async () => authors },
      approvals,
      comments,
      issues,
      runs,
      signal: new AbortController().signal,
    },
  );
}

/** The asking run has ended, and its issue is there. */
async function asked(changes: Parameters<typeof ask>[0] = {}): Promise<Ask> {
  const { payload } = ask(changes);
  const entry = await approvals.record('production', payload);
  minute += 1;
  await run();
  return { ...entry, payload };
}

const payloadOf = ({ id, body, author, thread }: Comment) => ({
  action: 'created',
  issue: { number: thread },
  comment: { id, body, user: { id: author?.id } },
});

/** Somebody comments, and the workflow runs. */
async function says(by: string, body: string, changes: Partial<Comment> = {}, told: object = {}) {
  minute += 1;
  const said = comments.say({ thread: 4, by, at: at(minute), body, ...changes });
  return run({ name: 'issue_comment', payload: { ...payloadOf(said), ...told } });
}

const answers = async () =>
  (await approvals.read()).answers.map(({ payload }) => `${payload.word} ${payload.by.login}`);

describe('a run that waits', () => {
  it('has one issue, however often the workflow runs and wherever it was cut short', async () => {
    await asked();
    await run();
    expect(issues.issues).toHaveLength(1);
    expect(issues.issues[0]).toMatchObject({
      title: 'Approve 1111111 for production',
      label: 'airlock-approval',
    });
    expect(issues.issues[0]?.body).toContain('One of @alice, @bob, @octo/core answers');
    expect(issues.issues[0]?.body).toContain('`/reject reason`');
    // Cut short between opening the issue and writing it down.
    approvals.entries.splice(0, 1);
    const { outputs } = await run();
    expect(issues.issues).toHaveLength(1);
    expect(outputs.issues).toBe('[4]');
  });

  it('goes on by one yes, and its issue is closed', async () => {
    await asked();
    const { headline, outputs } = await says('alice', '/approve');
    expect(headline).toBe('alice said /approve to production; its run goes on');
    expect(outputs).toMatchObject({ answer: 'approve', runs: '["10"]', issues: '[]' });
    expect(runs.started).toEqual([{ runId: '10', job: 77 }]);
    expect(issues.issues[0]?.isOpen).toBe(false);
    expect(comments.replies).toHaveLength(1);
  });

  it('goes on once, however often the same comment is heard', async () => {
    await asked();
    await says('alice', '/approve');
    const [said] = [...comments.comments.values()];
    if (!said) throw new Error('somebody said it');
    for (const id of ['20', '21']) await run({ name: 'issue_comment', payload: payloadOf(said), id });
    await run();
    expect(await answers()).toEqual(['approve alice']);
    expect(runs.started).toHaveLength(1);
    expect(comments.replies).toHaveLength(1);
  });

  it('goes on when the workflow was cut short before it could start it', async () => {
    await asked();
    runs.underWay.add('10');
    await says('alice', '/approve');
    expect(runs.started).toEqual([]);
    issues.issues.map((issue) => Object.assign(issue, { isOpen: true }));
    runs.underWay.clear();
    await run();
    expect(runs.started).toHaveLength(1);
  });

  it('needs as many different people as airlock.yml says', async () => {
    settings = { ...SETTINGS, needed: 2 };
    await asked();
    await says('alice', '/approve');
    await says('alice', '/approve');
    expect(runs.started).toEqual([]);
    await says('bob', '/approve');
    expect(runs.started).toHaveLength(1);
  });

  it('counts a yes no more when its comment was edited before the other came', async () => {
    settings = { ...SETTINGS, needed: 2 };
    await asked();
    await says('alice', '/approve');
    const [said] = [...comments.comments.values()];
    if (!said) throw new Error('somebody said it');
    comments.comments.set(said.id, { ...said, isEdited: true });
    await says('bob', '/approve');
    expect(runs.started).toEqual([]);
    expect([...(issues.issues[0]?.notes.values() ?? [])].join()).toContain('The yes of alice counts no more');
  });

  it('ends by a no, with the reason, and its job says so', async () => {
    await asked();
    await says('bob', '/reject the cart is broken');
    expect(issues.issues[0]?.isOpen).toBe(false);
    expect([...(issues.issues[0]?.notes.values() ?? [])].join()).toContain(
      'bob said /reject: the cart is broken',
    );
    expect(runs.started).toHaveLength(1);
    await says('alice', '/approve');
    expect(await answers()).toEqual(['reject bob']);
    expect(comments.replies.at(-1)?.text).toContain('bob has rejected it already');
  });

  it('is held everywhere by /hold', async () => {
    await asked();
    await says('bob', '/hold we look at the numbers');
    expect(holds.controls).toMatchObject([
      {
        environment: 'production',
        payload: { control: 'hold', actor: 'bob', reason: 'we look at the numbers' },
      },
    ]);
    expect(await answers()).toEqual(['hold bob']);
  });

  it('closes its issue when it is superseded or expired', async () => {
    await asked();
    await asked({ run: { id: '11', attempt: 1, url: 'u' } });
    expect(issues.issues.map(({ isOpen }) => isOpen)).toEqual([false, true]);
    await says('alice', '/approve', { thread: 4 });
    expect(await answers()).toEqual([]);
    minute = 60;
    await run();
    expect(issues.issues.map(({ isOpen }) => isOpen)).toEqual([false, false]);
    await says('alice', '/approve', { thread: 5 });
    expect(comments.replies.at(-1)?.text).toContain('the time to answer is over');
    expect(runs.started).toEqual([]);
  });
});

describe('what does not count', () => {
  const attacks: [string, () => Promise<unknown>][] = [
    [
      'an outsider',
      () => {
        comments.account('eve', 'read');
        return says('eve', '/approve');
      },
    ],
    [
      'one with write access whom airlock.yml does not name',
      () => {
        comments.teams = {};
        return says('eve', '/approve');
      },
    ],
    [
      'a named person who lost write access',
      () => {
        comments.account('alice', 'read');
        return says('alice', '/approve');
      },
    ],
    [
      'a login that looks alike',
      () => {
        comments.account('аlice');
        comments.teams = {};
        return says('аlice', '/approve');
      },
    ],
    [
      'an account that took over the login',
      () => says('alice', '/approve', { author: { id: 999, login: 'alice', type: 'User' } }),
    ],
    ['a bot', () => says('alice', '/approve', { author: { id: 101, login: 'alice', type: 'Bot' } })],
    ['an app in a person’s name', () => says('alice', '/approve', { isByApp: true })],
    ['an edited comment', () => says('alice', '/approve', { isEdited: true })],
    [
      'a deleted comment',
      async () => {
        minute += 1;
        const said = comments.say({ thread: 4, by: 'alice', at: at(minute), body: '/approve' });
        comments.comments.delete(said.id);
        return run({ name: 'issue_comment', payload: payloadOf(said) });
      },
    ],
    ['a quotation', () => says('alice', '> /approve')],
    ['a code block', () => says('alice', '```\n/approve\n```')],
    ['a command in the second line', () => says('alice', 'Fine.\n/approve')],
    ['a comment older than the ask', () => says('alice', '/approve', { createdAt: at(-5).toISOString() })],
    ['a comment on another issue', () => says('alice', '/approve', { thread: 40 })],
    [
      'an event whose text is forged',
      () => says('alice', 'no', {}, { comment: { id: 9001, body: '/approve', user: { id: 101 } } }),
    ],
    [
      'an event whose author is forged',
      () => says('eve', '/approve', {}, { comment: { id: 9001, body: '/approve', user: { id: 101 } } }),
    ],
    [
      'an event whose issue is forged',
      () => says('alice', '/approve', { thread: 40 }, { issue: { number: 4 } }),
    ],
    ['an event of an edit', () => says('alice', '/approve', {}, { action: 'edited' })],
    [
      'who started the run',
      () => {
        settings = { ...SETTINGS, approvers: [{ kind: 'person', login: 'ada' }] };
        return says('ada', '/approve');
      },
    ],
    [
      'who wrote the commit',
      () => {
        authors = ['Alice'];
        return says('alice', '/approve');
      },
    ],
    ['a member of a team that cannot be read', () => says('eve', '/approve')],
    ['a no without a reason', () => says('alice', '/reject')],
    [
      'a reason of 10 KB',
      () => says('alice', `/reject ${'<img src=x onerror=alert(1)> $(id) '.repeat(300)}`),
    ],
  ];

  it.each(attacks)('%s', async (_, attack) => {
    await asked();
    await attack();
    expect(await answers()).toEqual([]);
    expect(runs.started).toEqual([]);
    expect(issues.issues[0]?.isOpen).toBe(true);
  });

  it('strangers are not answered: they could have Airlock write as much as they like', async () => {
    await asked();
    comments.account('eve', 'read');
    await says('eve', '/approve');
    await says('eve', '/Approve');
    expect(comments.replies).toEqual([]);
    await says('alice', '/Approve');
    expect(comments.replies).toHaveLength(1);
  });

  it('an issue that looks like Airlock’s and is somebody else’s', async () => {
    await asked();
    const [own] = issues.issues;
    if (!own) throw new Error('there is an issue');
    issues.issues.push({ ...own, number: 40 });
    await says('alice', '/approve', { thread: 40 });
    expect(await answers()).toEqual([]);
  });

  it.each([
    ['that somebody changed', { isEdited: true }, 'somebody changed the issue'],
    ['of somebody else, whatever the ledger says', { isOwn: false }, 'Airlock did not open that issue'],
    ['of Airlock for another ask', { mark: 'ask 77' }, 'Airlock did not open that issue'],
    ['without a mark', { mark: undefined }, 'Airlock did not open that issue'],
  ])('what stands in an issue %s, which is closed to ask anew', async (_, change, why) => {
    await asked();
    issues.issues.map((issue) => Object.assign(issue, change));
    await says('alice', '/approve');
    expect(await answers()).toEqual([]);
    expect(comments.replies.at(-1)?.text).toContain(why);
    expect(issues.issues[0]?.isOpen).toBe(false);
    expect([...(issues.issues[0]?.notes.values() ?? [])].join()).toContain('to ask anew');
    expect(runs.started).toEqual([]);
  });

  it('a yes whose issue was changed before the run went on', async () => {
    settings = { ...SETTINGS, needed: 2 };
    await asked();
    await says('alice', '/approve');
    issues.issues.map((issue) => Object.assign(issue, { isEdited: true }));
    settings = { ...SETTINGS, needed: 1 };
    await run();
    expect(runs.started).toEqual([]);
    expect([...(issues.issues[0]?.notes.values() ?? [])].join()).toContain(
      'counts no more: somebody changed',
    );
  });

  it('a stranger’s comment costs nothing but the look at who it is', async () => {
    await asked();
    comments.account('eve', 'read');
    const before = approvals.reads;
    const { headline } = await says('eve', '/approve');
    expect(headline).toContain('eve has no write access');
    await says('eve', 'https://example.test/');
    expect(approvals.reads).toBe(before);
  });

  it('a hostile reason is a text, and nothing more', async () => {
    await asked();
    await says(
      'bob',
      '/reject <!-- airlock: end --> @everyone [x](https://evil.test) `id` $(id) ${{ github.token }}',
    );
    const note = [...(issues.issues[0]?.notes.values() ?? [])].join();
    expect(note).not.toMatch(/<!--|@everyone|https:\/\/evil/);
  });

  it('what cannot be read ends the run, and nothing counted', async () => {
    await asked();
    comments.permission = async () => {
      throw new Failure('GITHUB_UNREACHABLE', 'No answer.', 'Again.');
    };
    await expect(says('alice', '/approve')).rejects.toMatchObject({ code: 'GITHUB_UNREACHABLE' });
    expect(await answers()).toEqual([]);
  });
});

describe('a comment whose own run GitHub dropped, or that died', () => {
  /** Somebody comments, and no run comes of it. */
  const unheard = (by: string, body: string, changes: Partial<Comment> = {}) => {
    minute += 1;
    return comments.say({ thread: 4, by, at: at(minute), body, ...changes });
  };

  it('is heard by the next run, whatever starts it, and once', async () => {
    await asked();
    unheard('alice', '/approve');
    const { headline, outputs } = await run();
    expect(headline).toBe('alice said /approve to production; its run goes on');
    expect(outputs).toMatchObject({ answer: 'approve', runs: '["10"]' });
    await run();
    expect(await answers()).toEqual(['approve alice']);
    expect(comments.replies).toHaveLength(1);
  });

  it('is heard in its turn: a no before somebody else’s yes', async () => {
    await asked();
    unheard('bob', '/reject the cart is broken');
    await says('alice', '/approve');
    expect(await answers()).toEqual(['reject bob']);
    expect(comments.replies.map(({ text }) => text).join()).toContain('bob has rejected it already');
  });

  it('counts for no more than it would have: strangers, edits, talk, older ones, closed issues', async () => {
    await asked();
    comments.account('eve', 'read');
    unheard('eve', '/approve');
    unheard('alice', '/approve', { isEdited: true });
    unheard('alice', 'Shall I?');
    unheard('alice', '/approve', { isByApp: true });
    unheard('alice', '/approve', { createdAt: at(-9).toISOString() });
    unheard('alice', '/approve', { author: undefined });
    await run();
    expect([await answers(), comments.replies, runs.started]).toEqual([[], [], []]);
    unheard('alice', '/approve');
    issues.issues.map((issue) => Object.assign(issue, { isOpen: false }));
    await run();
    expect(await answers()).toEqual([]);
  });
});

describe('the workflow', () => {
  it('does nothing but on the default branch: another one’s airlock.yml says nothing here', async () => {
    await asked();
    settings = undefined as never;
    for (const event of [
      { name: 'workflow_dispatch', payload: {}, ref: 'refs/heads/evil' },
      { name: 'workflow_dispatch', payload: {}, ref: 'refs/tags/main' },
      { name: 'workflow_dispatch', payload: { repository: {} } },
    ])
      expect(await run(event)).toMatchObject({ kind: 'refused', reason: 'NOT_DEFAULT_BRANCH' });
    expect(issues.issues[0]?.isOpen).toBe(true);
  });

  it('finds an issue by the ledger, and locks it again when somebody unlocked it', async () => {
    await asked();
    issues.issues.map((issue) => Object.assign(issue, { label: 'gone', isLocked: false }));
    const { outputs } = await run();
    expect(outputs.issues).toBe('[4]');
    expect(issues.issues[0]?.isLocked).toBe(true);
    await says('alice', '/approve');
    expect(issues.issues[0]?.isOpen).toBe(false);
  });

  it('sees to every ask, also where one cannot be, and says so in the end', async () => {
    await asked();
    await approvals.record('production', ask({ run: { ...RUN, id: '11' }, at: at(2) }).payload);
    await run();
    expect(issues.issues.map(({ isOpen }) => isOpen)).toEqual([false, true]);
    const state = runs.state;
    runs.state = async (id) => {
      throw new Failure('GITHUB_NOT_FOUND', `There is no run ${id}.`, 'Look.');
    };
    issues.issues.map((issue) => Object.assign(issue, { isOpen: true }));
    comments.say({ thread: 5, by: 'alice', at: at(minute), body: '/approve' });
    await expect(run()).rejects.toMatchObject({ code: 'GITHUB_NOT_FOUND' });
    expect(issues.issues.map(({ isOpen }) => isOpen)).toEqual([false, true]);
    runs.state = state;
    await run();
    expect(runs.started).toEqual([{ runId: '11', job: 77 }]);
  });
});

describe('cut short', () => {
  /** Lets the nth write fail, before or after it was done. Gives how many writes there were. */
  function breakAt(nth: number, when: 'before' | 'after'): () => number {
    let writes = 0;
    const breaking = <Port extends object>(port: Port, names: readonly (keyof Port)[]): Port =>
      new Proxy(port, {
        get(target, name, receiver) {
          const member: unknown = Reflect.get(target, name, receiver);
          if (typeof member !== 'function') return member;
          if (!names.includes(name as keyof Port)) return member.bind(target);
          return async (...given: unknown[]) => {
            writes += 1;
            const isHere = writes === nth;
            if (isHere && when === 'before') throw new Error('cut short');
            const done: unknown = await member.apply(target, given);
            if (isHere) throw new Error('cut short');
            return done;
          };
        },
      });
    approvals = breaking(approvals, ['record']);
    comments = breaking(comments, ['reply']);
    issues = breaking(issues, ['open', 'note', 'close']);
    runs = breaking(runs, ['again']);
    return () => writes;
  }

  it.each(['before', 'after'] as const)(
    '%s any write, the next run brings it to the same end',
    async (when) => {
      for (let nth = 1, last = 0; nth <= Math.max(last, 1); nth += 1) {
        approvals = new MemoryApprovals(() => at(minute));
        comments = new MemoryComments();
        comments.account('alice');
        issues = new MemoryIssues();
        runs = new MemoryRuns();
        minute = 0;
        await approvals.record('production', ask().payload);
        const writes = breakAt(nth, when);
        /** Whoever runs it again, or the next event, goes on. */
        const persist = async (event?: Parameters<typeof run>[0]) => {
          await run(event).catch(() => run(event));
        };
        minute = 1;
        await persist();
        const said = comments.say({ thread: 4, by: 'alice', at: at(2), body: '/approve' });
        minute = 3;
        await persist({ name: 'issue_comment', payload: payloadOf(said) });
        await persist();
        expect(issues.issues, `write ${nth}`).toMatchObject([{ isOpen: false }]);
        expect(issues.issues[0]?.notes.size).toBe(1);
        expect(await answers()).toEqual(['approve alice']);
        expect(runs.started).toEqual([{ runId: '10', job: 77 }]);
        expect(comments.replies).toHaveLength(1);
        last = writes();
        expect(last).toBeGreaterThanOrEqual(7);
      }
    },
  );
});
