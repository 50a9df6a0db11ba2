import { describe, expect, it } from 'vitest';
import { refuseStrangers } from '../../../src/composition/strangers.ts';
import type { WorkflowEvent } from '../../../src/domain/event.ts';
import { eventOfRun, settings } from './world.ts';

const event = (name: string, payload: unknown = {}): { event: WorkflowEvent } => ({
  event: { ...eventOfRun('1'), name, payload },
});
const from = (full_name: string) => ({ full_name });
const pull = (repository: string, action = 'opened') =>
  event('pull_request', {
    action,
    pull_request: { number: 7, head: { sha: 'd'.repeat(40), repo: from(repository) } },
  });
const WITH_PREVIEW = { preview: settings({ name: 'preview' }) };
const WITHOUT = { preview: undefined };

describe('an action without a plan before it', () => {
  it.each<[string, { event: WorkflowEvent }, string]>([
    ['pull_request_target', event('pull_request_target'), 'PULL_REQUEST_TARGET'],
    ['a comment', event('issue_comment'), 'EVENT_UNTRUSTED'],
    ['an event that nobody knows', event('whatever'), 'EVENT_UNTRUSTED'],
    ['a pull request of a fork', pull('x/r'), 'FORK_RUN'],
    [
      'a run after that of a fork',
      event('workflow_run', { workflow_run: { event: 'push', head_repository: from('x/r') } }),
      'FORK_RUN',
    ],
  ])('changes no environment on %s, the preview neither', (_what, runner, code) => {
    for (const environment of ['production', 'preview'])
      for (const configuration of [WITH_PREVIEW, WITHOUT])
        expect(() => refuseStrangers(runner, configuration, environment)).toThrow(
          expect.objectContaining({ code }),
        );
  });

  it('works for the repository’s own people', () => {
    for (const own of [
      event('workflow_dispatch'),
      event('schedule'),
      event('push', { repository: { default_branch: 'main' } }),
    ])
      expect(() => refuseStrangers(own, WITH_PREVIEW, 'production')).not.toThrow();
  });

  it('lets a pull request of this repository into its preview and nowhere else', () => {
    expect(() => refuseStrangers(pull('o/r'), WITH_PREVIEW, 'preview')).not.toThrow();
    for (const environment of ['production', 'Preview', 'preview ', 'staging'])
      expect(() => refuseStrangers(pull('o/r'), WITH_PREVIEW, environment)).toThrow(
        expect.objectContaining({ code: 'CHECKS_ONLY' }),
      );
  });

  it('takes an environment that is only called so for no preview', () => {
    expect(() => refuseStrangers(pull('o/r'), WITHOUT, 'preview')).toThrow(
      expect.objectContaining({ code: 'CHECKS_ONLY' }),
    );
  });

  it.each<[string, { event: WorkflowEvent }]>([
    ['a closed pull request', pull('o/r', 'closed')],
    ['a push', event('push', { repository: { default_branch: 'main' } })],
    ['a run by hand', event('workflow_dispatch')],
    ['a merge queue', event('merge_group')],
    [
      'a pull request without a number',
      event('pull_request', { pull_request: { head: { repo: from('o/r') } } }),
    ],
  ])('stages no preview for %s, which nothing would remove', (_what, runner) => {
    expect(() => refuseStrangers(runner, WITH_PREVIEW, 'preview')).toThrow(
      expect.objectContaining({ code: 'NOT_A_PREVIEW' }),
    );
  });
});
