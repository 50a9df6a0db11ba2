import { RequestError } from '@octokit/request-error';
import * as z from 'zod';
import { Failure } from '../domain/failure.ts';
import type { Proposals } from '../ports/proposals.ts';
import { explained, type GitHub, shaped } from './api.ts';
import { ownFor, whoami } from './identity.ts';

const sha = z.string().regex(/^[0-9a-f]{40}$/);

const pull = z.object({
  number: z.number(),
  state: z.enum(['open', 'closed']),
  head: z.object({
    ref: z.string().min(1),
    sha,
    // A fork that was deleted has none.
    repo: z.nullable(z.object({ full_name: z.string() })),
  }),
});

const changes = z.array(
  z.object({ after: sha, ref: z.string(), timestamp: z.iso.datetime({ offset: true }) }),
);

const started = z.object({ html_url: z.string() });

const runs = z.object({
  workflow_runs: z.array(
    z.object({
      html_url: z.string(),
      path: z.string(),
      event: z.string(),
      head_branch: z.nullable(z.string()),
      actor: z.optional(z.nullable(z.object({ login: z.string() }))),
      created_at: z.string(),
    }),
  ),
});

/**
 * Pull requests on GitHub that somebody asks to deploy. Needs `pull-requests: read` to read one,
 * `contents: read` to see when its branch changed, `actions: write` to start a workflow and `actions: read` to
 * see whether it was.
 */
export function createProposals(github: GitHub): Proposals {
  const { repository, request } = github;
  const where = { owner: repository.owner, repo: repository.name };
  const own = `${repository.owner}/${repository.name}`.toLowerCase();
  return {
    read: (number) =>
      explained(`read pull request ${number}`, 'pull-requests: read', async () => {
        const data = await request('GET /repos/{owner}/{repo}/pulls/{pull_number}', {
          ...where,
          pull_number: number,
        }).then((answer) => answer.data, ignoreMissing);
        if (data === undefined) return undefined;
        const { state, head } = shaped(pull, data);
        return {
          number,
          isOpen: state === 'open',
          isOwn: head.repo?.full_name.toLowerCase() === own,
          branch: head.ref,
          head: head.sha,
        };
      }),

    lastChange: (branch) =>
      explained(`read when ${branch} changed`, 'contents: read', async () => {
        const ref = `refs/heads/${branch}`;
        const answer = await request('GET /repos/{owner}/{repo}/activity', {
          ...where,
          ref,
          direction: 'desc',
          per_page: 1,
        });
        const [newest] = shaped(changes, answer.data);
        return newest?.ref === ref ? { head: newest.after, at: newest.timestamp } : undefined;
      }),

    start: ({ workflow, branch, inputs }) =>
      explained(`start ${workflow} on ${branch}`, 'actions: write', async () => {
        const answer = await request(
          'POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches',
          // Once: a second try would be a second run.
          { ...where, workflow_id: workflow, ref: branch, inputs, return_run_details: true },
        ).catch((error: unknown) => {
          throw error instanceof RequestError && [404, 422].includes(error.status)
            ? notStarted(workflow, branch, error)
            : error;
        });
        const run = started.safeParse(answer.data);
        return run.success ? run.data.html_url : undefined;
      }),

    startedSince: ({ workflow, branch }, since) =>
      explained(`look whether ${workflow} was started on ${branch}`, 'actions: read', async () => {
        const event = 'workflow_dispatch';
        const answer = await request('GET /repos/{owner}/{repo}/actions/runs', {
          ...where,
          branch,
          event,
          per_page: 100,
        });
        const isOwn = ownFor(await whoami(github));
        const newest = shaped(runs, answer.data).workflow_runs.find(
          (run) =>
            run.event === event &&
            run.head_branch === branch &&
            isOf(run.path, workflow) &&
            isOwn(run.actor?.login ?? '') &&
            Date.parse(run.created_at) >= Date.parse(since),
        );
        return newest?.html_url;
      }),
  };
}

/** GitHub names a file, with or without its ref behind. A workflow may be named by a number, which is in no path. */
const isOf = (path: string, workflow: string): boolean =>
  !/\.ya?ml$/.test(workflow) || path.replace(/@.*$/, '').endsWith(`/${workflow}`);

function ignoreMissing(error: unknown): undefined {
  if (error instanceof RequestError && error.status === 404) return undefined;
  throw error;
}

const notStarted = (workflow: string, branch: string, cause: RequestError): Failure =>
  new Failure(
    'DEPLOY_NOT_STARTED',
    `GitHub does not start ${workflow} on ${branch}: ${cause.message.slice(0, 200)}.`,
    `Let ${workflow} run on \`workflow_dispatch\` with the inputs \`until\` and \`commit\`, on the default branch and on ${branch}; and name it in \`workflow\`.`,
    { cause },
  );
