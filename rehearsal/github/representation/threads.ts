import { complete } from '../openapi/description.ts';
import type { Comment, Issue, Pull, Repository } from '../state.ts';
import { iso, type Json, nodeId, numberOf, type Words } from './words.ts';

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

/** How GitHub words issues, pull requests and what is said there. */
export function threads({ api, base, html, user, identity }: Words) {
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
  };
}
