import { RequestError } from '@octokit/request-error';
import * as z from 'zod';
import type { Permission } from '../domain/command/author.ts';
import type { Comment } from '../domain/command/comment.ts';
import { Failure } from '../domain/failure.ts';
import type { Comments, TeamName } from '../ports/comments.ts';
import { explained, type GitHub, settled, shaped } from './api.ts';
import { whoami } from './identity.ts';
import { whileLocked } from './locked.ts';

const READ = 'issues: read';
const WRITE = 'issues: write';
const PAGE = 100;

const account = z.object({ id: z.number(), login: z.string().min(1), type: z.string() });

const comment = z.object({
  id: z.number(),
  node_id: z.string(),
  issue_url: z.string(),
  body: z.string(),
  user: z.nullable(account),
  performed_via_github_app: z.unknown(),
  created_at: z.string(),
});
type CommentAnswer = z.infer<typeof comment>;

/** REST tells of a change by the second alone, and of others that are none. */
const EDITS = `query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on IssueComment { lastEditedAt } } }`;
const edits = z.object({
  nodes: z.array(z.nullable(z.object({ id: z.string(), lastEditedAt: z.nullable(z.string()) }))),
});

const permission = z.object({
  permission: z.enum(['admin', 'write', 'read', 'none']),
  user: z.nullable(z.object({ id: z.number() })),
});

/** Marks what answers which comment; HTML that GitHub does not show. */
const marker = (id: number): string => `<!-- airlock-answer: ${id} -->`;

export interface CommentOptions {
  /** The same repository by a token that may read the organisation’s members. */
  readonly members?: GitHub;
}

/**
 * Comments that give commands. Needs `issues: read` to read them, and `issues: write` to answer; under a
 * pull request `pull-requests` instead.
 */
export function createComments(github: GitHub, { members }: CommentOptions = {}): Comments {
  const { repository, request } = github;
  const where = { owner: repository.owner, repo: repository.name };
  const saidIn = (thread: number, since?: string) =>
    github.paginate('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', {
      ...where,
      issue_number: thread,
      per_page: PAGE,
      ...(since === undefined ? {} : { since }),
    });
  const isAnswered = async ({ id, thread }: Pick<Comment, 'id' | 'thread'>): Promise<boolean> => {
    const own = await whoami(github);
    const said = await saidIn(thread);
    return said.some(({ user, body }) => user?.login === own && body?.startsWith(marker(id)));
  };
  /** One that is gone meanwhile is not among them. */
  const withEdits = async (said: readonly CommentAnswer[]): Promise<readonly Comment[]> => {
    const found: Comment[] = [];
    for (let from = 0; from < said.length; from += PAGE) {
      const page = said.slice(from, from + PAGE);
      const ids = page.map(({ node_id: id }) => id);
      const { nodes } = shaped(edits, await github.query(EDITS, { ids }, { mayMiss: true }));
      for (const one of page) {
        const node = nodes.find((other) => other?.id === one.node_id);
        if (node) found.push(toComment(one, node.lastEditedAt !== null));
      }
    }
    return found;
  };
  return {
    read: (id) =>
      explained('read the comment', READ, async () => {
        const data = await orGone(async () => {
          const answer = await request('GET /repos/{owner}/{repo}/issues/comments/{comment_id}', {
            ...where,
            comment_id: id,
          });
          return answer.data;
        });
        const [found] = data === undefined ? [] : await withEdits([shaped(comment, data)]);
        return found;
      }),

    unanswered: (thread, since) =>
      explained('read what was said', READ, async () => {
        const own = await whoami(github);
        const said = shaped(z.array(comment), await saidIn(thread, since));
        const answers = said.filter(({ user }) => user?.login === own);
        const rest = said.filter(
          ({ id, user }) => user?.login !== own && !answers.some(({ body }) => body.startsWith(marker(id))),
        );
        return (await withEdits(rest)).toSorted((one, other) => one.id - other.id);
      }),

    permission: (username) =>
      explained(`read what ${username} may do here`, 'metadata: read', async () => {
        const data = await orGone(async () => {
          const answer = await request('GET /repos/{owner}/{repo}/collaborators/{username}/permission', {
            ...where,
            username,
          });
          return answer.data;
        });
        return data === undefined ? NOBODY : toPermission(shaped(permission, data));
      }),

    isMember: async (team, username) => {
      if (members === undefined) throw unreadable(team);
      return explained(`read who belongs to ${nameOf(team)}`, 'organization members: read', async () => {
        const data = await orGone(async () => {
          const answer = await members.request('GET /orgs/{org}/teams/{team_slug}/memberships/{username}', {
            org: team.organization,
            team_slug: team.slug,
            username,
          });
          return answer.data;
        }).catch((error: unknown) => {
          throw error instanceof RequestError && error.status === 403 ? unreadable(team, error) : error;
        });
        // An invitation that nobody took up yet is none.
        return data?.state === 'active';
      });
    },

    isAnswered: (to) => explained('look whether the comment was answered', READ, () => isAnswered(to)),

    reply: (to, text) =>
      explained('answer the comment', WRITE, () =>
        settled(github, async () => {
          if (await isAnswered(to)) return;
          await whileLocked(github, to.thread, () =>
            request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
              ...where,
              issue_number: to.thread,
              body: `${marker(to.id)}\n${text}`,
            }),
          );
        }),
      ),
  };
}

const NOBODY: Permission = { accountId: undefined, level: 'none' };

/** The number stands at the end of the address alone. */
const toComment = (data: CommentAnswer, isEdited: boolean): Comment => ({
  id: data.id,
  thread: Number(/\/issues\/(\d{1,15})$/.exec(data.issue_url)?.[1] ?? Number.NaN),
  body: data.body,
  author: data.user ?? undefined,
  isByApp: data.performed_via_github_app !== null && data.performed_via_github_app !== undefined,
  createdAt: data.created_at,
  isEdited,
});

const toPermission = ({ permission: level, user }: z.infer<typeof permission>): Permission => ({
  accountId: user?.id,
  level,
});

async function orGone<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RequestError && error.status === 404) return undefined;
    throw error;
  }
}

const nameOf = ({ organization, slug }: TeamName): string => `@${organization}/${slug}`;

const unreadable = (team: TeamName, cause?: unknown): Failure =>
  new Failure(
    'TEAM_UNREADABLE',
    `Nobody could read who belongs to ${nameOf(team)}: a job’s own token may not.`,
    'Give the workflow the secret AIRLOCK_TEAM_TOKEN, a token that may read the organisation’s members, or name people instead of the team.',
    { cause },
  );
