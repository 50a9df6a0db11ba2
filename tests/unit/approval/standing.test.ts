import { describe, expect, it } from 'vitest';
import { type ApprovalRecord, issueOf } from '../../../src/domain/approval/record.ts';
import { standingOf } from '../../../src/domain/approval/standing.ts';
import { ALICE, answer, ask, at, BOB, RUN } from './scene.ts';

const LINK = { schema: 1, approval: 'issue', app: 'shop', commit: '1'.repeat(40), run: RUN } as const;

const record = (changes: Partial<ApprovalRecord> = {}): ApprovalRecord => ({
  asks: [ask()],
  issues: [],
  answers: [],
  ...changes,
});
const standing = (changes: Partial<ApprovalRecord> = {}, needed = 1, minute = 5) =>
  standingOf(record(changes), ask(), needed, at(minute)).kind;

describe('an ask', () => {
  it('waits until enough different people said yes', () => {
    const yes = [answer('approve', ALICE)];
    expect(standing()).toBe('waits');
    expect(standing({ answers: yes })).toBe('granted');
    expect(standing({ answers: yes }, 2)).toBe('waits');
    expect(standing({ answers: [answer('approve', ALICE, { comment: 9002 }), ...yes] }, 2)).toBe('waits');
    expect(standing({ answers: [answer('approve', BOB), ...yes] }, 2)).toBe('granted');
  });

  it('is rejected by one no, whatever else was said before or after it', () => {
    const no = answer('reject', BOB);
    expect(standing({ answers: [no, answer('approve', ALICE)] })).toBe('rejected');
    expect(standing({ answers: [answer('approve', BOB), answer('approve', ALICE), no] })).toBe('rejected');
    expect(standing({ answers: [answer('hold', BOB)] })).toBe('rejected');
  });

  it('is not answered by what was said to another', () => {
    expect(standing({ answers: [answer('approve', ALICE, { ask: 'ask 2' })] })).toBe('waits');
    expect(standing({ answers: [answer('reject', ALICE, { ask: 'ask 2' })] })).toBe('waits');
  });

  it('expires, its end being no part of it', () => {
    expect(standing({}, 1, 59)).toBe('waits');
    expect(standing({}, 1, 60)).toBe('expired');
  });

  it('is superseded by a later one of the same environment and app alone', () => {
    const later = { id: 'ask 2', at: at(1), run: { id: '11', attempt: 1, url: 'u' } };
    expect(standing({ asks: [ask(later), ask()] })).toBe('superseded');
    expect(standing({ asks: [ask({ ...later, environment: 'staging' }), ask()] })).toBe('waits');
    expect(standing({ asks: [ask({ ...later, app: 'other' }), ask()] })).toBe('waits');
    expect(standing({ asks: [ask(later), ask()], answers: [answer('approve', ALICE)] })).toBe('granted');
  });
});

describe('the issue of an ask', () => {
  const link = (of: string, issue: number) => ({
    id: `${of} in ${issue}`,
    environment: 'production',
    at: at(1).toISOString(),
    payload: { ...LINK, ask: of, issue },
  });

  it('is the one that was written down first', () => {
    expect(issueOf(record({ issues: [link('ask 1', 9), link('ask 1', 4)] }), ask())).toBe(4);
    expect(issueOf(record(), ask())).toBeUndefined();
  });

  it('is none when another ask is said to have it, too', () => {
    expect(issueOf(record({ issues: [link('ask 2', 4), link('ask 1', 4)] }), ask())).toBeUndefined();
  });
});
