import type { FolderEntry } from '../git.ts';
import { complete } from '../openapi/description.ts';
import type { Commit, Release, Repository, Signature } from '../state.ts';
import { iso, type Json, loginAt, nodeId, type Words } from './words.ts';

/** How GitHub words commits, what names them, and what is in them. */
export function git({ base, html, user }: Words) {
  const accountOf = ({ email }: Signature): Json | null => {
    const login = loginAt(email);
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

  return {
    commit,

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

    release: (repository: Repository, one: Release): Json => {
      const url = `${base(repository)}/releases/${one.id}`;
      return complete('release', url, {
        url,
        id: one.id,
        node_id: nodeId('RE', one.id),
        // A draft has no address by its tag.
        html_url: `${html(repository)}/releases/tag/${one.draft ? `untagged-${one.id}` : encodeURIComponent(one.tag)}`,
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
  };
}
