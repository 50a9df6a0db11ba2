import { afterEach, expect } from 'vitest';
import type { Permissions } from '../../../rehearsal/executor/run-service.ts';
import { type FakeGitHub, startFakeGitHub } from '../../../rehearsal/github/fake-github.ts';
import type { RepositoryHandle } from '../../../rehearsal/github/repository-handle.ts';
import { connectGitHub, type GitHub } from '../../../src/github/api.ts';
import type { Clock } from '../../../src/ports/clock.ts';

export interface World {
  readonly github: FakeGitHub;
  readonly repository: RepositoryHandle;
  readonly commit: string;
  /** What the code under test waited for, in milliseconds. Nobody really waits. */
  readonly waits: number[];
  /** A run of the repository, asked for by sophie. */
  openRun(): number;
  jobToken(permissions: Permissions): string;
  connect(token: string, options?: { signal?: AbortSignal; timeoutMs?: number; repository?: string }): GitHub;
  /** One REST call as any client would make it. */
  call(
    token: string,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: unknown; headers: Headers }>;
}

const open: FakeGitHub[] = [];

afterEach(async () => {
  const closing = open.splice(0);
  await Promise.all(closing.map((github) => github.close()));
  expect(closing.flatMap((github) => github.problems)).toEqual([]);
});

/** A fake GitHub with `octo/sophie`, one commit on main. It is closed, and found without problems, after the test. */
export async function makeWorld(): Promise<World> {
  const github = await startFakeGitHub();
  open.push(github);
  const repository = github.addRepository({ owner: 'octo', name: 'sophie' });
  const commit = repository.commit('First');
  const waits: number[] = [];
  const clock: Clock = {
    now: () => new Date(),
    sleep: async (milliseconds, signal) => {
      waits.push(milliseconds);
      signal?.throwIfAborted();
    },
  };
  const openRun = () =>
    github.openRun({
      repository: 'octo/sophie',
      workflowPath: '.github/workflows/release.yml',
      workflowName: 'Release',
      event: 'push',
      ref: 'refs/heads/main',
      sha: commit,
      actor: 'sophie',
    }).id;
  return {
    github,
    repository,
    commit,
    waits,
    openRun,
    jobToken: (permissions) => github.mintToken({ runId: openRun(), job: 'stage', permissions }),
    connect: (token, { repository: name = 'sophie', ...options } = {}) =>
      connectGitHub({
        token,
        api: { rest: github.apiUrl, graphql: github.graphqlUrl },
        repository: { owner: 'octo', name },
        clock,
        ...options,
      }),
    call: async (token, method, path, body) => {
      const answer = await fetch(`${github.apiUrl}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      return { status: answer.status, body: text === '' ? null : JSON.parse(text), headers: answer.headers };
    },
  };
}
