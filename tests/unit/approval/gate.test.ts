import { describe, expect, it } from 'vitest';
import {
  type CommentApprovalQuestion,
  commentApprovalGate,
} from '../../../src/domain/gates/comment-approval.ts';
import { ALICE, answer, ask, at, BOB, plan, SETTINGS } from './scene.ts';

const yes = (by: typeof ALICE, refused?: string) => ({ by, refused });
const gate = (changes: Partial<CommentApprovalQuestion> = {}, minute = 5) =>
  commentApprovalGate(
    {
      environment: 'production',
      settings: SETTINGS,
      ask: ask(),
      plan: plan(),
      no: undefined,
      yeses: [yes(ALICE)],
      ...changes,
    },
    at(minute),
  );
const WAITS = { state: 'shut', reason: 'WAITS_FOR_APPROVAL' };

describe('an approval by comment', () => {
  it('opens for exactly what was approved', () => {
    expect(gate()).toMatchObject({ state: 'open', why: 'approved by alice' });
  });

  it('waits while nobody was asked, or said yes', () => {
    expect(gate({ ask: undefined, yeses: [] })).toMatchObject(WAITS);
    expect(gate({ yeses: [] })).toMatchObject({ ...WAITS, why: '0 of 1 said yes' });
  });

  it('is void when anything moved, and says what', () => {
    expect(gate({ plan: plan('2') })).toMatchObject({
      ...WAITS,
      why: 'what is live changed since it was answered: that answer is void',
    });
    expect(gate({ plan: plan('2'), no: answer('reject', BOB), yeses: [] })).toMatchObject(WAITS);
  });

  it('counts people, and only yeses that stand', () => {
    const settings = { ...SETTINGS, needed: 2 };
    expect(gate({ settings })).toMatchObject(WAITS);
    expect(gate({ settings, yeses: [yes(ALICE), yes(ALICE)] })).toMatchObject(WAITS);
    expect(gate({ settings, yeses: [yes(ALICE), yes(BOB, 'bob has no write access')] })).toMatchObject({
      ...WAITS,
      why: '1 of 2 said yes; bob: bob has no write access',
    });
    expect(gate({ settings, yeses: [yes(ALICE), yes(BOB)] })).toMatchObject({ state: 'open' });
  });

  it('expires', () => {
    expect(gate({}, 60)).toMatchObject({
      ...WAITS,
      why: expect.stringContaining('nobody answered within 1 h'),
    });
  });

  it('is shut by a no, with who and why', () => {
    const no = answer('reject', BOB, { reason: 'the cart is broken' });
    expect(gate({ no, yeses: [] })).toMatchObject({
      state: 'shut',
      reason: 'APPROVAL_REJECTED',
      why: 'bob said /reject to production: the cart is broken',
    });
  });
});
