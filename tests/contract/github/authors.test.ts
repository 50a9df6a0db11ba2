import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
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

/** The gatekeeper of the git folder as it stands. */
function open() {
  made.github.addRepository({ owner: 'octo', name: 'real', directory });
  const run = made.github.openRun({
    repository: 'octo/real',
    workflowPath: '.github/workflows/release.yml',
    workflowName: 'Release',
    event: 'push',
    ref: 'refs/heads/main',
    sha: git('rev-parse', 'main'),
    actor: 'sophie',
  }).id;
  const token = made.github.mintToken({ runId: run, job: 'one', permissions: { contents: 'read' } });
  return createGatekeeper(made.connect(token, { repository: 'real' }));
}

const read = (commit: string, since?: string) => open().authors(commit, Promise.resolve(since));

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

test('nobody is lost who stands further behind than the first answer shows', async () => {
  const live = write('main', [{ by: mail('olga') }]);
  const names = Array.from({ length: 12 }, (_, at) => `person-${at}`);
  const topics = names.map((name) => write(name, [{ by: mail(name) }], live));
  const parents = topics.flatMap((topic) => ['-p', topic]);
  const octopus = git('commit-tree', `${live}^{tree}`, ...parents, '-m', 'Merge them all');
  git('update-ref', 'refs/heads/main', octopus);
  expect((await read(octopus, live)).toSorted()).toEqual(names.toSorted());
  const along = names.map((name) => `Co-authored-by: A <${mail(name)}>`).join('\n');
  const head = write('main', [{ by: mail('grace'), message: `All\n\n${along}` }], octopus);
  expect((await read(head, octopus)).toSorted()).toEqual(['grace', ...names].toSorted());
  // Nothing is live, and what was merged last is older than the newest hundred.
  const old = write('old', [{ by: mail('eve') }], live);
  const crowd = write(
    'main',
    Array.from({ length: 120 }, () => ({ by: 'nobody@example.com' })),
    head,
  );
  const late = git('commit-tree', `${live}^{tree}`, '-p', crowd, '-p', old, '-m', 'Merge it late');
  git('update-ref', 'refs/heads/main', late);
  expect(await read(late)).toEqual(['eve']);
});

test('of a live commit that the repository has no more nobody can tell', async () => {
  const head = write('main', [{ by: mail('ada') }]);
  await expect(read(head, 'f'.repeat(40))).rejects.toMatchObject({ code: 'AUTHORS_UNKNOWN' });
});

const PEOPLE = ['ada', 'grace', 'linus', 'dependabot[bot]', 'web-flow', undefined];
const mailOf = (who: string | undefined): string =>
  who === undefined ? 'x@example.com' : who === 'web-flow' ? 'noreply@github.com' : mail(who);

/** Commits of one root, each with which of those before it grew from, and who made it. */
const histories = fc.array(
  fc.record({
    parents: fc.uniqueArray(fc.nat(30), { minLength: 1, maxLength: 10 }),
    author: fc.constantFrom(...PEOPLE),
    committer: fc.constantFrom(...PEOPLE),
    along: fc.array(fc.constantFrom(...PEOPLE), { maxLength: 12 }),
    skew: fc.constantFrom(0, 0, 0, -500),
  }),
  { minLength: 6, maxLength: 40 },
);

test('the newest commits tell the same people at once as a comparison, of any history', async () => {
  const samples = fc.sample(histories, { numRuns: 8, seed: 7 });
  const marks = join(directory, 'marks');
  const stream = samples.flatMap((commits, sample) =>
    commits.map(({ parents, author, committer, along, skew }, at) => {
      const mark = (index: number) => 1 + sample * 100 + index;
      const message = `${sample}/${at}\n\n${along.map((who) => `Co-authored-by: A <${mailOf(who)}>`).join('\n')}`;
      const grown = [...new Set(parents.map((parent) => parent % Math.max(1, at)))];
      return [
        `commit refs/heads/${sample === 0 && at === commits.length - 1 ? 'main' : `b${mark(at)}`}`,
        `mark :${mark(at)}`,
        `author a <${mailOf(author)}> ${1_790_000_000 + at} +0000`,
        `committer a <${mailOf(committer)}> ${1_790_000_000 + at + skew} +0000`,
        `data ${Buffer.byteLength(message)}`,
        message,
        ...(at === 0 ? [] : grown.map((one, index) => `${index === 0 ? 'from' : 'merge'} :${mark(one)}`)),
        '',
      ].join('\n');
    }),
  );
  execFileSync('git', ['-C', directory, 'fast-import', '--quiet', `--export-marks=${marks}`], {
    input: stream.join(''),
  });
  const known = new Map(
    (await readFile(marks, 'utf8')).split('\n').map((line) => line.split(' ') as [string, string]),
  );
  const gatekeeper = open();
  let compared = 0;
  made.github.faults.next({
    answer: 500,
    match: (request) => {
      if (request.url.includes('/compare/')) compared += 1;
      return false;
    },
  });
  let told = 0;
  for (const [sample, commits] of samples.entries())
    for (const [older, newer] of [
      [0, commits.length - 1],
      [commits.length >> 1, commits.length - 1],
      [2, commits.length - 3],
      [undefined, commits.length - 1],
      [commits.length - 1, 1],
    ] as const) {
      const shaOf = (at: number) => known.get(`:${1 + sample * 100 + at}`) ?? '';
      const [head, since] = [shaOf(newer), older === undefined ? undefined : shaOf(older)];
      const before = compared;
      const atOnce = await gatekeeper.authors(head, Promise.resolve(since));
      told += compared === before ? 1 : 0;
      made.github.faults.next({ match: 'graphql', answer: 'broken-query', times: 4 });
      const byComparison = await gatekeeper.authors(head, Promise.resolve(since));
      // To GraphQL an app is no user. It approves nothing, either.
      const people = byComparison.filter((login) => !login.endsWith('[bot]'));
      expect(atOnce.filter((login) => !login.endsWith('[bot]')).toSorted(), `${sample}: ${older}`).toEqual(
        people.toSorted(),
      );
    }
  expect(told).toBeGreaterThan(15);
});
