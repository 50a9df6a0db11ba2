import { RequestError } from '@octokit/request-error';
import * as z from 'zod';
import { Failure } from '../domain/failure.ts';
import { type GitHub, shaped } from './api.ts';
import { place } from './records.ts';

const PAGE = 100;
/** A hundred are one call. Of more than these nobody reads who wrote them. */
const MOST_COMMITS = 500;
/** A merge brings in other people's commits: so many tips of it are looked at. */
const MOST_PARENTS = 8;
/** GitHub itself, where somebody merges or edits in the browser. */
const BROWSER = 'web-flow';
const SHA = /^[0-9a-f]{40}$/;
/** Only GitHub's own addresses name an account; any other one is not in its answer. */
const CO_AUTHOR = /^co-authored-by:.*<(?:\d+\+)?([^\s<>@+]+)@users\.noreply\.[\w.-]+>\s*$/gim;

/** GitHub has no account for some authors, and says so with null or an empty object. */
const account = z.object({ login: z.string() }).or(z.unknown().transform(() => undefined));

const commit = z.object({
  sha: z.string(),
  author: account,
  committer: account,
  commit: z.object({ message: z.string() }),
  parents: z.array(z.object({ sha: z.string() })),
});
type Commit = z.infer<typeof commit>;

const comparison = z.object({ total_commits: z.number(), commits: z.array(commit) });

/**
 * Logins of those who wrote, committed or wrote along what is new in a commit.
 *
 * @param since commit that is live; undefined where nothing is, and then the commit itself and what a merge
 *   brought in stand for all
 * @throws Failure AUTHORS_UNKNOWN where not every commit in between could be read
 */
export async function readAuthors(
  github: GitHub,
  head: string,
  since: string | undefined,
): Promise<readonly string[]> {
  const added = since === undefined || since === head ? [] : await commitsBetween(github, since, head);
  const written = added.length > 0 ? added : await newestOf(github, head);
  return [...new Set(written.flatMap(authorsOf))];
}

function authorsOf({ author, committer, commit: { message } }: Commit): readonly string[] {
  const along = [...message.matchAll(CO_AUTHOR)].flatMap(([, login]) => login ?? []);
  const own = [author, committer].flatMap((one) => one?.login ?? []);
  return [...own, ...along].filter((login) => login !== BROWSER);
}

async function newestOf(github: GitHub, head: string): Promise<readonly Commit[]> {
  const newest = async (sha: string) => {
    const question = { ...place(github), sha, per_page: 1 };
    const { data } = await github.request('GET /repos/{owner}/{repo}/commits', question);
    return shaped(z.array(commit), data);
  };
  const own = await newest(head);
  const merged = own.flatMap(({ parents }) => parents.slice(1, MOST_PARENTS));
  return [...own, ...(await Promise.all(merged.map(({ sha }) => newest(sha)))).flat()];
}

/** Every commit that is in one and not in the other; none where it is the same one or an older one. */
async function commitsBetween(github: GitHub, since: string, head: string): Promise<readonly Commit[]> {
  if (!SHA.test(since)) throw unknown('what is live is called by no commit');
  const read = async (page: number) => {
    const { data } = await github.request('GET /repos/{owner}/{repo}/compare/{basehead}', {
      ...place(github),
      basehead: `${since}...${head}`,
      per_page: PAGE,
      page,
    });
    return shaped(comparison, data);
  };
  const first = await read(1).catch((error: unknown) => {
    const isGone = error instanceof RequestError && error.status === 404;
    throw isGone ? unknown(`GitHub cannot compare it with ${since.slice(0, 7)}, which is live`) : error;
  });
  const { total_commits: total } = first;
  if (total > MOST_COMMITS) throw unknown(`it has ${total} commits that are not live yet`);
  const others = Array.from({ length: Math.max(0, Math.ceil(total / PAGE) - 1) }, (_, index) => index + 2);
  const pages = [first, ...(await Promise.all(others.map(read)))];
  const found = new Map(pages.flatMap(({ commits }) => commits).map((one) => [one.sha, one]));
  if (found.size !== total) throw unknown(`GitHub shows ${found.size} of ${total} commits`);
  if (total > 0 && !found.has(head)) throw unknown(`GitHub shows ${total} commits, and it is not among them`);
  return [...found.values()];
}

const unknown = (why: string): Failure =>
  new Failure(
    'AUTHORS_UNKNOWN',
    `Who wrote this release cannot be told: ${why}.`,
    `Release an earlier commit first, with at most ${MOST_COMMITS} since what is live; or set \`self-approval: true\` in airlock.yml.`,
  );
