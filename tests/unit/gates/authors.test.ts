import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectGitHub } from '../../../src/github/api.ts';
import { createGatekeeper } from '../../../src/github/environments.ts';

const sha = (letter: string) => letter.repeat(40);
const asked: string[] = [];

/** GitHub's answers, as far as they say whose a commit is. */
const COMMITS: Readonly<Record<string, { author: unknown; parents: readonly string[] }>> = {
  [sha('a')]: { author: { login: 'ada' }, parents: [sha('9')] },
  [sha('b')]: { author: { login: 'grace' }, parents: [sha('9'), sha('a'), sha('c')] },
  [sha('c')]: { author: { login: 'grace' }, parents: [sha('9')] },
  [sha('d')]: { author: null, parents: [] },
  [sha('e')]: { author: {}, parents: [] },
};

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://github.test');
  asked.push(`${pathname}?per_page=${searchParams.get('per_page')}`);
  const wanted = searchParams.get('sha') ?? '';
  const commit = COMMITS[wanted];
  response.setHeader('content-type', 'application/json');
  if (!commit) {
    response.statusCode = 404;
    response.end(JSON.stringify({ message: 'Not Found' }));
    return;
  }
  const parents = commit.parents.map((parent) => ({ sha: parent }));
  response.end(JSON.stringify([{ sha: wanted, author: commit.author, parents }]));
});
beforeAll(() => new Promise<void>((done) => void server.listen(0, '127.0.0.1', done)));
afterAll(() => new Promise((done) => void server.close(done)));

const authors = (commit: string) => {
  const { port } = server.address() as AddressInfo;
  const rest = `http://127.0.0.1:${port}`;
  return createGatekeeper(
    connectGitHub({
      token: 'token',
      api: { rest, graphql: `${rest}/graphql` },
      repository: { owner: 'sophie', name: 'shop' },
      clock: { now: () => new Date(0), sleep: async () => {} },
    }),
  ).authors(commit);
};

test.each([
  ['a commit', sha('a'), ['ada']],
  ['a merge, and what it brought in, each once', sha('b'), ['grace', 'ada']],
  ['a commit of nobody that GitHub knows', sha('d'), []],
  ['a commit whose author is empty', sha('e'), []],
])('whose is %s', async (_what, commit, expected) => {
  expect(await authors(commit)).toEqual(expected);
});

test('asks for no more than each newest commit, and a commit that is not there is an error', async () => {
  asked.length = 0;
  await authors(sha('a'));
  expect(asked).toEqual(['/repos/sophie/shop/commits?per_page=1']);
  await expect(authors(sha('f'))).rejects.toMatchObject({ name: 'Failure' });
});
