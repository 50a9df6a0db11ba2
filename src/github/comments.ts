import { RequestError } from '@octokit/request-error';
import * as z from 'zod';
import type { Conversation, OwnComment } from '../ports/conversation.ts';
import { explained, type GitHub, settled, shaped } from './api.ts';
import { whoami } from './identity.ts';

/** `issues: write` is no help: GitHub wants the permission of the kind of thread that it is. */
const WRITE = 'pull-requests: write';
const READ = 'pull-requests: read';
const PAGE = 100;

const STATE = `query ($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) { state headRefOid } }
}`;

const state = z.object({
  repository: z.object({
    pullRequest: z.object({ state: z.enum(['OPEN', 'CLOSED', 'MERGED']), headRefOid: z.string() }),
  }),
});

/** Comments of pull requests on GitHub. Needs `pull-requests: write`. */
export function createConversation(github: GitHub): Conversation {
  const { repository, request } = github;
  const where = { owner: repository.owner, repo: repository.name };

  const ownComments = async (number: number): Promise<readonly OwnComment[]> => {
    const own = await whoami(github);
    const comments = await github.paginate('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', {
      ...where,
      issue_number: number,
      per_page: PAGE,
    });
    return comments
      .filter(({ user }) => user?.login === own)
      .map(({ id, body = '' }) => ({ id: Number(id), body }))
      .sort((one, other) => one.id - other.id);
  };

  return {
    pullRequest: (number) =>
      explained(`read pull request ${number}`, READ, async () => {
        const answer = await github.query(STATE, {
          owner: repository.owner,
          name: repository.name,
          number,
        });
        const { pullRequest } = shaped(state, answer).repository;
        return { isOpen: pullRequest.state === 'OPEN', head: pullRequest.headRefOid };
      }),

    ownComments: (number) =>
      explained(`read the comments of pull request ${number}`, READ, () => ownComments(number)),

    create: (number, body) =>
      explained(`comment on pull request ${number}`, WRITE, async () => {
        let isRepeated = false;
        await settled(github, async () => {
          if (isRepeated && (await ownComments(number)).some((one) => one.body === body)) return;
          isRepeated = true;
          await request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
            ...where,
            issue_number: number,
            body,
          });
        });
      }),

    update: (id, body) =>
      explained('change the comment on the pull request', WRITE, async () => {
        await settled(github, () =>
          request('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', {
            ...where,
            comment_id: id,
            body,
          }),
        );
      }),

    remove: (id) =>
      explained('remove a comment that is there twice', WRITE, async () => {
        await settled(github, () =>
          request('DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}', { ...where, comment_id: id }),
        ).catch((error: unknown) => {
          if (!(error instanceof RequestError) || error.status !== 404) throw error;
        });
      }),
  };
}
