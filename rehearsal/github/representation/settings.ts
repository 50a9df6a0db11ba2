import { complete } from '../openapi/description.ts';
import type { BranchProtection, Ruleset, Runner } from '../settings.ts';
import type { Environment, Repository } from '../state.ts';
import { iso, type Json, nodeId, numberOf, type Words } from './words.ts';

/** How GitHub's REST API words what a repository's owner set up. */
export function settings({ api, base, user }: Words) {
  const rule = (type: string): Json => ({
    type,
    ...(type === 'update' ? { parameters: { update_allows_fetch_and_merge: false } } : {}),
    ...(type === 'pull_request'
      ? {
          parameters: {
            dismiss_stale_reviews_on_push: false,
            require_code_owner_review: false,
            require_last_push_approval: false,
            required_approving_review_count: 1,
            required_review_thread_resolution: false,
          },
        }
      : {}),
  });

  return {
    organization: (repository: Repository, withPlan: boolean): Json =>
      complete('organization-full', `${api()}/orgs/${repository.owner}`, {
        login: repository.owner,
        id: numberOf(repository.owner),
        node_id: nodeId('O', repository.owner),
        type: 'Organization',
        created_at: iso(repository.createdAt),
        updated_at: iso(repository.createdAt),
        ...(withPlan
          ? { plan: { name: repository.settings.owner.plan, space: 0, private_repos: 10_000 } }
          : {}),
      }),

    branch: (repository: Repository, name: string, sha: string, isProtected: boolean): Json => ({
      name,
      commit: { sha, url: `${base(repository)}/commits/${sha}` },
      protected: isProtected,
    }),

    administrator: (login: string): Json =>
      complete('collaborator', `${api()}/users/${encodeURIComponent(login)}`, {
        ...user(login),
        role_name: 'admin',
        permissions: { pull: true, triage: true, push: true, maintain: true, admin: true },
      }),

    branchProtection: (repository: Repository, name: string, one: BranchProtection): Json => {
      const url = `${base(repository)}/branches/${name}/protection`;
      return {
        url,
        enforce_admins: { url: `${url}/enforce_admins`, enabled: one.admins },
        // GitHub leaves out what is not asked for.
        ...(one.reviews
          ? {
              required_pull_request_reviews: {
                url: `${url}/required_pull_request_reviews`,
                dismiss_stale_reviews: false,
                require_code_owner_reviews: false,
                required_approving_review_count: 1,
              },
            }
          : {}),
        allow_force_pushes: { enabled: one.forcePushes },
        allow_deletions: { enabled: one.deletions },
      };
    },

    appliedRule: (repository: Repository, one: Ruleset, type: string): Json => ({
      ...rule(type),
      ruleset_source_type: 'Repository',
      ruleset_source: `${repository.owner}/${repository.name}`,
      ruleset_id: one.id,
    }),

    ruleset: (
      repository: Repository,
      one: Ruleset,
      { isWhole, withBypass }: { isWhole: boolean; withBypass: boolean },
    ): Json => ({
      id: one.id,
      name: one.name,
      target: one.target,
      source_type: 'Repository',
      source: `${repository.owner}/${repository.name}`,
      enforcement: one.enforcement,
      node_id: nodeId('RRS', one.id),
      created_at: iso(repository.createdAt),
      updated_at: iso(repository.createdAt),
      ...(isWhole
        ? {
            conditions: { ref_name: { include: one.include, exclude: one.exclude ?? [] } },
            rules: one.rules.map(rule),
          }
        : {}),
      ...(isWhole && withBypass
        ? {
            bypass_actors: one.bypass.map(({ type, id, mode }) => ({
              actor_type: type,
              actor_id: id,
              bypass_mode: mode,
            })),
          }
        : {}),
    }),

    branchPolicy: (environment: Environment, pattern: string): Json => ({
      id: numberOf(`${environment.id} ${pattern}`),
      node_id: nodeId('GAP', pattern),
      name: pattern.replace(/^refs\/tags\//, ''),
      type: pattern.startsWith('refs/tags/') ? 'tag' : 'branch',
    }),

    actionsPermissions: (repository: Repository): Json => {
      const { enabled, allowed, shaPinning } = repository.settings.actions;
      return {
        enabled,
        ...(enabled ? { allowed_actions: allowed, sha_pinning_required: shaPinning } : {}),
        ...(allowed === 'selected'
          ? { selected_actions_url: `${base(repository)}/actions/permissions/selected-actions` }
          : {}),
      };
    },

    secret: (repository: Repository, name: string): Json => ({
      name,
      created_at: iso(repository.createdAt),
      updated_at: iso(repository.createdAt),
    }),

    runner: (one: Runner): Json => ({
      id: one.id,
      name: one.name,
      os: 'linux',
      status: one.status,
      busy: false,
      labels: one.labels.map((name) => ({ name, type: 'custom' })),
      ...(one.version === undefined ? {} : { version: one.version }),
    }),
  };
}
