import { complete } from '../openapi/description.ts';
import type { Push, Repository } from '../state.ts';
import { iso, type Json, nodeId, type Words } from './words.ts';

/** How GitHub words a repository, who may what in it, and what was pushed to it. */
export function repositories({ api, base, user, identity }: Words) {
  return {
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
  };
}
