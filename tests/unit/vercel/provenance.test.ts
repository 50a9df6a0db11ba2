import { describe, expect, it } from 'vitest';
import type { WorkflowEvent } from '../../../src/domain/event.ts';
import type { Release } from '../../../src/domain/release.ts';
import { gitMetadataOf, provenanceOf } from '../../../src/targets/vercel/provenance.ts';

const release: Release = {
  app: 'shop',
  version: '1.2.3',
  commit: 'a'.repeat(40),
  builtAt: '2026-01-01T00:00:00.000Z',
  digest: `sha256:${'0'.repeat(64)}`,
};
const event: WorkflowEvent = {
  name: 'push',
  repository: { owner: 'acme', name: 'shop' },
  ref: 'refs/heads/feature/x',
  refType: 'branch',
  sha: 'a'.repeat(40),
  actor: 'ada',
  triggeringActor: 'grace',
  run: { id: '7', attempt: 1, url: 'https://github.example/acme/shop/actions/runs/7' },
  payload: { head_commit: { id: 'a'.repeat(40), message: `${'long '.repeat(100)}\n\nbody` } },
};

describe('where a deployment comes from', () => {
  it('names branch, commit, repository and the one who asked', () => {
    expect(gitMetadataOf(release, event)).toEqual({
      remoteUrl: 'https://github.example/acme/shop.git',
      commitRef: 'feature/x',
      commitSha: release.commit,
      commitAuthorName: 'grace',
      commitMessage: 'long '.repeat(40),
      dirty: false,
    });
  });

  it.each([
    ['of another commit', { head_commit: { id: 'b'.repeat(40), message: 'Other' } }],
    ['that is not a text', { head_commit: { id: 'a'.repeat(40), message: 7 } }],
    ['that is not there', null],
  ])('leaves out a message %s', (_what, payload) => {
    expect(gitMetadataOf(release, { ...event, payload })).not.toHaveProperty('commitMessage');
  });

  it('keeps texts only, with the run where there is one', () => {
    const meta = provenanceOf(release, 'staging', event);
    expect(Object.values(meta).every((value) => typeof value === 'string')).toBe(true);
    expect(meta).toMatchObject({ airlockRunId: '7', airlockRunAttempt: '1', airlockRun: event.run.url });
    expect(provenanceOf(release, 'staging', undefined)).not.toHaveProperty('airlockRun');
    expect(gitMetadataOf(release, undefined)).toEqual({ commitSha: release.commit });
  });
});
