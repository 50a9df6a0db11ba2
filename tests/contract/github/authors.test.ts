import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createGatekeeper } from '../../../src/github/environments.ts';
import { makeWorld, type World } from './world.ts';

/** Who wrote what lies between two commits, by GitHub's own comparison of a real git folder. */

let directory: string;
let made: World;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'airlock-authors-'));
  git('init', '-q', '-b', 'main');
  made = await makeWorld();
});
afterEach(() => rm(directory, { recursive: true }));

const git = (...args: string[]) =>
  execFileSync('git', ['-C', directory, '-c', 'user.name=g', '-c', 'user.email=g@example.com', ...args], {
    encoding: 'utf8',
  }).trim();

/** Commits on a branch, one for each author and message, all at once. */
function write(branch: string, commits: readonly { by: string; message?: string }[], from?: string): string {
  const stream = commits.map(({ by, message = 'More' }, at) =>
    [
      `commit refs/heads/${branch}`,
      `author ${by} <${by}> ${1_790_000_000 + at} +0000`,
      `committer ${by} <${by}> ${1_790_000_000 + at} +0000`,
      `data ${Buffer.byteLength(message)}`,
      message,
      ...(at === 0 && from !== undefined ? [`from ${from}`] : []),
      '',
    ].join('\n'),
  );
  execFileSync('git', ['-C', directory, 'fast-import', '--quiet'], { input: stream.join('') });
  return git('rev-parse', `refs/heads/${branch}`);
}

const mail = (login: string) => `7+${login}@users.noreply.github.com`;

function read(commit: string, since?: string) {
  made.github.addRepository({ owner: 'octo', name: 'real', directory });
  const run = made.github.openRun({
    repository: 'octo/real',
    workflowPath: '.github/workflows/release.yml',
    workflowName: 'Release',
    event: 'push',
    ref: 'refs/heads/main',
    sha: commit,
    actor: 'sophie',
  }).id;
  const token = made.github.mintToken({ runId: run, job: 'one', permissions: { contents: 'read' } });
  return createGatekeeper(made.connect(token, { repository: 'real' })).authors(commit, since);
}

test('all authors of more commits than one answer has, and none of what is live', async () => {
  const live = write('main', [{ by: mail('olga') }]);
  const crowd = Array.from({ length: 258 }, () => ({ by: 'nobody@example.com' }));
  const head = write('main', [{ by: mail('ada') }, ...crowd, { by: mail('grace') }], live);
  expect((await read(head, live)).toSorted()).toEqual(['ada', 'grace']);
});

test('what a merge brought in, and who wrote along; where nothing is live, the newest alone', async () => {
  const live = write('main', [{ by: mail('olga') }]);
  const message = `Pair\n\nCo-authored-by: Linus <${mail('linus')}>`;
  write('topic', [{ by: mail('ada'), message }, { by: 'nobody@example.com' }], live);
  git('checkout', '-q', 'main');
  git('merge', '-q', '--no-ff', '-m', 'Merge', 'topic');
  const head = write('main', [{ by: mail('grace') }], git('rev-parse', 'HEAD'));
  expect((await read(head, live)).toSorted()).toEqual(['ada', 'grace', 'linus']);
  expect(await read(head)).toEqual(['grace']);
});

test('of a live commit that the repository has no more nobody can tell', async () => {
  const head = write('main', [{ by: mail('ada') }]);
  await expect(read(head, 'f'.repeat(40))).rejects.toMatchObject({ code: 'AUTHORS_UNKNOWN' });
});
