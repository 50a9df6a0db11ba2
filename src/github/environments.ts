import * as z from 'zod';
import type { Protection } from '../domain/gates/approval.ts';
import type { ApprovalHistory, CommitHistory, Gatekeeper } from '../ports/gatekeeper.ts';
import { explained, type GitHub } from './api.ts';
import { readAuthors } from './authors.ts';

const READ = 'actions: read';

const reviewer = z.union([
  z.object({ type: z.literal('User'), reviewer: z.object({ login: z.string() }) }),
  z.object({ type: z.literal('Team'), reviewer: z.object({ slug: z.string() }) }),
]);

/** What must be there to tell anything from it; GitHub's description calls nearly all of it optional. */
const environment = z.object({
  protection_rules: z.array(z.looseObject({ type: z.string() })),
  deployment_branch_policy: z.nullable(z.object({ protected_branches: z.boolean() })),
  // In GitHub's answers, though its description does not know it.
  can_admins_bypass: z.optional(z.boolean()),
});

const reviewersRule = z.object({ prevent_self_review: z.boolean(), reviewers: z.array(reviewer) });

/** Gates and approvals as GitHub's environments have them. Needs `actions: read`, and `contents: read` for authors. */
export function createGatekeeper(github: GitHub): Gatekeeper & ApprovalHistory & CommitHistory {
  const { repository, request } = github;
  const where = { owner: repository.owner, repo: repository.name };
  return {
    protection: (name) =>
      explained(`read the gate of ${name}`, READ, async () => {
        const { data } = await request('GET /repos/{owner}/{repo}/environments/{environment_name}', {
          ...where,
          environment_name: name,
        });
        return readProtection(data);
      }),
    approvals: (runId) =>
      explained(`read who approved run ${runId}`, READ, async () => {
        const { data } = await request('GET /repos/{owner}/{repo}/actions/runs/{run_id}/approvals', {
          ...where,
          run_id: Number(runId),
        });
        return data.map((one) => ({
          environments: one.environments.flatMap(({ name }) => (name === undefined ? [] : [name])),
          verdict: one.state,
          by: one.user.login,
          comment: one.comment,
        }));
      }),
    authors: (commit, live) =>
      explained(`read who wrote ${commit.slice(0, 7)}`, 'contents: read', () =>
        readAuthors(github, commit, live),
      ),
  };
}

/** What GitHub's answer proves. A field that is missing proves nothing, whatever its default is. */
export function readProtection(data: unknown): Protection {
  const read = environment.safeParse(data);
  if (!read.success) return unknown(read.error);
  const { protection_rules: rules, deployment_branch_policy: policy, can_admins_bypass: bypass } = read.data;
  const wanted = rules.find((rule) => rule.type === 'required_reviewers');
  const asked = wanted === undefined ? undefined : reviewersRule.safeParse(wanted);
  if (asked?.success === false) return unknown(asked.error);
  return {
    kind: 'known',
    reviewers: (asked?.data.reviewers ?? []).map((one) =>
      one.type === 'User' ? one.reviewer.login : one.reviewer.slug,
    ),
    preventsSelfReview: asked?.data.prevent_self_review ?? false,
    branches: policy === null ? 'all' : policy.protected_branches ? 'protected' : 'custom',
    ...(bypass === undefined ? {} : { adminsMayBypass: bypass }),
  };
}

const unknown = (error: z.ZodError): Protection => ({
  kind: 'unknown',
  why: `GitHub's answer lacks what its gate is read from: ${z.prettifyError(error)}`,
});
