import * as z from 'zod';
import type { IssueState } from '../domain/approval/issue.ts';
import type { Issues } from '../ports/issues.ts';
import { explained, type GitHub, settled, shaped } from './api.ts';
import { whoami } from './identity.ts';
import { lock, whileLocked } from './locked.ts';
import { place } from './records.ts';

const READ = 'issues: read';
const WRITE = 'issues: write';
const PAGE = 100;

/** HTML that GitHub does not show. */
const marked = (mark: string): string => `<!-- airlock: ${mark} -->`;
const markIn = (body: string): string | undefined => /^<!-- airlock: (.*?) -->/.exec(body)?.[1];

/** Issues on GitHub. Needs `issues: write`; to read how they stand, `issues: read`. */
export function createIssues(github: GitHub): Issues {
  const where = place(github);

  /** Only for the moment between opening one and writing down its number: labels come off. */
  const known = async ({ mark, label }: { mark: string; label: string }): Promise<number | undefined> => {
    const own = await whoami(github);
    const found = await github.paginate('GET /repos/{owner}/{repo}/issues', {
      ...where,
      labels: label,
      state: 'all',
      per_page: PAGE,
    });
    return found.find(
      ({ user, body, pull_request: pull }) =>
        user?.login === own && pull === undefined && body?.startsWith(marked(mark)),
    )?.number;
  };

  const create = async ({ mark, title, body, label }: Parameters<Issues['open']>[0]): Promise<number> => {
    const { data } = await github.request('POST /repos/{owner}/{repo}/issues', {
      ...where,
      title,
      body: `${marked(mark)}\n${body}`,
      labels: [label],
    });
    return data.number;
  };

  return {
    open: (issue) =>
      explained('open an issue', WRITE, () =>
        settled(github, async () => {
          const number = (await known(issue)) ?? (await create(issue));
          await lock(github, number);
          return number;
        }),
      ),

    read: (numbers) =>
      explained('read how issues stand', READ, async () => {
        const own = await whoami(github);
        const states = new Map<number, IssueState>();
        for (let from = 0; from < numbers.length; from += PAGE) {
          const page = numbers.slice(from, from + PAGE);
          const { owner, repo: name } = where;
          const answer = await github.query(statesQuery(page), { owner, name }, { mayMiss: true });
          for (const issue of Object.values(shaped(answers, answer).repository))
            if (issue) states.set(issue.number, toState(issue, own));
        }
        return states;
      }),

    lock: (number) =>
      explained(`lock issue ${number}`, WRITE, () => settled(github, () => lock(github, number))),

    note: (number, mark, text) =>
      explained(`say something in issue ${number}`, WRITE, () =>
        settled(github, async () => {
          const own = await whoami(github);
          const said = await github.paginate('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', {
            ...where,
            issue_number: number,
            per_page: PAGE,
          });
          if (said.some(({ user, body }) => user?.login === own && body?.startsWith(marked(mark)))) return;
          await whileLocked(github, number, () =>
            github.request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments', {
              ...where,
              issue_number: number,
              body: `${marked(mark)}\n${text}`,
            }),
          );
        }),
      ),

    close: (number) =>
      explained(`close issue ${number}`, WRITE, async () => {
        await settled(github, () =>
          whileLocked(github, number, () =>
            github.request('PATCH /repos/{owner}/{repo}/issues/{issue_number}', {
              ...where,
              issue_number: number,
              state: 'closed',
            }),
          ),
        );
      }),
  };
}

const issue = z.object({
  number: z.number(),
  state: z.enum(['OPEN', 'CLOSED']),
  locked: z.boolean(),
  body: z.string(),
  author: z.nullable(z.object({ __typename: z.string(), login: z.string() })),
  lastEditedAt: z.nullable(z.string()),
  timelineItems: z.object({ nodes: z.array(z.unknown()) }),
});
const answers = z.object({ repository: z.record(z.string(), z.nullable(issue)) });

/** REST tells of no edit, and does not know one issue from its like by number in one request. */
const statesQuery = (numbers: readonly number[]): string => `query ($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) {
    ${numbers.map((number, index) => `i${index}: issue(number: ${number}) { ...state }`).join('\n')}
  }
}
fragment state on Issue {
  number state locked body lastEditedAt
  author { __typename login }
  timelineItems(first: 1, itemTypes: [RENAMED_TITLE_EVENT]) { nodes { __typename } }
}`;

const toState = ({ author, ...now }: z.infer<typeof issue>, own: string): IssueState => ({
  isOpen: now.state === 'OPEN',
  isLocked: now.locked,
  isOwn: author !== null && loginOf(author) === own,
  // A new title is no edit to GitHub.
  isEdited: now.lastEditedAt !== null || now.timelineItems.nodes.length > 0,
  mark: markIn(now.body),
});

/** REST, and `viewer`, call an app by another login than GraphQL calls an author. */
const loginOf = ({
  __typename: kind,
  login,
}: {
  readonly __typename: string;
  readonly login: string;
}): string => (kind === 'Bot' && !login.endsWith('[bot]') ? `${login}[bot]` : login);
