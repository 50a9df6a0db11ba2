import * as z from 'zod';
import type { IssueState } from '../domain/approval/issue.ts';
import type { Issues } from '../ports/issues.ts';
import { explained, type GitHub, settled, shaped } from './api.ts';
import { ACTOR, actor, heardViewer, type IsOwn, loginOf, ownFor, VIEWER, whoami } from './identity.ts';
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
  const named = { owner: where.owner, name: where.repo };

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

    read: (number) =>
      explained(`read how issue ${number} stands`, READ, async () => {
        const answer = await github.query(ONE, { ...named, number }, { mayMiss: true });
        const { issue } = shaped(one, answer).repository;
        return issue === null ? undefined : toState(issue, ownFor(heardViewer(github, answer)));
      }),

    opened: (numbers) =>
      explained('read which issues are open', READ, async () => {
        const open: number[] = [];
        for (let from = 0; from < numbers.length; from += PAGE) {
          const page = numbers.slice(from, from + PAGE);
          const answer = await github.query(manyQuery(page), named, { mayMiss: true });
          for (const issue of Object.values(shaped(many, answer).repository))
            if (issue?.state === 'OPEN') open.push(issue.number);
        }
        return open;
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

const HOW = '$owner: String!, $name: String!';
const IN = 'repository(owner: $owner, name: $name)';

/** REST tells of no edit, and to GraphQL a new title is none. */
const ONE = `query (${HOW}, $number: Int!) {
  ${VIEWER}
  ${IN} {
    issue(number: $number) {
      state locked body lastEditedAt
      author ${ACTOR}
      timelineItems(first: 1, itemTypes: [RENAMED_TITLE_EVENT]) { nodes { __typename } }
    }
  }
}`;
const state = z.enum(['OPEN', 'CLOSED']);
const one = z.object({
  repository: z.object({
    issue: z.nullable(
      z.object({
        state,
        locked: z.boolean(),
        body: z.string(),
        author: actor,
        lastEditedAt: z.nullable(z.string()),
        timelineItems: z.object({ nodes: z.array(z.unknown()) }),
      }),
    ),
  }),
});

/** Without their texts: most are long closed. */
const manyQuery = (numbers: readonly number[]): string => `query (${HOW}) {
  ${IN} {
    ${numbers.map((number, index) => `i${index}: issue(number: ${number}) { number state }`).join('\n')}
  }
}`;
const many = z.object({
  repository: z.record(z.string(), z.nullable(z.object({ number: z.number(), state }))),
});

type Answered = NonNullable<z.infer<typeof one>['repository']['issue']>;

const toState = ({ author, ...now }: Answered, isOwn: IsOwn): IssueState => ({
  isOpen: now.state === 'OPEN',
  isLocked: now.locked,
  isOwn: isOwn(loginOf(author)),
  isEdited: now.lastEditedAt !== null || now.timelineItems.nodes.length > 0,
  mark: markIn(now.body),
});
