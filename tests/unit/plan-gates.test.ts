import { describe, expect, it } from 'vitest';
import { approvalGate, newestGate, orderGate } from '../../src/domain/gates.ts';
import { type EntryState, type LedgerEntry, lastPassed, type Task } from '../../src/domain/ledger.ts';
import type { Digest } from '../../src/domain/release.ts';

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
    orderGate(digest('a'), [{ environment: 'staging', entries }]).state;

  it('is open where nothing comes before', () => {
    expect(orderGate(digest('a'), []).state).toBe('open');
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
  ])('when %s, is %s', (_what, entries, expected) => {
    expect(state(...entries)).toBe(expected);
  });

  it('wants every environment and names those that are missing', () => {
    const gate = orderGate(digest('a'), [
      { environment: 'development', entries: [entry('promote', 'succeeded', 'a')] },
      { environment: 'staging', entries: [] },
      { environment: 'load', entries: [] },
    ]);
    expect(gate).toMatchObject({ state: 'shut', next: 'Release this build into staging, load first.' });
  });
});

describe('the approval gate', () => {
  const settings = (approval: 'required' | 'none') => ({
    name: 'production',
    gates: { after: [], approval },
  });
  const known = (...reviewers: string[]) => ({ kind: 'known' as const, reviewers });

  it.each<[string, ReturnType<typeof approvalGate>, string, string]>([
    ['nothing is asked for', approvalGate(settings('none'), known(), []), 'open', 'asks for none'],
    [
      'a reviewer approved this run',
      approvalGate(settings('required'), known('grace'), ['grace']),
      'open',
      'approved by grace',
    ],
    [
      'GitHub asks nobody',
      approvalGate(settings('required'), known(), []),
      'shut',
      'lets everyone into production',
    ],
    [
      'GitHub asks nobody but somebody approved',
      approvalGate(settings('required'), known(), ['grace']),
      'shut',
      'lets everyone in',
    ],
    [
      'the job asked nobody',
      approvalGate(settings('required'), known('grace'), []),
      'shut',
      'nobody approved production in this run',
    ],
    [
      'GitHub does not say',
      approvalGate(settings('required'), { kind: 'unknown', why: 'no protection_rules' }, ['grace']),
      'unknown',
      'no protection_rules',
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
    expect(lastPassed([entry('hold', 'succeeded', 'c'), entry('promote', 'started', 'c')])).toBeUndefined();
  });

  it('does not take an environment for empty because its newest release is bad', () => {
    const good = entry('promote', 'superseded', 'a');
    expect(lastPassed([entry('rollback', 'failed', 'a'), entry('promote', 'failed', 'b'), good])).toBe(good);
  });
});
