import { history, readGit } from '../git.ts';
import { loginAt, nodeId } from '../representation/words.ts';
import type { Commit, Repository } from '../state.ts';
import { type Page, sizeOf } from './page.ts';

/** A commit by its full id; null for what the repository does not have, which is no error. */
export function showObject(repository: Repository, { oid }: { readonly oid?: string }) {
  if (oid === undefined) throw new Error('The fake GitHub knows objects by `oid` alone.');
  if (!repository.commits.has(oid)) readGit(repository);
  const found = repository.commits.get(oid);
  return found === undefined ? null : showCommit(repository, found);
}

function showCommit(repository: Repository, one: Commit): object {
  const list = <T>(name: string, all: readonly T[], page: Page): readonly T[] => {
    refuseMore(name, page);
    return all.slice(0, sizeOf(name, page));
  };
  return {
    __typename: 'Commit',
    id: nodeId('C', one.sha),
    oid: one.sha,
    message: one.message,
    author: showWriter(one.author.email),
    committer: showWriter(one.committer.email),
    authors: (page: Page) => ({ nodes: list('authors', writersOf(one), page).map(showWriter) }),
    history: (page: Page) => {
      refuseMore('history', page);
      const shown = history(repository, one, sizeOf('history', page));
      return { nodes: shown.map((commit) => showCommit(repository, commit)) };
    },
    parents: (page: Page) => ({
      totalCount: one.parents.length,
      nodes: list('parents', one.parents, page).map((sha) => {
        const parent = repository.commits.get(sha);
        return parent === undefined ? null : showCommit(repository, parent);
      }),
    }),
  };
}

/** The author, always first, and who is named as having written along; each address once. */
const writersOf = ({ author, message }: Commit): readonly string[] => {
  const along = [...message.matchAll(/^co-authored-by:.*<([^<>\s]+)>\s*$/gim)].flatMap(
    ([, email]) => email ?? [],
  );
  return [...new Set([author.email, ...along])];
};

/** A bot is no user, and so nobody here. */
const showWriter = (email: string) => {
  const login = loginAt(email);
  return { user: login === undefined || login.endsWith('[bot]') ? null : { id: nodeId('U', login), login } };
};

function refuseMore(name: string, page: Page): void {
  const other = Object.keys(page).find((key) => key !== 'first');
  if (other !== undefined) throw new Error(`The fake GitHub knows no \`${other}\` of \`${name}\`.`);
}
