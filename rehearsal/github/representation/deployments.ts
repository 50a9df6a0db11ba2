import type { Deployment, DeploymentStatus, Environment, Repository, Review } from '../state.ts';
import { iso, type Json, nodeId, numberOf, type Words } from './words.ts';

/** How GitHub words environments, what is deployed there and who lets it in. */
export function deployments({ base, html, user }: Words) {
  const environment = (repository: Repository, one: Environment): Json => {
    const { protection } = one;
    const rule = (type: string, members: Json = {}): Json => ({
      id: numberOf(`${one.id} ${type}`),
      node_id: nodeId('GA', `${one.id} ${type}`),
      type,
      ...members,
    });
    return {
      ...environmentName(repository, one),
      created_at: iso(one.createdAt),
      updated_at: iso(one.createdAt),
      // In GitHub's answers, though its description does not know it.
      can_admins_bypass: protection.adminsMayBypass,
      protection_rules: [
        ...(protection.waitMinutes > 0 ? [rule('wait_timer', { wait_timer: protection.waitMinutes })] : []),
        ...(protection.reviewers.length > 0
          ? [
              rule('required_reviewers', {
                prevent_self_review: protection.preventSelfReview,
                reviewers: protection.reviewers.map((login) => ({ type: 'User', reviewer: user(login) })),
              }),
            ]
          : []),
        ...(protection.branches === 'all' ? [] : [rule('branch_policy')]),
      ],
      deployment_branch_policy:
        protection.branches === 'all'
          ? null
          : {
              protected_branches: protection.branches === 'protected',
              custom_branch_policies: protection.branches === 'custom',
            },
    };
  };

  const environmentName = (repository: Repository, one: Environment): Json => ({
    id: one.id,
    node_id: nodeId('EN', one.id),
    name: one.name,
    url: `${base(repository)}/environments/${encodeURIComponent(one.name)}`,
    html_url: `${html(repository)}/deployments/activity_log?environments_filter=${encodeURIComponent(one.name)}`,
  });

  return {
    environment,
    environmentName,

    deployment: (repository: Repository, one: Deployment): Json => {
      const url = `${base(repository)}/deployments/${one.id}`;
      return {
        url,
        id: one.id,
        node_id: nodeId('DE', one.id),
        sha: one.sha,
        ref: one.ref,
        task: one.task,
        payload: one.payload,
        original_environment: one.originalEnvironment,
        environment: one.environment,
        description: one.description,
        creator: user(one.creator),
        created_at: iso(one.createdAt),
        updated_at: iso(one.updatedAt),
        statuses_url: `${url}/statuses`,
        repository_url: base(repository),
        transient_environment: one.transient,
        production_environment: one.production,
        performed_via_github_app: null,
      };
    },

    status: (repository: Repository, deployment: Deployment, one: DeploymentStatus): Json => {
      const url = `${base(repository)}/deployments/${deployment.id}/statuses/${one.id}`;
      return {
        url,
        id: one.id,
        node_id: nodeId('DES', one.id),
        state: one.state,
        creator: user(one.creator),
        description: one.description,
        environment: one.environment,
        target_url: one.logUrl,
        log_url: one.logUrl,
        environment_url: one.environmentUrl,
        created_at: iso(one.createdAt),
        updated_at: iso(one.createdAt),
        deployment_url: `${base(repository)}/deployments/${deployment.id}`,
        repository_url: base(repository),
        performed_via_github_app: null,
      };
    },

    pending: (repository: Repository, one: Environment, mayApprove: boolean): Json => ({
      environment: environmentName(repository, one),
      wait_timer: one.protection.waitMinutes,
      wait_timer_started_at: null,
      current_user_can_approve: mayApprove,
      reviewers: one.protection.reviewers.map((login) => ({ type: 'User', reviewer: user(login) })),
    }),

    review: (repository: Repository, one: Review): Json => ({
      state: one.state,
      comment: one.comment,
      user: user(one.by),
      environments: one.environments.flatMap((name) => {
        const found = repository.environments.get(name);
        return found === undefined
          ? []
          : [
              {
                ...environmentName(repository, found),
                created_at: iso(found.createdAt),
                updated_at: iso(found.createdAt),
              },
            ];
      }),
    }),
  };
}
