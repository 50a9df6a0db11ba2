import { RequestError } from '@octokit/request-error';
import { Failure } from '../domain/failure.ts';
import type { PullRequest, PullRequests, PullRequestWay } from '../ports/pull-requests.ts';
import { explained, type GitHub, settled } from './api.ts';

const READ = 'pull-requests: read';
const WRITE = 'pull-requests: write';

/** Pull requests on GitHub. Needs `pull-requests: write`. */
export function createPullRequests(github: GitHub): PullRequests {
  const { owner, name: repo } = github.repository;

  const newest = async ({ from, into }: PullRequestWay): Promise<PullRequest | undefined> => {
    const { data } = await github.request('GET /repos/{owner}/{repo}/pulls', {
      owner,
      repo,
      head: `${owner}:${from}`,
      base: into,
      state: 'all',
      sort: 'created',
      direction: 'desc',
      per_page: 1,
    });
    return data[0] && pullRequestOf(data[0]);
  };

  return {
    newest: (way) => explained(`look for a pull request from ${way.from}`, READ, () => newest(way)),

    open: ({ from, into, title, body }) =>
      explained(`open a pull request from ${from} into ${into}`, WRITE, () => {
        let isRepeated = false;
        return settled(github, async () => {
          const done = isRepeated ? await newest({ from, into }) : undefined;
          if (done?.state === 'open') return done;
          isRepeated = true;
          try {
            const { data } = await github.request('POST /repos/{owner}/{repo}/pulls', {
              owner,
              repo,
              head: from,
              base: into,
              title,
              body,
            });
            return pullRequestOf(data);
          } catch (error) {
            if (hasNothingNew(error)) return undefined;
            throw isForbidden(error) ? notAllowed(error, { from, into }) : error;
          }
        });
      }),
  };
}

interface Answer {
  readonly number: number;
  readonly html_url: string;
  readonly state: string;
  readonly merged_at: string | null;
  readonly head: { readonly sha: string };
}

const pullRequestOf = ({ number, html_url: url, state, merged_at: mergedAt, head }: Answer): PullRequest => ({
  number,
  url,
  state: mergedAt === null ? (state === 'open' ? 'open' : 'closed') : 'merged',
  head: head.sha,
});

/** GitHub has no code for it, only these words. */
const hasNothingNew = (error: unknown): boolean =>
  error instanceof RequestError && error.status === 422 && /No commits between/.test(wordsOf(error));

/** A setting of the repository or its organisation, which no permission of the token makes up for. */
const isForbidden = (error: unknown): boolean =>
  error instanceof RequestError && error.status === 403 && /not permitted to create/.test(error.message);

const wordsOf = (error: RequestError): string =>
  `${error.message} ${JSON.stringify((error.response?.data as { errors?: unknown } | undefined)?.errors ?? '')}`;

const notAllowed = (cause: unknown, { from, into }: PullRequestWay): Failure =>
  new Failure(
    'PULL_REQUESTS_NOT_ALLOWED',
    'This repository does not let GitHub Actions open pull requests.',
    `Open it yourself from ${from} into ${into}, and switch it on for the next time: Settings → Actions → General → Workflow permissions → Allow GitHub Actions to create and approve pull requests.`,
    { cause },
  );
