import * as z from 'zod';
import type {
  ActionsPolicy,
  BranchPolicy,
  BranchProtection,
  Gate,
  RepositoryFacts,
  Ruleset,
  RunnerFacts,
} from '../domain/doctor/facts.ts';
import { shaped } from './api.ts';

/**
 * GitHub's answers about settings in the domain's words. What an answer must have to prove anything is
 * required here, whatever GitHub's description calls optional: the rest would be a guess.
 */

const enabled = z.object({ enabled: z.boolean() });

const repositoryAnswer = z.object({
  visibility: z.enum(['public', 'private', 'internal']),
  default_branch: z.string().min(1),
  owner: z.object({ type: z.string() }),
});

export function repository(data: unknown): RepositoryFacts {
  const { visibility, default_branch: defaultBranch, owner } = shaped(repositoryAnswer, data);
  return { visibility, defaultBranch, ownerKind: owner.type === 'Organization' ? 'organization' : 'user' };
}

const reviewer = z.union([
  z.object({ type: z.literal('User'), reviewer: z.object({ id: z.number(), login: z.string() }) }),
  z.object({ type: z.literal('Team'), reviewer: z.object({ id: z.number(), slug: z.string() }) }),
]);

/** Rules that must be understood wholly: half of one proves nothing. */
const JUDGED = new Set(['required_reviewers', 'wait_timer', 'branch_policy']);

const gateAnswer = z.object({
  protection_rules: z.array(
    z
      .discriminatedUnion('type', [
        z.object({
          type: z.literal('required_reviewers'),
          prevent_self_review: z.boolean(),
          reviewers: z.array(reviewer),
        }),
        z.object({ type: z.literal('wait_timer'), wait_timer: z.number() }),
        z.object({ type: z.literal('branch_policy') }),
      ])
      .or(
        z
          .object({ type: z.string().refine((type) => !JUDGED.has(type)) })
          .transform(() => ({ type: 'other' as const })),
      ),
  ),
  deployment_branch_policy: z.nullable(z.object({ protected_branches: z.boolean() })),
  // In GitHub's answers, though its description does not know it.
  can_admins_bypass: z.optional(z.boolean()),
});

export function gate(data: unknown): Gate {
  const answer = shaped(gateAnswer, data);
  const asked = answer.protection_rules.find((rule) => rule.type === 'required_reviewers');
  const timer = answer.protection_rules.find((rule) => rule.type === 'wait_timer');
  const policy = answer.deployment_branch_policy;
  return {
    reviewers: (asked?.reviewers ?? []).map((one) =>
      one.type === 'User'
        ? { type: one.type, id: one.reviewer.id, name: one.reviewer.login }
        : { type: one.type, id: one.reviewer.id, name: one.reviewer.slug },
    ),
    preventsSelfReview: asked?.prevent_self_review ?? false,
    waitMinutes: timer?.wait_timer ?? 0,
    branches: policy === null ? 'all' : policy.protected_branches ? 'protected' : 'custom',
    adminsMayBypass: answer.can_admins_bypass,
  };
}

const policiesAnswer = z.array(
  z.object({ name: z.string(), type: z.enum(['branch', 'tag']).default('branch') }),
);

export const policies = (data: unknown): readonly BranchPolicy[] => shaped(policiesAnswer, data);

const named = z.array(z.object({ login: z.string() }).or(z.object({ slug: z.string() }))).default([]);

const protectionAnswer = z.object({
  enforce_admins: enabled,
  required_pull_request_reviews: z.optional(
    z.object({
      bypass_pull_request_allowances: z.optional(z.object({ users: named, teams: named, apps: named })),
    }),
  ),
  allow_force_pushes: enabled,
  allow_deletions: enabled,
});

export function branchProtection(data: unknown): BranchProtection {
  const answer = shaped(protectionAnswer, data);
  const around = answer.required_pull_request_reviews?.bypass_pull_request_allowances;
  return {
    reviews: answer.required_pull_request_reviews !== undefined,
    reviewBypass: [...(around?.users ?? []), ...(around?.teams ?? []), ...(around?.apps ?? [])].map((one) =>
      'login' in one ? one.login : one.slug,
    ),
    bindsAdmins: answer.enforce_admins.enabled,
    forcePushes: answer.allow_force_pushes.enabled,
    deletions: answer.allow_deletions.enabled,
  };
}

const rulesetAnswer = z.object({
  id: z.number(),
  name: z.string(),
  target: z.enum(['branch', 'tag']),
  source_type: z.string(),
  conditions: z.object({
    ref_name: z.object({ include: z.array(z.string()), exclude: z.array(z.string()) }),
  }),
  rules: z.array(z.object({ type: z.string() })),
  bypass_actors: z.optional(
    z.array(
      z.object({
        actor_type: z.string(),
        actor_id: z.nullish(z.number()),
        bypass_mode: z.optional(z.string()),
      }),
    ),
  ),
});

export function ruleset(data: unknown): Ruleset {
  const {
    id,
    name,
    target,
    source_type: source,
    conditions,
    rules,
    bypass_actors,
  } = shaped(rulesetAnswer, data);
  return {
    id,
    name,
    target,
    isOrganizations: source !== 'Repository',
    ...conditions.ref_name,
    rules: rules.map(({ type }) => type),
    bypass: bypass_actors?.map(({ actor_type: type, actor_id: actor, bypass_mode: mode }) => {
      const who =
        (type === 'RepositoryRole' && ROLES[actor ?? 0]) || `${ACTORS[type] ?? type} ${actor ?? ''}`.trim();
      return mode === 'pull_request' ? `${who} (in pull requests)` : who;
    }),
  };
}

/** Ids of the roles that every repository has. */
const ROLES: Readonly<Record<number, string>> = { 2: 'maintainers', 4: 'writers', 5: 'administrators' };
const ACTORS: Readonly<Record<string, string>> = {
  OrganizationAdmin: 'owners of the organisation',
  RepositoryRole: 'role',
  Team: 'team',
  Integration: 'app',
  DeployKey: 'deploy keys',
  User: 'user',
};

const policyAnswer = z.object({
  enabled: z.boolean(),
  allowed_actions: z.optional(z.enum(['all', 'local_only', 'selected'])),
  sha_pinning_required: z.optional(z.boolean()),
});

export function actionsPolicy(data: unknown): ActionsPolicy {
  const answer = shaped(policyAnswer, data);
  return {
    isEnabled: answer.enabled,
    allowed: answer.allowed_actions,
    requiresShaPins: answer.sha_pinning_required,
  };
}

const tokenAnswer = z.object({
  default_workflow_permissions: z.enum(['read', 'write']),
  can_approve_pull_request_reviews: z.boolean(),
});

export function workflowToken(data: unknown): { access: 'read' | 'write'; mayApprove: boolean } {
  const answer = shaped(tokenAnswer, data);
  return { access: answer.default_workflow_permissions, mayApprove: answer.can_approve_pull_request_reviews };
}

const namesAnswer = z.array(z.object({ name: z.string() }));

export const names = (data: unknown): readonly string[] => shaped(namesAnswer, data).map(({ name }) => name);

const filesAnswer = z.array(z.object({ type: z.string(), path: z.string() }));

/** Paths of the files in a folder. */
export const files = (data: unknown): readonly string[] =>
  shaped(filesAnswer, data).flatMap(({ type, path }) => (type === 'file' ? [path] : []));

const runnersAnswer = z.array(
  z.object({
    name: z.string(),
    labels: z.array(z.object({ name: z.string() })),
    version: z.nullish(z.string()),
  }),
);

export const runners = (data: unknown): readonly RunnerFacts[] =>
  shaped(runnersAnswer, data).map(({ name, labels, version }) => ({
    name,
    labels: labels.map((label) => label.name),
    version: version ?? undefined,
  }));
