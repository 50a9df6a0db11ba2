import type { HotfixRecord } from '../../../src/domain/hotfix/settings.ts';
import type { EntryPayload, EntryState, LedgerEntry, Task } from '../../../src/domain/ledger.ts';

/** A production entry for the release of a commit that is one letter, forty times. */
export const entry = (
  letter: string,
  changes: { task?: Task; state?: EntryState; hotfix?: string } & Partial<
    Pick<EntryPayload, 'foreign' | 'previous'>
  > = {},
): LedgerEntry => {
  const { task = 'promote', state = 'superseded', hotfix, ...payload } = changes;
  return {
    id: `${task}-${letter}-${state}`,
    task,
    environment: 'production',
    state,
    openedAt: '2026-01-01T00:00:00Z',
    changedAt: '2026-01-01T00:00:00Z',
    payload: {
      schema: 1,
      release: {
        app: 'shop',
        version: `1.0.0-${letter}`,
        commit: letter.repeat(40),
        builtAt: '2026-01-01T00:00:00Z',
        digest: `sha256:${letter.repeat(64)}`,
      },
      target: { provider: 'local', deploymentId: letter },
      migrations: [],
      verdicts: {},
      run: { id: '5', attempt: 1, url: 'https://github.test' },
      actor: 'ada',
      approvers: [],
      ...(hotfix === undefined ? {} : { hotfix: record(hotfix) }),
      ...payload,
    },
  };
};

export const record = (branch: string): HotfixRecord => ({ branch, base: '0'.repeat(40), skipped: ['soak'] });
