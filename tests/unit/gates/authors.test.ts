import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { connectGitHub } from '../../../src/github/api.ts';
import { createGatekeeper } from '../../../src/github/environments.ts';

const sha = (letter: string) => letter.repeat(40);
const asked: string[] = [];

interface Made {
  readonly author: unknown;
  readonly committer?: unknown;
  readonly message?: string;
  readonly parents?: readonly string[];
}

/** GitHub's answers, as far as they say whose a commit is. */
const COMMITS: Readonly<Record<string, Made>> = {
  [sha('a')]: { author: { login: 'ada' }, parents: [sha('9')] },
  [sha('b')]: { author: { login: 'grace' }, parents: [sha('9'), sha('a'), sha('c')] },
  [sha('c')]: { author: { login: 'grace' }, parents: [sha('9')] },
  [sha('d')]: { author: null, parents: [] },
  [sha('e')]: { author: {}, parents: [] },
  [sha('1')]: { author: { login: 'ada' }, committer: { login: 'web-flow' } },
  [sha('2')]: { author: { login: 'grace' }, committer: { login: 'mary' } },
  [sha('3')]: {
    author: null,
    message:
      'Pair\n\nco-authored-by: Linus T <12345+linus@users.noreply.github.com>\nCo-Authored-By: Old <old-name@users.noreply.github.com>\nCo-authored-by: Eve <eve@example.com>\nsee <x@users.noreply.github.com>',
  },
};

/** Base and head → what GitHub says lies between them. */
let between: Readonly<Record<string, { total: number; commits: readonly string[] }>> = {};

const show = (one: string) => {
  const { author, committer = null, message = '', parents = [] } = COMMITS[one] ?? { author: null };
  return {
    sha: one,
    author,
    committer,
    commit: { message },
    parents: parents.map((parent) => ({ sha: parent })),
  };
};

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://github.test');
  const page = searchParams.get('page');
  // What the newest commits tell at once is held to this way by the contract test.
  if (pathname === '/graphql') {
    response.statusCode = 404;
    response.end('{}');
    return;
  }
  asked.push(`${pathname}?per_page=${searchParams.get('per_page')}${page === null ? '' : `&page=${page}`}`);
  response.setHeader('content-type', 'application/json');
  const range = /\/compare\/(.*)$/.exec(pathname)?.[1];
  if (range !== undefined) {
    const found = between[range];
    response.statusCode = found ? 200 : 404;
    const from = (Number(page) - 1) * 100;
    const commits = found?.commits.slice(from, from + 100).map(show);
    response.end(JSON.stringify(found ? { total_commits: found.total, commits } : { message: 'Not Found' }));
    return;
  }
  const wanted = searchParams.get('sha') ?? '';
  response.statusCode = COMMITS[wanted] ? 200 : 404;
  response.end(JSON.stringify(COMMITS[wanted] ? [show(wanted)] : { message: 'Not Found' }));
});
beforeAll(() => new Promise<void>((done) => void server.listen(0, '127.0.0.1', done)));
afterAll(() => new Promise((done) => void server.close(done)));
beforeEach(() => {
  asked.length = 0;
  between = {};
});

const authors = (commit: string, since?: string) => {
  const { port } = server.address() as AddressInfo;
  const rest = `http://127.0.0.1:${port}`;
  return createGatekeeper(
    connectGitHub({
      token: 'token',
      api: { rest, graphql: `${rest}/graphql` },
      repository: { owner: 'sophie', name: 'shop' },
      clock: { now: () => new Date(0), sleep: async () => {} },
    }),
  ).authors(commit, Promise.resolve(since));
};

/** That many commits, the last of them `commit`. */
const line = (length: number, commit: string) =>
  Array.from({ length }, (_, at) => (at === length - 1 ? commit : at.toString(16).padStart(40, '0')));

const range = (since: string, commit: string) => `${sha(since)}...${sha(commit)}`;

test.each([
  ['a commit', sha('a'), ['ada']],
  ['a merge, and what it brought in, each once', sha('b'), ['grace', 'ada']],
  ['a commit of nobody that GitHub knows', sha('d'), []],
  ['a commit whose author is empty', sha('e'), []],
])('where nothing is live, whose is %s', async (_what, commit, expected) => {
  expect(await authors(commit)).toEqual(expected);
});

test('asks for no more than each newest commit, and a commit that is not there is an error', async () => {
  await authors(sha('a'));
  expect(asked).toEqual(['/repos/sophie/shop/commits?per_page=1']);
  await expect(authors(sha('f'))).rejects.toMatchObject({ name: 'Failure' });
});

test('all count who wrote, committed or wrote along since what is live, not only the newest', async () => {
  between = {
    [range('9', '1')]: { total: 3, commits: [sha('3'), sha('2'), sha('1')] },
  };
  expect((await authors(sha('1'), sha('9'))).toSorted()).toEqual([
    'ada',
    'grace',
    'linus',
    'mary',
    'old-name',
  ]);
  expect(asked).toEqual([`/repos/sophie/shop/compare/${range('9', '1')}?per_page=100&page=1`]);
});

test('of what is live already, and of an older one, the commit itself counts', async () => {
  expect(await authors(sha('a'), sha('a'))).toEqual(['ada']);
  between = { [range('b', 'a')]: { total: 0, commits: [] } };
  expect(await authors(sha('a'), sha('b'))).toEqual(['ada']);
  expect(asked).toHaveLength(3);
});

test('reads every page', async () => {
  const commits = line(201, sha('1'));
  between = { [range('9', '1')]: { total: 201, commits: [sha('2'), ...commits.slice(1)] } };
  expect((await authors(sha('1'), sha('9'))).toSorted()).toEqual(['ada', 'grace', 'mary']);
  expect(asked.map((one) => one.slice(-1)).toSorted()).toEqual(['1', '2', '3']);
});

test.each<[string, { total: number; commits: readonly string[] } | undefined, RegExp]>([
  ['they are more than 500', { total: 501, commits: line(501, sha('1')) }, /501 commits/],
  ['GitHub shows fewer than there are', { total: 2, commits: [sha('1')] }, /1 of 2/],
  ['the same is shown twice', { total: 2, commits: [sha('1'), sha('1')] }, /1 of 2/],
  ['the release is none of them', { total: 1, commits: [sha('2')] }, /not among them/],
  ['what is live is gone', undefined, /cannot compare it with 9999999/],
])('nobody can tell when %s', async (_what, answer, why) => {
  between = answer ? { [range('9', '1')]: answer } : {};
  await expect(authors(sha('1'), sha('9'))).rejects.toMatchObject({
    code: 'AUTHORS_UNKNOWN',
    message: expect.stringMatching(why),
    next: expect.stringContaining('self-approval: true'),
  });
  expect(asked).toHaveLength(1);
});

test('nobody can tell from what is no commit', async () => {
  for (const since of ['', 'main', sha('9').slice(1), `${sha('9')}/../x`])
    await expect(authors(sha('1'), since)).rejects.toMatchObject({ code: 'AUTHORS_UNKNOWN' });
  expect(asked).toEqual([]);
});
