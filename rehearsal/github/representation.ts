import { createHash } from 'node:crypto';
import type { FolderEntry } from './git.ts';
import { complete } from './openapi/description.ts';
import { settingsRepresentation } from './settings-representation.ts';
import type {
  Comment,
  Commit,
  Deployment,
  DeploymentStatus,
  Environment,
  Issue,
  Job,
  Pull,
  Push,
  Release,
  Repository,
  Review,
  Run,
  Signature,
} from './state.ts';
import { fullName as nameOf } from './state.ts';

type Json = Record<string, unknown>;

/** GitHub tells time in whole seconds. */
export const iso = (date: Date): string => date.toISOString().replace(/\.\d{3}Z$/, 'Z');

export const nodeId = (kind: string, id: number | string): string =>
  `${kind}_${Buffer.from(`${kind}:${id}`).toString('base64url')}`;

const numberOf = (text: string): number => createHash('sha256').update(text).digest().readUInt32BE(0) >>> 1;

const PULL_LINKS = [
  'self',
  'html',
  'issue',
  'comments',
  'commits',
  'statuses',
  'review_comments',
  'review_comment',
];

/** How GitHub's REST API words the fake's records. */
export type Representation = ReturnType<typeof createRepresentation>;

/** @param api address of the REST API, known once the server listens */
export function createRepresentation(api: () => string) {
  const base = (repository: Repository): string => `${api()}/repos/${nameOf(repository)}`;
  const html = (repository: Repository): string => `${api()}/${nameOf(repository)}`;

  const user = (login: string): Json =>
    complete('simple-user', `${api()}/users/${encodeURIComponent(login)}`, {
      login,
      id: numberOf(login),
      node_id: nodeId('U', login),
      type: login.endsWith('[bot]') ? 'Bot' : 'User',
    });

  const identity = (repository: Repository): Json => ({
    id: repository.id,
    node_id: nodeId('R', repository.id),
    name: repository.name,
    full_name: nameOf(repository),
    private: repository.visibility === 'private',
    owner: { ...user(repository.owner), type: repository.settings.owner.kind },
    html_url: html(repository),
    url: base(repository),
  });

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

  /** The account whose address a commit names. Of all addresses only GitHub's own are known here. */
  const accountOf = ({ email }: Signature): Json | null => {
    const login = /^(?:\d+\+)?([^@+]+)@users\.noreply\.github\.com$/.exec(email)?.[1];
    return login === undefined ? null : user(login);
  };

  const commit = (repository: Repository, one: Commit): Json => {
    const url = `${base(repository)}/commits/${one.sha}`;
    return complete('commit', url, {
      url,
      sha: one.sha,
      node_id: nodeId('C', one.sha),
      html_url: `${html(repository)}/commit/${one.sha}`,
      commit: {
        url: `${base(repository)}/git/commits/${one.sha}`,
        author: one.author,
        committer: one.committer,
        message: one.message,
        comment_count: 0,
        tree: { sha: one.tree, url: `${base(repository)}/git/trees/${one.tree}` },
      },
      author: accountOf(one.author),
      committer: accountOf(one.committer),
      parents: one.parents.map((sha) => ({ sha, url: `${base(repository)}/commits/${sha}` })),
    });
  };

  const app = (name: string): Json =>
    complete('integration', `${api()}/apps/${name}`, {
      id: numberOf(name),
      node_id: nodeId('A', name),
      slug: name,
      name,
      owner: user(name),
      description: null,
      external_url: `${api()}/apps/${name}`,
      html_url: `${api()}/apps/${name}`,
      permissions: {},
      events: [],
      created_at: '2026-01-01T00:00:00Z',
      updated_at: '2026-01-01T00:00:00Z',
    });

  return {
    ...settingsRepresentation({ api, base, iso, nodeId, numberOf, user }),
    user,
    environment,
    environmentName,
    commit,

    repository: (one: Repository): Json =>
      complete('full-repository', base(one), {
        ...identity(one),
        default_branch: one.defaultBranch,
        visibility: one.visibility,
        fork: false,
        created_at: iso(one.createdAt),
        updated_at: iso(one.createdAt),
        pushed_at: iso(one.createdAt),
      }),

    ref: (repository: Repository, name: string, sha: string): Json => ({
      ref: name,
      node_id: nodeId('REF', name),
      url: `${base(repository)}/git/${name}`,
      object: { type: 'commit', sha, url: `${base(repository)}/git/commits/${sha}` },
    }),

    tag: (repository: Repository, name: string, sha: string): Json => ({
      name,
      node_id: nodeId('REF', name),
      commit: { sha, url: `${base(repository)}/commits/${sha}` },
      zipball_url: `${base(repository)}/zipball/refs/tags/${name}`,
      tarball_url: `${base(repository)}/tarball/refs/tags/${name}`,
    }),

    folderEntry: (repository: Repository, ref: string, one: FolderEntry): Json => {
      const address = `${base(repository)}/contents/${one.path}?ref=${ref}`;
      const blob = `${base(repository)}/git/${one.type === 'file' ? 'blobs' : 'trees'}/${one.sha}`;
      const page = `${html(repository)}/${one.type === 'file' ? 'blob' : 'tree'}/${ref}/${one.path}`;
      const raw = `${html(repository)}/raw/${ref}/${one.path}`;
      return {
        type: one.type,
        size: one.size,
        name: one.path.split('/').at(-1),
        path: one.path,
        sha: one.sha,
        url: address,
        git_url: blob,
        html_url: page,
        download_url: one.type === 'file' ? raw : null,
        _links: { self: address, git: blob, html: page },
      };
    },

    comparison: (
      repository: Repository,
      from: Commit,
      to: Commit,
      { ahead, behind, shared }: { ahead: number; behind: number; shared: Commit },
      /** Those of the page that is asked for. */
      commits: readonly Commit[],
    ): Json =>
      complete('commit-comparison', `${base(repository)}/compare/${from.sha}...${to.sha}`, {
        base_commit: commit(repository, from),
        merge_base_commit: commit(repository, shared),
        status: ahead === 0 ? (behind === 0 ? 'identical' : 'behind') : behind === 0 ? 'ahead' : 'diverged',
        ahead_by: ahead,
        behind_by: behind,
        total_commits: ahead,
        commits: commits.map((one) => commit(repository, one)),
      }),

    release: (repository: Repository, one: Release): Json => {
      const url = `${base(repository)}/releases/${one.id}`;
      return complete('release', url, {
        url,
        id: one.id,
        node_id: nodeId('RE', one.id),
        html_url: `${html(repository)}/releases/tag/${one.tag}`,
        tag_name: one.tag,
        target_commitish: one.target,
        name: one.name,
        body: one.body,
        draft: one.draft,
        prerelease: one.prerelease,
        author: user(one.author),
        created_at: iso(one.createdAt),
        published_at: one.draft ? null : iso(one.createdAt),
        assets: [],
      });
    },

    issue: (repository: Repository, one: Issue): Json => {
      const url = `${base(repository)}/issues/${one.number}`;
      return complete('issue', url, {
        url,
        id: one.id,
        node_id: nodeId('I', one.id),
        number: one.number,
        repository_url: base(repository),
        html_url: `${html(repository)}/issues/${one.number}`,
        title: one.title,
        body: one.body,
        state: one.state,
        user: user(one.author),
        labels: one.labels.map((name) => ({ id: numberOf(name), name, color: 'ededed', default: false })),
        assignees: [],
        comments: one.comments.length,
        locked: one.isLocked ?? false,
        created_at: iso(one.createdAt),
        updated_at: iso(one.updatedAt),
        closed_at: one.state === 'closed' ? iso(one.updatedAt) : null,
      });
    },

    pullRequest: (
      schema: 'pull-request' | 'pull-request-simple',
      repository: Repository,
      one: Issue & { readonly pull: Pull },
    ): Json => {
      const url = `${base(repository)}/pulls/${one.number}`;
      const side = (ref: string, sha: string, fork?: string): Json => ({
        label: `${repository.owner}:${ref}`,
        ref,
        sha,
        user: user(repository.owner),
        repo: complete('repository', base(repository), {
          ...identity(repository),
          ...(fork === undefined ? {} : { full_name: fork, fork: true }),
        }),
      });
      const { head, branch = '', base: into = repository.defaultBranch, mergedAt, fork } = one.pull;
      return complete(schema, url, {
        url,
        id: one.id,
        node_id: nodeId('PR', one.id),
        html_url: `${html(repository)}/pull/${one.number}`,
        number: one.number,
        state: one.state,
        title: one.title,
        body: one.body,
        user: user(one.author),
        labels: [],
        head: side(branch, head, fork),
        base: side(into, repository.refs.get(`refs/heads/${into}`) ?? head),
        created_at: iso(one.createdAt),
        updated_at: iso(one.updatedAt),
        closed_at: one.state === 'closed' ? iso(one.updatedAt) : null,
        merged_at: mergedAt === undefined ? null : iso(mergedAt),
        merge_commit_sha: null,
        author_association: 'CONTRIBUTOR',
        auto_merge: null,
        _links: Object.fromEntries(
          PULL_LINKS.map((name) => [name, { href: name === 'self' ? url : `${url}/${name}` }]),
        ),
      });
    },

    /** The run that a `workflow_dispatch` started. */
    dispatched: (repository: Repository, id: number): Json => ({
      workflow_run_id: id,
      run_url: `${base(repository)}/actions/runs/${id}`,
      html_url: `${html(repository)}/actions/runs/${id}`,
    }),

    push: (repository: Repository, { id, ref, before, after, by, at }: Push): Json =>
      complete('activity', base(repository), {
        id,
        node_id: nodeId('PU', id),
        before: before ?? '0'.repeat(40),
        after,
        ref,
        timestamp: iso(at),
        activity_type: before === undefined ? 'branch_creation' : 'push',
        actor: user(by),
      }),

    comment: (repository: Repository, issue: Issue, one: Comment): Json => {
      const url = `${base(repository)}/issues/comments/${one.id}`;
      return complete('issue-comment', url, {
        url,
        id: one.id,
        node_id: nodeId('IC', one.id),
        html_url: `${html(repository)}/issues/${issue.number}#issuecomment-${one.id}`,
        issue_url: `${base(repository)}/issues/${issue.number}`,
        body: one.body,
        user: user(one.author),
        author_association: 'MEMBER',
        performed_via_github_app: one.app === undefined ? null : app(one.app),
        created_at: iso(one.createdAt),
        updated_at: iso(one.updatedAt),
      });
    },

    collaborator: (login: string, level: 'admin' | 'write' | 'read' | 'none'): Json => ({
      permission: level,
      role_name: level,
      user: complete('collaborator', `${api()}/users/${encodeURIComponent(login)}`, {
        ...user(login),
        role_name: level,
      }),
    }),

    membership: (slug: string, login: string): Json => ({
      url: `${api()}/teams/${slug}/memberships/${encodeURIComponent(login)}`,
      role: 'member',
      state: 'active',
    }),

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

    run: (repository: Repository, one: Run): Json => {
      const url = `${base(repository)}/actions/runs/${one.id}`;
      const { opened } = one;
      const minimal = complete('minimal-repository', base(repository), identity(repository));
      return complete('workflow-run', url, {
        url,
        id: one.id,
        node_id: nodeId('WFR', one.id),
        name: opened.workflowName,
        display_title: opened.workflowName,
        path: opened.workflowPath,
        event: opened.event,
        status: one.status,
        conclusion: one.conclusion ?? null,
        run_number: one.number,
        run_attempt: one.attempt,
        head_branch: opened.ref.replace(/^refs\/(heads|tags)\//, ''),
        head_sha: opened.sha,
        actor: user(opened.actor),
        triggering_actor: user(one.triggeredBy),
        html_url: `${html(repository)}/actions/runs/${one.id}`,
        created_at: iso(one.createdAt),
        updated_at: iso(one.updatedAt),
        run_started_at: iso(one.createdAt),
        head_commit: null,
        pull_requests: [],
        repository: minimal,
        head_repository: minimal,
      });
    },

    job: (repository: Repository, run: Run, one: Job): Json => {
      const url = `${base(repository)}/actions/jobs/${one.id}`;
      return complete('job', url, {
        url,
        id: one.id,
        node_id: nodeId('CR', one.id),
        run_id: run.id,
        run_attempt: one.attempt,
        run_url: `${base(repository)}/actions/runs/${run.id}`,
        head_sha: run.opened.sha,
        head_branch: run.opened.ref.replace(/^refs\/(heads|tags)\//, ''),
        workflow_name: run.opened.workflowName,
        name: one.name,
        status: one.status,
        conclusion: one.conclusion ?? null,
        created_at: iso(one.startedAt),
        started_at: iso(one.startedAt),
        completed_at: one.completedAt === undefined ? null : iso(one.completedAt),
      });
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
