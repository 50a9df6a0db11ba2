import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WorkflowEvent } from '../../src/domain/event.ts';
import { judgeTrust } from '../../src/domain/trust.ts';

const repo = (owner: string, fork = false) => ({
  id: owner === 'sophie' ? 1 : 2,
  name: 'shop',
  full_name: `${owner}/shop`,
  private: false,
  owner: { login: owner, id: 7, type: 'User' },
  fork,
  default_branch: 'main',
});
const OWN = repo('sophie');
const FORK = repo('mallory', true);

/** Events as GitHub sends them: the shape of its webhook payloads, and the ref it sets. */
const event = (name: string, payload: unknown, ref = 'refs/heads/main'): WorkflowEvent => ({
  name,
  repository: { owner: 'sophie', name: 'shop' },
  ref,
  refType: ref.startsWith('refs/tags/') ? 'tag' : 'branch',
  sha: 'c'.repeat(40),
  actor: 'ada',
  triggeringActor: 'ada',
  run: { id: '1', attempt: 1, url: 'https://github.test/sophie/shop/actions/runs/1' },
  payload,
});

const push = (ref: string) =>
  event(
    'push',
    {
      ref,
      before: '0'.repeat(40),
      after: 'c'.repeat(40),
      forced: false,
      repository: OWN,
      pusher: { name: 'ada' },
      head_commit: { id: 'c'.repeat(40), message: 'x' },
    },
    ref,
  );
const pullRequest = (head: unknown, name = 'pull_request') =>
  event(
    name,
    {
      action: 'synchronize',
      number: 7,
      pull_request: {
        number: 7,
        head: { ref: 'feature', sha: 'd'.repeat(40), repo: head },
        base: { ref: 'main', repo: OWN },
      },
      repository: OWN,
    },
    'refs/pull/7/merge',
  );
const workflowRun = (head: unknown, origin: string, conclusion: string | null = 'success') =>
  event('workflow_run', {
    action: 'completed',
    workflow_run: {
      id: 5,
      event: origin,
      status: 'completed',
      conclusion,
      head_branch: 'main',
      head_sha: 'd'.repeat(40),
      head_repository: head,
      repository: OWN,
    },
    repository: OWN,
  });

describe('how far an event carries', () => {
  it.each(['failure', 'cancelled', 'timed_out', null])(
    'a run that this one follows and that ended as %s carries nothing into an environment',
    (conclusion) => {
      expect(judgeTrust(workflowRun(OWN, 'push', conclusion)).kind).toBe('checks-only');
    },
  );

  it.each<[string, WorkflowEvent, ReturnType<typeof judgeTrust>['kind'], string?]>([
    ['push to the default branch', push('refs/heads/main'), 'enters'],
    ['push to another branch', push('refs/heads/feature'), 'enters'],
    ['push of a tag', push('refs/tags/v1.2.3'), 'enters'],
    ['push without a payload', event('push', null), 'enters'],
    [
      'workflow_dispatch',
      event('workflow_dispatch', { inputs: {}, ref: 'refs/heads/main', repository: OWN }),
      'enters',
    ],
    [
      'repository_dispatch',
      event('repository_dispatch', { action: 'deploy', client_payload: {}, repository: OWN }),
      'enters',
    ],
    ['schedule', event('schedule', { schedule: '0 3 * * *', repository: OWN }), 'enters'],
    [
      'release',
      event(
        'release',
        { action: 'published', release: { tag_name: 'v1.2.3' }, repository: OWN },
        'refs/tags/v1.2.3',
      ),
      'enters',
    ],
    ['release of a branch', event('release', { action: 'created', repository: OWN }), 'checks-only'],
    [
      'merge_group',
      event(
        'merge_group',
        { action: 'checks_requested', merge_group: {}, repository: OWN },
        'refs/heads/gh-readonly-queue/main/pr-7-abc',
      ),
      'checks-only',
    ],
    ['pull_request of this repository', pullRequest(OWN), 'checks-only'],
    [
      'pull_request of this repository, which is a fork itself',
      pullRequest({ ...OWN, fork: true }),
      'checks-only',
    ],
    ['pull_request of a fork', pullRequest(FORK), 'checks-only'],
    ['pull_request of a deleted fork', pullRequest(null), 'checks-only'],
    [
      'pull_request_target of this repository',
      pullRequest(OWN, 'pull_request_target'),
      'refused',
      'PULL_REQUEST_TARGET',
    ],
    [
      'pull_request_target of a fork',
      pullRequest(FORK, 'pull_request_target'),
      'refused',
      'PULL_REQUEST_TARGET',
    ],
    ['workflow_run after a push', workflowRun(OWN, 'push'), 'enters'],
    ['workflow_run after a fork’s pull request', workflowRun(FORK, 'pull_request'), 'refused', 'FORK_RUN'],
    ['workflow_run after a push in a fork', workflowRun(FORK, 'push'), 'refused', 'FORK_RUN'],
    ['workflow_run after a deleted fork’s run', workflowRun(null, 'push'), 'refused', 'FORK_RUN'],
    [
      'workflow_run after this repository’s pull request',
      workflowRun(OWN, 'pull_request'),
      'refused',
      'EVENT_UNTRUSTED',
    ],
    [
      'workflow_run after pull_request_target',
      workflowRun(OWN, 'pull_request_target'),
      'refused',
      'EVENT_UNTRUSTED',
    ],
    ['workflow_run after a comment', workflowRun(OWN, 'issue_comment'), 'refused', 'EVENT_UNTRUSTED'],
    ['workflow_run without a run', event('workflow_run', { repository: OWN }), 'refused', 'FORK_RUN'],
    [
      'issue_comment',
      event('issue_comment', {
        action: 'created',
        comment: { body: '/deploy', author_association: 'OWNER' },
        issue: { pull_request: {} },
        repository: OWN,
      }),
      'refused',
      'EVENT_UNTRUSTED',
    ],
    [
      'pull_request_review',
      event('pull_request_review', { review: { state: 'approved' }, repository: OWN }),
      'refused',
      'EVENT_UNTRUSTED',
    ],
    ['issues', event('issues', { action: 'opened', repository: OWN }), 'refused', 'EVENT_UNTRUSTED'],
    ['fork', event('fork', { forkee: FORK, repository: OWN }), 'refused', 'EVENT_UNTRUSTED'],
    ['an event of next year', event('constructor', { repository: OWN }), 'refused', 'EVENT_UNTRUSTED'],
  ])('%s: %#', (_what, given, kind, reason) => {
    const trust = judgeTrust(given);
    expect({ kind: trust.kind, reason: 'reason' in trust ? trust.reason : undefined }).toEqual({
      kind,
      reason,
    });
    expect(trust.why).not.toBe('');
  });

  it('tells a fork’s pull request from the repository’s own', () => {
    expect(judgeTrust(pullRequest(FORK))).toMatchObject({ isFork: true });
    expect(judgeTrust(pullRequest({ full_name: 'sophie/shop-2' }))).toMatchObject({ isFork: true });
    expect(judgeTrust(pullRequest({ full_name: 'Sophie/Shop' }))).toMatchObject({ isFork: false });
  });

  it('believes the runner and not the payload about which repository this is', () => {
    const lie = event('workflow_run', {
      repository: FORK,
      workflow_run: { event: 'push', head_repository: FORK, repository: FORK },
    });
    expect(judgeTrust(lie)).toMatchObject({ kind: 'refused', reason: 'FORK_RUN' });
  });

  it('carries nothing into an environment that strangers can cause, whatever its payload says', () => {
    const strangers = fc.oneof(
      fc.constantFrom(
        'pull_request',
        'pull_request_target',
        'issue_comment',
        'issues',
        'discussion',
        'watch',
        'merge_group',
      ),
      fc.string(),
    );
    const kinds = new Set([
      'push',
      'workflow_dispatch',
      'repository_dispatch',
      'schedule',
      'release',
      'workflow_run',
    ]);
    fc.assert(
      fc.property(strangers, fc.jsonValue(), fc.string(), (name, payload, ref) => {
        fc.pre(!kinds.has(name));
        expect(judgeTrust(event(name, payload, ref)).kind).not.toBe('enters');
      }),
    );
  });

  it('carries no run that follows a fork’s into an environment', () => {
    fc.assert(
      fc.property(fc.string(), fc.jsonValue(), fc.string(), (owner, more, origin) => {
        fc.pre(owner.toLowerCase() !== 'sophie');
        const head = { ...(typeof more === 'object' ? more : {}), full_name: `${owner}/shop` };
        expect(judgeTrust(workflowRun(head, origin))).toMatchObject({ kind: 'refused', reason: 'FORK_RUN' });
      }),
    );
  });
});
