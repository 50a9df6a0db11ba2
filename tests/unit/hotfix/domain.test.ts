import { describe, expect, it } from 'vitest';
import { DEFAULT_GATES } from '../../../src/domain/configuration.ts';
import type { WorkflowEvent } from '../../../src/domain/event.ts';
import {
  backMergeAnswer,
  type Finding,
  type Obligation,
  obligations,
} from '../../../src/domain/hotfix/back-merge.ts';
import { baseAnswer, liveEntry, type Standing } from '../../../src/domain/hotfix/base.ts';
import { judgeHotfix, matchesBranch } from '../../../src/domain/hotfix/branch.ts';
import { rulesAnswer, sizeAnswer } from '../../../src/domain/hotfix/change.ts';
import { judgeEmergency } from '../../../src/domain/hotfix/emergency.ts';
import type { HotfixSettings } from '../../../src/domain/hotfix/settings.ts';
import { hotfixWay, skippedBy } from '../../../src/domain/hotfix/way.ts';
import { judgeTrust } from '../../../src/domain/trust.ts';
import { entry, record } from './entries.ts';

const settings: HotfixSettings = {
  branches: ['hotfix/**', 'urgent/*', 'now'],
  skip: { gates: ['soak'], checks: ['e2e'] },
  most: { lines: 10, files: 2 },
  approvalEnvironment: undefined,
};

const event = (changes: Partial<WorkflowEvent> = {}): WorkflowEvent => ({
  name: 'push',
  repository: { owner: 'o', name: 'r' },
  ref: 'refs/heads/hotfix/empty-cart',
  refType: 'branch',
  sha: 'a'.repeat(40),
  actor: 'ada',
  triggeringActor: 'ada',
  run: { id: '1', attempt: 1, url: 'https://github.test' },
  payload: { repository: { default_branch: 'main' } },
  ...changes,
});

describe('who may take the short way', () => {
  const right = (changes: Partial<WorkflowEvent>, with_: Partial<HotfixSettings> = {}) => {
    const one = event(changes);
    return judgeHotfix(one, judgeTrust(one), { ...settings, ...with_ });
  };

  it.each<[string, Partial<WorkflowEvent>]>([
    ['a push to a branch of it', {}],
    ['deeper down', { ref: 'refs/heads/hotfix/2026/empty-cart' }],
    ['one level', { ref: 'refs/heads/urgent/x' }],
    ['by name', { ref: 'refs/heads/now' }],
    ['by hand', { name: 'workflow_dispatch' }],
  ])('%s', (_what, changes) => {
    expect(right(changes).kind).toBe('hotfix');
  });

  it.each<[string, Partial<WorkflowEvent>]>([
    ['another branch', { ref: 'refs/heads/feature/x' }],
    ['a branch that only begins like one', { ref: 'refs/heads/hotfixes/x' }],
    ['the folder itself', { ref: 'refs/heads/hotfix/' }],
    ['two levels where one is meant', { ref: 'refs/heads/urgent/x/y' }],
    ['a tag of that name', { ref: 'refs/tags/hotfix/x', refType: 'tag' }],
    ['a branch that calls itself a ref', { ref: 'refs/pull/7/merge' }],
    ['no default branch in the event', { payload: {} }],
    ['a hostile payload', { payload: { repository: { default_branch: ['main'] } } }],
    ['a pull request', { name: 'pull_request' }],
    ['pull_request_target', { name: 'pull_request_target' }],
    ['a comment', { name: 'issue_comment' }],
    ['a run after another', { name: 'workflow_run' }],
    ['the schedule', { name: 'schedule' }],
  ])('not %s', (_what, changes) => {
    expect(right(changes).kind).toBe('none');
  });

  it('not the default branch, whatever the pattern says', () => {
    const main = {
      payload: { repository: { default_branch: 'hotfix/main' } },
      ref: 'refs/heads/hotfix/main',
    };
    expect(right(main)).toMatchObject({ kind: 'none', why: expect.stringContaining('default branch') });
  });

  it('matches no character that is not in the pattern', () => {
    expect(matchesBranch('hotfix.x', 'hotfixax')).toBe(false);
    expect(matchesBranch('a+/**', 'aa/x')).toBe(false);
  });
});

describe('the base', () => {
  const live = entry('a', { state: 'succeeded' });
  it.each<[Standing, string]>([
    ['contained', 'open'],
    ['same', 'open'],
    ['contains', 'shut'],
    ['diverged', 'shut'],
    ['unknown', 'unknown'],
  ])('live commit %s: %s', (standing, state) => {
    expect(baseAnswer('production', live, standing, []).state).toBe(state);
  });

  it('brings nothing of the default branch along', () => {
    expect(baseAnswer('production', live, 'contained', ['1'.repeat(40), '2'.repeat(40)])).toMatchObject({
      reason: 'HOTFIX_WRONG_BASE',
      why: 'the branch brings 2 commits of the default branch along that are not live in production (1111111, 2222222)',
    });
  });

  it('names the commit to start from', () => {
    expect(baseAnswer('production', live, 'diverged', [])).toMatchObject({
      reason: 'HOTFIX_WRONG_BASE',
      next: expect.stringContaining(`git switch -c hotfix/<name> ${'a'.repeat(40)}`),
    });
  });

  it('of two hotfixes at once, the second must contain the first', () => {
    const first = entry('a', { state: 'succeeded', hotfix: 'hotfix/one' });
    expect(baseAnswer('production', first, 'diverged', [])).toMatchObject({
      state: 'shut',
      why: expect.stringContaining('another hotfix'),
      next: `Take it in, then push again: git merge ${'a'.repeat(40)}`,
    });
    expect(baseAnswer('production', first, 'contained', []).state).toBe('open');
  });

  it('is shut where nothing is live, and cannot be told from what somebody else put there', () => {
    expect(baseAnswer('production', undefined, 'contained', []).state).toBe('shut');
    const foreign = entry('a', {
      state: 'succeeded',
      task: 'rollback',
      foreign: { version: 'x', commit: '' },
    });
    expect(baseAnswer('production', foreign, 'contained', []).state).toBe('unknown');
  });

  it('is what a rollback went back to', () => {
    const back = entry('a', { task: 'rollback', state: 'succeeded' });
    expect(liveEntry([entry('c', { state: 'started' }), back, entry('b', { state: 'failed' })])).toBe(back);
  });
});

describe('the size', () => {
  const file = (path: string, lines: number | undefined) => ({ path, lines });
  it.each<[string, Parameters<typeof sizeAnswer>[0]['files'], string]>([
    ['nothing', [], 'open'],
    ['at the limits', [file('a', 4), file('b', 6)], 'open'],
    ['one line more', [file('a', 11)], 'shut'],
    ['one file more', [file('a', 1), file('b', 1), file('c', 1)], 'shut'],
    ['what has no lines', [file('logo.png', undefined)], 'shut'],
  ])('%s', (_what, files, state) => {
    expect(sizeAnswer({ files }, settings.most).state).toBe(state);
  });

  it('says how large it is and what the limits are', () => {
    expect(sizeAnswer({ files: [file('a', 11)] }, settings.most)).toMatchObject({
      reason: 'HOTFIX_TOO_LARGE',
      why: '11 lines in 1 file changed since the live commit: more than 10 lines',
    });
  });
});

describe('the rules', () => {
  const rules = [
    { path: 'ci/airlock.yml', isRegular: true },
    { path: 'ops/freezes.ics', isRegular: true },
  ];
  const changing = (path: string) =>
    rulesAnswer(
      {
        files: [
          { path: 'a', lines: 1 },
          { path, lines: 1 },
        ],
      },
      rules,
    );

  it.each([
    'ci/airlock.yml',
    'ops/freezes.ics',
    '.github',
    '.github/workflows/deploy.yml',
    '.github/actions/notify/action.yml',
    '.github/CODEOWNERS',
  ])('are changed by %s', (path) => {
    expect(changing(path)).toMatchObject({
      state: 'shut',
      reason: 'HOTFIX_CHANGES_RULES',
      why: expect.stringContaining(path),
    });
  });

  it.each(['src/.github/a', '.githubs', 'airlock.yml', 'ops/freezes.ics.md'])(
    'are not changed by %s',
    (path) => {
      expect(changing(path).state).toBe('open');
    },
  );

  it('cannot be held where a file of theirs stands for another', () => {
    expect(rulesAnswer({ files: [] }, [{ path: 'ci/airlock.yml', isRegular: false }])).toMatchObject({
      reason: 'HOTFIX_CHANGES_RULES',
      why: 'ci/airlock.yml is no regular file of the branch: what it stands for may change unseen',
    });
  });
});

describe('the way', () => {
  const environment = (name: string, ...after: string[]) => ({
    name,
    target: { provider: 'local', settings: {} },
    url: undefined,
    gates: { ...DEFAULT_GATES, after },
    smoke: { warmUpMs: 0, checks: [] },
    strategy: { kind: 'blue-green' as const },
    rollback: { automatic: true, migrations: 'never' as const },
  });
  const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name);

  it('goes through the last environment and those it must be proven in', () => {
    const environments = [
      environment('development'),
      environment('staging', 'development'),
      environment('production', 'staging'),
    ];
    const { route, passedBy } = hotfixWay({ environments });
    expect(names(route)).toEqual(['staging', 'production']);
    expect(names(passedBy)).toEqual(['development']);
    expect(skippedBy({ environments, hotfix: settings })).toEqual([
      'soak',
      'check e2e',
      'environment development',
    ]);
  });

  it('is production alone where nothing comes before it', () => {
    expect(names(hotfixWay({ environments: [environment('production')] }).route)).toEqual(['production']);
  });
});

describe('an emergency', () => {
  const ask = (
    startedBy: string,
    approvers: readonly string[],
    { reason = 'Checkout is down', againBy = startedBy, isRebuilt = false, isAwaited = false } = {},
  ) =>
    judgeEmergency({
      environment: 'production',
      reason,
      startedBy: [startedBy, againBy],
      approvers,
      isRebuilt,
      isAwaited,
    });

  it('takes two people and a reason, and names them', () => {
    expect(ask('ada', ['ada', 'grace'])).toEqual({
      kind: 'two-people',
      by: 'ada',
      second: 'grace',
      reason: 'Checkout is down',
    });
    expect(ask('ada', ['grace'], { againBy: 'ADA' })).toMatchObject({ kind: 'two-people', by: 'ada' });
  });

  it('waits for the second where they are still asked, and for nothing else', () => {
    const isAwaited = true;
    expect(ask('ada', [], { isAwaited })).toMatchObject({
      kind: 'awaited',
      answer: { reason: 'EMERGENCY_NEEDS_TWO' },
    });
    expect(ask('ada', ['ada'], { isAwaited }).kind).toBe('awaited');
    expect(ask('ada', [], { isAwaited, reason: ' ' }).kind).toBe('refused');
    expect(ask('deploy[bot]', [], { isAwaited }).kind).toBe('refused');
    expect(ask('ada', [], { isAwaited, againBy: 'grace' }).kind).toBe('refused');
  });

  it('is to be started anew when somebody else ran it again', () => {
    expect(ask('ada', ['ada', 'grace'], { againBy: 'grace' })).toMatchObject({
      answer: {
        why: expect.stringContaining('ada started this run and grace ran it again'),
        next: expect.stringContaining('hotfix.yml'),
      },
    });
  });

  it.each<[string, ReturnType<typeof ask>]>([
    ['one person', ask('ada', [])],
    ['the same person twice', ask('ada', ['ada', 'ADA'])],
    ['a robot that approves', ask('ada', ['merge[bot]'])],
    ['a robot that starts it', ask('deploy[bot]', ['grace'])],
    ['no reason', ask('ada', ['grace'], { reason: ' \n' })],
    ['the second who runs it again after the approval', ask('ada', ['ada', 'grace'], { againBy: 'grace' })],
    ['the first who runs again what the second started', ask('grace', ['grace'], { againBy: 'ada' })],
    ['anybody else who runs it again', ask('ada', ['grace'], { againBy: 'mary' })],
    ['a robot that runs it again', ask('ada', ['grace'], { againBy: 'github-actions[bot]' })],
    ['an approval that may be of other files', ask('ada', ['grace'], { isRebuilt: true })],
    ['nobody', ask('', ['grace'])],
  ])('is none with %s', (_what, answer) => {
    expect(answer).toMatchObject({ kind: 'refused', answer: { reason: 'EMERGENCY_NEEDS_TWO' } });
  });
});

describe('the way back to main', () => {
  const commits = (list: readonly Obligation[]) => list.map(({ commit, wasMet }) => `${commit[0]}:${wasMet}`);
  it('is owed by every hotfix that went live, or may have, once', () => {
    expect(
      commits(
        obligations([
          entry('f', { state: 'started', hotfix: 'hotfix/f' }),
          entry('e', { state: 'failed', hotfix: 'hotfix/e' }),
          entry('d', { state: 'succeeded', hotfix: 'hotfix/d' }),
          entry('c', { hotfix: 'hotfix/c' }),
          entry('c', { hotfix: 'hotfix/c' }),
          entry('b'),
          entry('a', { hotfix: 'hotfix/a' }),
        ]),
      ),
    ).toEqual(['f:false', 'd:false', 'c:false', 'a:true']);
  });

  it('is not met by a release that somebody let through without it, and is by one they let through something else', () => {
    const letThrough = (...overridden: string[]) => {
      const release = entry('b');
      const through = { ...release, payload: { ...release.payload, overridden } };
      return commits(obligations([through, entry('a', { hotfix: 'hotfix/a' })]));
    };
    expect(letThrough('soak', 'back-merge')).toEqual(['a:false']);
    expect(letThrough('soak')).toEqual(['a:true']);
  });

  const obligation = (letter: string, wasMet = false): Obligation => ({
    version: letter,
    commit: letter.repeat(40),
    hotfix: record(`hotfix/${letter}`),
    wasMet,
  });
  const judge = (...found: [Obligation, Finding][]) =>
    backMergeAnswer(found.map(([one, finding]) => ({ obligation: one, finding })));

  it('names what is missing and the command', () => {
    expect(judge([obligation('a'), { kind: 'missing', commits: ['1'.repeat(40)] }])).toEqual({
      state: 'shut',
      reason: 'BACK_MERGE_MISSING',
      why: 'this release would take a hotfix away again: a from hotfix/a (1111111)',
      next: `Merge the pull request from hotfix/a with a merge commit, or on the default branch: git merge ${'a'.repeat(40)}. Then release that.`,
    });
  });

  it.each<[string, ReturnType<typeof judge>, string]>([
    ['there was none', judge(), 'open'],
    ['all are in it', judge([obligation('a'), { kind: 'contained' }]), 'open'],
    ['one is gone and nothing proves it', judge([obligation('a'), { kind: 'gone' }]), 'unknown'],
    [
      'one is gone and was proven by a release since',
      judge([obligation('a', true), { kind: 'gone' }]),
      'open',
    ],
    [
      'an old one is missing, proven or not',
      judge(
        [obligation('b'), { kind: 'contained' }],
        [obligation('a', true), { kind: 'missing', commits: ['1'] }],
      ),
      'shut',
    ],
  ])('%s: %s', (_what, answer, state) => {
    expect(answer.state).toBe(state);
  });
});
