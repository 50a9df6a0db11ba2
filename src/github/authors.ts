import { RequestError } from '@octokit/request-error';
import * as z from 'zod';
import { addedCommits } from '../domain/added-commits.ts';
import { Failure } from '../domain/failure.ts';
import { type GitHub, shaped } from './api.ts';
import { peopleOf, recentCommits, type WrittenCommit } from './recent-commits.ts';
import { place } from './records.ts';

const PAGE = 100;
/** A hundred are one call. Of more than these nobody reads who wrote them. */
const MOST_COMMITS = 500;
/** A merge brings in other people's commits: so many tips of it are looked at. */
const MOST_PARENTS = 8;
const SHA = /^[0-9a-f]{40}$/;
/** GitHub has no account for some authors, and says so with null or an empty object. */
const account = z.object({ login: z.string() }).or(z.unknown().transform(() => undefined));

const commit = z.object({
  sha: z.string(),
  author: account,
  committer: account,
  commit: z.object({ message: z.string() }),
  parents: z.array(z.object({ sha: z.string() })),
});

const comparison = z.object({ total_commits: z.number(), commits: z.array(commit) });

/**
 * Logins of those who wrote, committed or wrote along what is new in a commit.
 *
 * @param live commit that is live; undefined where nothing is, and then the commit itself and what a merge
 *   brought in stand for all
 * @throws Failure AUTHORS_UNKNOWN where not every commit in between could be read
 */
export async function readAuthors(
  github: GitHub,
  head: string,
  live: Promise<string | undefined>,
): Promise<readonly string[]> {
  // At once, so that it goes with the ledger. What it cannot tell, GitHub's comparison tells or refuses to.
  const [recent, since] = await Promise.all([recentCommits(github, head).catch(() => []), live]);
  const written = isBefore(since, head)
    ? (addedCommits(recent, head, since) ?? (await commitsBetween(github, since, head)))
    : [];
  const all = written.length > 0 ? written : (newestAmong(recent, head) ?? (await newestOf(github, head)));
  return [...new Set(all.flatMap(({ people }) => people))];
}

const isBefore = (since: string | undefined, head: string): since is string =>
  since !== undefined && since !== head;

/** A commit and the tips that it merged, out of some; undefined where they are not all there. */
function newestAmong(known: readonly WrittenCommit[], head: string): readonly WrittenCommit[] | undefined {
  const own = known.find(({ sha }) => sha === head);
  if (own?.parents === undefined) return undefined;
  const merged = own.parents.slice(1, MOST_PARENTS).map((sha) => known.find((one) => one.sha === sha));
  const tips = merged.filter((one) => one !== undefined);
  return tips.length === merged.length ? [own, ...tips] : undefined;
}

async function newestOf(github: GitHub, head: string): Promise<readonly WrittenCommit[]> {
  const newest = async (sha: string) => {
    const question = { ...place(github), sha, per_page: 1 };
    const { data } = await github.request('GET /repos/{owner}/{repo}/commits', question);
    return shaped(z.array(commit), data).map(toCommit);
  };
  const own = await newest(head);
  const merged = own.flatMap(({ parents = [] }) => parents.slice(1, MOST_PARENTS));
  return [...own, ...(await Promise.all(merged.map(newest))).flat()];
}

const toCommit = ({ sha, author, committer, commit: { message }, parents }: z.infer<typeof commit>) => ({
  sha,
  parents: parents.map((one) => one.sha),
  people: peopleOf([author, committer], message),
});

/** Every commit that is in one and not in the other; none where it is the same one or an older one. */
async function commitsBetween(
  github: GitHub,
  since: string,
  head: string,
): Promise<readonly WrittenCommit[]> {
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
  return [...found.values()].map(toCommit);
}

const unknown = (why: string): Failure =>
  new Failure(
    'AUTHORS_UNKNOWN',
    `Who wrote this release cannot be told: ${why}.`,
    `Release an earlier commit first, with at most ${MOST_COMMITS} since what is live; or set \`self-approval: true\` in airlock.yml.`,
  );
