import type { Answer, AnswerPayload, Ask, Word } from '../../../src/domain/approval/record.ts';
import type { CommentApproval } from '../../../src/domain/approval/settings.ts';
import type { PlanHash } from '../../../src/domain/gates/plan-hash.ts';
import type { Digest } from '../../../src/domain/release.ts';

export const at = (minute: number): Date => new Date(Date.UTC(2026, 0, 1, 9, minute));
export const RUN = { id: '10', attempt: 1, url: 'https://github.test/runs/10' };
const DIGEST = `sha256:${'a'.repeat(64)}` as Digest;

export const plan = (letter = '1'): PlanHash => ({
  whole: letter.repeat(64),
  parts: {
    release: '0'.repeat(64),
    live: letter.repeat(64),
    migrations: '0'.repeat(64),
    environment: '0'.repeat(64),
  },
});

export const SETTINGS: CommentApproval = {
  approvers: [
    { kind: 'person', login: 'alice' },
    { kind: 'person', login: 'bob' },
    { kind: 'team', organization: 'octo', slug: 'core' },
  ],
  expiresMs: 60 * 60_000,
  needed: 1,
};

export const ask = (
  changes: Partial<Ask['payload']> & { id?: string; at?: Date; environment?: string } = {},
): Ask => {
  const { id = 'ask 1', at: time = at(0), environment = 'production', ...payload } = changes;
  return {
    id,
    environment,
    at: time.toISOString(),
    payload: {
      schema: 1,
      approval: 'ask',
      app: 'shop',
      commit: '1'.repeat(40),
      digest: DIGEST,
      plan: plan(),
      until: at(60).toISOString(),
      startedBy: ['ada'],
      job: 77,
      run: RUN,
      ...payload,
    },
  };
};

export const answer = (
  word: Word,
  by: { id: number; login: string },
  changes: Partial<AnswerPayload> = {},
): Answer => ({
  id: `answer of ${by.login}`,
  environment: 'production',
  at: at(10).toISOString(),
  payload: {
    schema: 1,
    approval: 'answer',
    app: 'shop',
    commit: '1'.repeat(40),
    word,
    ask: 'ask 1',
    digest: DIGEST,
    plan: plan().whole,
    issue: 4,
    comment: 9001,
    by,
    reason: '',
    waited: 1,
    run: { id: '20', attempt: 1, url: 'https://github.test/runs/20' },
    ...changes,
  },
});

export const ALICE = { id: 101, login: 'alice' };
export const BOB = { id: 102, login: 'bob' };
