import { describe, expect, it } from 'vitest';
import { DEFAULT_GATES } from '../../src/domain/configuration.ts';
import { type ApprovalQuestion, approvalGate, type Protection } from '../../src/domain/gates/approval.ts';
import { newestGate, overtakenBy } from '../../src/domain/gates/newest.ts';
import { orderGate } from '../../src/domain/gates/order.ts';
import { soakGate } from '../../src/domain/gates/soak.ts';
import { type EntryState, type LedgerEntry, lastPassed, type Task } from '../../src/domain/ledger.ts';
import type { Digest } from '../../src/domain/release.ts';

const HOUR = 3_600_000;
const NOW = new Date('2026-01-01T00:30:00Z');

const digest = (letter: string): Digest => `sha256:${letter.repeat(64)}`;

const entry = (task: Task, state: EntryState, of: string, runId = '5'): LedgerEntry => ({
  id: `${task}-${of}-${state}`,
  task,
  environment: 'production',
  state,
  openedAt: '2026-01-01T00:00:00Z',
  changedAt: '2026-01-01T00:00:00Z',
  payload: {
    schema: 1,
    release: {
      app: 'shop',
      version: `1.0.0-${of}`,
      commit: of.repeat(40),
      builtAt: '2026-01-01T00:00:00Z',
      digest: digest(of),
    },
    target: { provider: 'local', deploymentId: of },
    migrations: [],
    verdicts: {},
    run: { id: runId, attempt: 1, url: 'https://github.test' },
    actor: 'ada',
    approvers: [],
  },
});

describe('the order gate', () => {
  const state = (...entries: LedgerEntry[]) =>
    orderGate(digest('a'), [{ environment: 'staging', entries }], HOUR, NOW).state;

  it('is open where nothing comes before', () => {
    expect(orderGate(digest('a'), [], HOUR, NOW).state).toBe('open');
  });

  it.each<[string, LedgerEntry[], string]>([
    ['nothing was ever released there', [], 'shut'],
    ['the digest is live there', [entry('promote', 'succeeded', 'a')], 'open'],
    [
      'the digest was live there before',
      [entry('promote', 'succeeded', 'b'), entry('promote', 'superseded', 'a')],
      'open',
    ],
    ['only another digest is live there', [entry('promote', 'succeeded', 'b')], 'shut'],
    ['it was only staged', [entry('deploy', 'staged', 'a')], 'shut'],
    ['its promotion is not finished', [entry('promote', 'started', 'a')], 'shut'],
    [
      'it was found bad since',
      [entry('promote', 'failed', 'a'), entry('promote', 'superseded', 'a')],
      'shut',
    ],
    ['its promotion was cancelled', [entry('promote', 'cancelled', 'a')], 'shut'],
    [
      'it was staged there again and its checks said no',
      [entry('deploy', 'failed', 'a'), entry('promote', 'succeeded', 'a')],
      'shut',
    ],
    [
      'it passed again after that',
      [
        { ...entry('promote', 'succeeded', 'a'), changedAt: '2026-01-01T00:10:00Z' },
        entry('deploy', 'failed', 'a'),
        entry('promote', 'superseded', 'a'),
      ],
      'open',
    ],
    [
      'another one was staged there and failed',
      [entry('deploy', 'failed', 'b'), entry('promote', 'succeeded', 'a')],
      'open',
    ],
    [
      'staging it again was cut short',
      [entry('deploy', 'cancelled', 'a'), entry('promote', 'succeeded', 'a')],
      'open',
    ],
  ])('when %s, is %s', (_what, entries, expected) => {
    expect(state(...entries)).toBe(expected);
  });

  it('wants every environment and names those that are missing', () => {
    const gate = orderGate(
      digest('a'),
      [
        { environment: 'development', entries: [entry('promote', 'succeeded', 'a')] },
        { environment: 'staging', entries: [] },
        { environment: 'load', entries: [] },
      ],
      HOUR,
      NOW,
    );
    expect(gate).toMatchObject({ state: 'shut', next: 'Release this build into staging, load first.' });
  });
});

describe('the age of a proof', () => {
  const at = (changedAt: string, state: EntryState = 'succeeded', openedAt = changedAt) =>
    orderGate(
      digest('a'),
      [{ environment: 'staging', entries: [{ ...entry('promote', state, 'a'), openedAt, changedAt }] }],
      HOUR,
      NOW,
    );

  it.each<[string, ReturnType<typeof orderGate>, string]>([
    ['as old as it may be', at('2025-12-31T23:30:00Z'), 'open'],
    ['a second older', at('2025-12-31T23:29:59Z'), 'PROOF_TOO_OLD'],
    ['no time at all', at('yesterday'), 'PROOF_TOO_OLD'],
    [
      'superseded just now, passed long ago',
      at('2026-01-01T00:29:00Z', 'superseded', '2025-12-31T22:00:00Z'),
      'PROOF_TOO_OLD',
    ],
  ])('%s', (_what, gate, expected) => {
    expect(gate.state === 'shut' ? gate.reason : gate.state).toBe(expected);
  });

  it('says which, how old, and how long it counts', () => {
    expect(at('2025-12-30T00:30:00Z').why).toMatch(/passed in staging 2 d ago; here it counts for 1 h$/);
  });
});

describe('the soak gate', () => {
  const staging = (...entries: LedgerEntry[]) => [{ environment: 'staging', entries }];
  const live = (changedAt: string) => ({ ...entry('promote', 'succeeded', 'a'), changedAt });

  it.each<[string, ReturnType<typeof soakGate>, string]>([
    ['none is asked for', soakGate(digest('a'), staging(), 0, NOW), 'open'],
    ['nothing comes before', soakGate(digest('a'), [], HOUR, NOW), 'open'],
    [
      'it stood there for just as long',
      soakGate(digest('a'), staging(live('2025-12-31T23:30:00Z')), HOUR, NOW),
      'open',
    ],
    ['a second is missing', soakGate(digest('a'), staging(live('2025-12-31T23:30:01Z')), HOUR, NOW), 'shut'],
    [
      'another release took its place',
      soakGate(
        digest('a'),
        staging(entry('promote', 'succeeded', 'b'), { ...live('2025-12-31T20:00:00Z'), state: 'superseded' }),
        HOUR,
        NOW,
      ),
      'shut',
    ],
    [
      'it was found bad since',
      soakGate(
        digest('a'),
        staging(
          { ...entry('promote', 'failed', 'a'), changedAt: '2026-01-01T00:20:00Z' },
          live('2025-12-31T20:00:00Z'),
        ),
        HOUR,
        NOW,
      ),
      'shut',
    ],
    [
      'the release is not built',
      soakGate(undefined, staging(live('2025-12-31T20:00:00Z')), HOUR, NOW),
      'shut',
    ],
  ])('when %s', (_what, gate, state) => {
    expect(gate.state).toBe(state);
  });

  it('waits for the environment in which it stands for the shortest time, and says until when', () => {
    const gate = soakGate(
      digest('a'),
      [
        { environment: 'staging', entries: [live('2025-12-31T20:00:00Z')] },
        { environment: 'load', entries: [live('2026-01-01T00:10:00Z')] },
      ],
      HOUR,
      NOW,
    );
    expect(gate).toMatchObject({
      state: 'shut',
      reason: 'NOT_SOAKED',
      why: 'it must stand in staging, load for 1 h; 40 min are left',
      opensAt: '2026-01-01T01:10:00.000Z',
    });
  });
});

describe('the approval gate', () => {
  const known = (...reviewers: string[]) => ({
    kind: 'known' as const,
    reviewers,
    preventsSelfReview: false,
  });
  const ask = (
    approval: 'required' | 'none',
    protection: Protection,
    approvers: readonly string[],
    gates: Partial<typeof DEFAULT_GATES> = {},
    more: Partial<ApprovalQuestion> = {},
  ) =>
    approvalGate({
      settings: { name: 'production', gates: { ...DEFAULT_GATES, approval, ...gates } },
      protection,
      approvers,
      starters: { kind: 'people', people: new Map([['ada', 'started the run']]) },
      authors: ['linus'],
      isAhead: false,
      ...more,
    });

  it.each<[string, ReturnType<typeof ask>, string, string]>([
    ['nothing is asked for', ask('none', known(), []), 'open', 'asks for none'],
    ['a reviewer approved this run', ask('required', known('grace'), ['grace']), 'open', 'approved by grace'],
    ['GitHub asks nobody', ask('required', known(), []), 'shut', 'lets everyone into production'],
    [
      'GitHub asks nobody but somebody approved',
      ask('required', known(), ['grace']),
      'shut',
      'lets everyone in',
    ],
    [
      'the job asked nobody',
      ask('required', known('grace'), []),
      'shut',
      'nobody approved production in this run',
    ],
    [
      'the run is still to come',
      ask('required', known('grace'), [], {}, { isAhead: true }),
      'shut',
      'nobody said yes yet; GitHub asks grace',
    ],
    [
      'GitHub does not say',
      ask('required', { kind: 'unknown', why: 'no protection_rules' }, ['grace']),
      'unknown',
      'no protection_rules',
    ],
    [
      'only the one who started it approved, whatever the case of the letters',
      ask('required', known('grace'), ['Ada']),
      'shut',
      'approved only by Ada, who started the run',
    ],
    [
      'only the author approved',
      ask('required', known('grace'), ['linus']),
      'shut',
      'linus, who wrote a part of it',
    ],
    [
      'nobody can tell who started it, whoever approved',
      ask('required', known('grace'), ['grace'], {}, { starters: { kind: 'unknown', why: 'x[bot] did' } }),
      'shut',
      'for whom this run was started: x[bot] did',
    ],
    [
      'nobody asked who started it',
      ask('required', known('grace'), ['grace'], {}, { starters: undefined }),
      'shut',
      'for whom this run was started',
    ],
    [
      'an app started it, and one may approve alone',
      ask(
        'required',
        known('grace'),
        ['grace'],
        { selfApproval: true },
        { starters: { kind: 'unknown', why: 'x[bot] did' } },
      ),
      'open',
      'by grace',
    ],
    [
      'the approval may have been for other files',
      ask('required', known('grace'), ['grace'], {}, { isRebuilt: true }),
      'shut',
      'had other files in an earlier attempt',
    ],
    [
      'it may have been for other files and one may approve alone',
      ask('required', known('grace'), ['grace'], { selfApproval: true }, { isRebuilt: true }),
      'shut',
      'had other files in an earlier attempt',
    ],
    [
      'another one approved too',
      ask('required', known('grace'), ['ada', 'grace']),
      'open',
      'approved by grace',
    ],
    [
      'one may approve the own run',
      ask('required', known('ada'), ['ada'], { selfApproval: true }),
      'open',
      'by ada',
    ],
    [
      'GitHub must prevent self-review, and does not, whoever approved',
      ask('required', known('grace'), ['grace'], { preventSelfReview: true }),
      'shut',
      'lets whoever starts a run approve it',
    ],
    [
      'GitHub must prevent self-review, and does',
      ask('required', { ...known('grace'), preventsSelfReview: true }, ['grace'], {
        preventSelfReview: true,
      }),
      'open',
      'approved by grace',
    ],
    [
      'a branch policy is asked for and every branch may enter',
      ask('required', { ...known('grace'), branches: 'all' }, ['grace'], { branchPolicy: true }),
      'shut',
      'GitHub lets every branch and tag into production',
    ],
    [
      'a branch policy is asked for and protected branches may enter',
      ask('required', { ...known('grace'), branches: 'protected' }, ['grace'], { branchPolicy: true }),
      'shut',
      'every branch while none is protected',
    ],
    [
      'a branch policy is asked for and there is one',
      ask('required', { ...known('grace'), branches: 'custom' }, ['grace'], { branchPolicy: true }),
      'open',
      'approved by grace',
    ],
    [
      'administrators may pass by',
      ask('required', { ...known('grace'), adminsMayBypass: true }, ['grace'], { adminBypass: false }),
      'shut',
      'lets administrators into production',
    ],
    [
      'GitHub does not say whether they may',
      ask('required', known('grace'), ['grace'], { adminBypass: false }),
      'unknown',
      'does not say whether administrators',
    ],
    [
      'they may not',
      ask('required', { ...known('grace'), adminsMayBypass: false }, ['grace'], { adminBypass: false }),
      'open',
      'approved by grace',
    ],
  ])('when %s', (_what, gate, state, why) => {
    expect(gate.state).toBe(state);
    expect(gate.why).toContain(why);
    expect(gate.next === '').toBe(state === 'open');
  });
});

describe('the newest gate', () => {
  const live = entry('promote', 'succeeded', 'b', '20');
  const gate = (relation: Parameters<typeof newestGate>[3], runId: string, by = live) =>
    newestGate('production', by, runId, relation).state;

  it('is open while nothing is live', () => {
    expect(newestGate('production', undefined, '1', 'unknown').state).toBe('open');
  });

  it.each<[string, Parameters<typeof newestGate>[3], string, string]>([
    ['the same commit, an older run', 'same', '10', 'open'],
    ['a commit that contains the live one, an older run', 'contained', '10', 'open'],
    ['a commit that the live one contains, run again', 'contains', '10', 'shut'],
    ['a commit that the live one contains, in a new run', 'contains', '30', 'shut'],
    ['another line, an older run', 'diverged', '10', 'shut'],
    ['another line, the same run again', 'diverged', '20', 'open'],
    ['another line, a later run', 'diverged', '30', 'open'],
    ['a live commit that is gone, an older run', 'unknown', '9', 'shut'],
    ['a live commit that is gone, a later run', 'unknown', '100', 'open'],
    ['another line, a run that is no number', 'diverged', 'x', 'unknown'],
  ])('for %s', (_what, relation, runId, state) => {
    expect(gate(relation, runId)).toBe(state);
  });

  it('looks at what passed here last, a rollback too, and at nothing that never did', () => {
    const rollback = entry('rollback', 'succeeded', 'a');
    expect(
      lastPassed([
        entry('deploy', 'staged', 'c'),
        rollback,
        entry('promote', 'failed', 'b'),
        entry('promote', 'superseded', 'a'),
      ]),
    ).toBe(rollback);
    expect(
      lastPassed([entry('deploy', 'superseded', 'c'), entry('promote', 'started', 'c')]),
    ).toBeUndefined();
  });

  it('does not take an environment for empty because its newest release is bad', () => {
    const good = entry('promote', 'superseded', 'a');
    expect(lastPassed([entry('rollback', 'failed', 'a'), entry('promote', 'failed', 'b'), good])).toBe(good);
  });
});

describe('what a later run made live in the meantime', () => {
  const staged = { ...entry('deploy', 'staged', 'a', '10'), openedAt: '2026-01-01T00:10:00Z' };
  const promoted = (of: string, run: string, changedAt: string, state: EntryState = 'succeeded') => ({
    ...entry('promote', state, of, run),
    changedAt,
  });
  const ours = staged.payload.release;
  const overtaken = (...entries: LedgerEntry[]) =>
    overtakenBy([...entries, staged], ours, '10') !== undefined;

  it.each<[string, boolean, boolean]>([
    ['nothing else went live', overtaken(), false],
    ['a later run went live', overtaken(promoted('b', '11', '2026-01-01T00:12:00Z')), true],
    ['it did so in the same second', overtaken(promoted('b', '11', '2026-01-01T00:10:00Z')), true],
    ['it did so before ours was staged', overtaken(promoted('b', '11', '2026-01-01T00:09:59Z')), false],
    ['an earlier run went live', overtaken(promoted('b', '9', '2026-01-01T00:12:00Z')), false],
    ['it is our own, run again', overtaken(promoted('a', '10', '2026-01-01T00:12:00Z')), false],
    ['the same files went live', overtaken(promoted('a', '11', '2026-01-01T00:12:00Z')), false],
    ['it failed', overtaken(promoted('b', '11', '2026-01-01T00:12:00Z', 'failed')), false],
    [
      'somebody went back',
      overtaken({ ...promoted('b', '11', '2026-01-01T00:12:00Z'), task: 'rollback' }),
      false,
    ],
    [
      'it was opened before ours',
      overtakenBy([staged, promoted('b', '11', '2026-01-01T00:12:00Z')], ours, '10') !== undefined,
      true,
    ],
  ])('%s', (_what, found, expected) => {
    expect(found).toBe(expected);
  });
});
