import { describe, expect, it } from 'vitest';
import { refuseStrangers } from '../../../src/composition/strangers.ts';
import type { WorkflowEvent } from '../../../src/domain/event.ts';
import { eventOfRun } from './world.ts';

const event = (name: string, payload: unknown = {}): { event: WorkflowEvent } => ({
  event: { ...eventOfRun('1'), name, payload },
});
const from = (full_name: string) => ({ full_name });

describe('an action without a plan before it', () => {
  it.each<[string, { event: WorkflowEvent }, string]>([
    ['pull_request_target', event('pull_request_target'), 'PULL_REQUEST_TARGET'],
    ['a comment', event('issue_comment'), 'EVENT_UNTRUSTED'],
    ['an event that nobody knows', event('whatever'), 'EVENT_UNTRUSTED'],
    [
      'a pull request of a fork',
      event('pull_request', { pull_request: { head: { repo: from('x/r') } } }),
      'FORK_RUN',
    ],
    [
      'a run after that of a fork',
      event('workflow_run', { workflow_run: { event: 'push', head_repository: from('x/r') } }),
      'FORK_RUN',
    ],
  ])('changes no environment on %s', (_what, runner, code) => {
    expect(() => refuseStrangers(runner)).toThrow(expect.objectContaining({ code }));
  });

  it('works for the repository’s own people', () => {
    for (const own of [
      event('workflow_dispatch'),
      event('schedule'),
      event('push', { repository: { default_branch: 'main' } }),
    ])
      expect(() => refuseStrangers(own)).not.toThrow();
  });
});
