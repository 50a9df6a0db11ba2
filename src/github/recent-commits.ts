import * as z from 'zod';
import type { GrownCommit } from '../domain/added-commits.ts';
import { type GitHub, shaped } from './api.ts';
import { askTogether } from './batch.ts';

/** GitHub's longest page; a release seldom has as many commits. */
const COMMITS = 100;
/** Whoever is further behind stands in the message still. */
const PEOPLE = 10;
const PARENTS = 8;

/** A commit and the logins of those who made it; whoever has no account is not among them. Apps may be. */
export interface WrittenCommit extends GrownCommit {
  readonly people: readonly string[];
}

/** GitHub itself, where somebody merges or edits in the browser. */
const BROWSER = 'web-flow';
/** Only GitHub's own addresses name an account by themselves. */
const CO_AUTHOR = /^co-authored-by:.*<(?:\d+\+)?([^\s<>@+]+)@users\.noreply\.[\w.-]+>\s*$/gim;

/** Those whose commit it is: whom GitHub names, and whom the message names as having written along. */
export function peopleOf(
  named: readonly ({ readonly login: string } | null | undefined)[],
  message: string,
): readonly string[] {
  const along = [...message.matchAll(CO_AUTHOR)].flatMap(([, login]) => login ?? []);
  return [...named.flatMap((one) => one?.login ?? []), ...along].filter((login) => login !== BROWSER);
}

const PERSON = '{ user { login } }';
const RECENT = `repository(owner: $owner, name: $name) {
  object(oid: $head) {
    ... on Commit {
      history(first: $commits) {
        nodes {
          oid message author ${PERSON} committer ${PERSON}
          authors(first: $people) { nodes ${PERSON} }
          parents(first: $parents) { totalCount nodes { oid } }
        }
      }
    }
  }
}`;

const person = z.nullable(z.object({ user: z.nullable(z.object({ login: z.string() })) }));
const node = z.object({
  oid: z.string(),
  message: z.string(),
  author: person,
  committer: person,
  authors: z.object({ nodes: z.array(person) }),
  parents: z.object({ totalCount: z.number(), nodes: z.array(z.nullable(z.object({ oid: z.string() }))) }),
});
const answer = z.object({ object: z.nullable(z.object({ history: z.object({ nodes: z.array(node) }) })) });

/** A commit and the newest of what came before it, in the same request as the ledger; none where GitHub has no such commit. */
export async function recentCommits(github: GitHub, head: string): Promise<readonly WrittenCommit[]> {
  const { value } = await askTogether(github, {
    field: RECENT,
    variables: {
      owner: ['String!', github.repository.owner],
      name: ['String!', github.repository.name],
      head: ['GitObjectID!', head],
      commits: ['Int!', COMMITS],
      people: ['Int!', PEOPLE],
      parents: ['Int!', PARENTS],
    },
  });
  return (shaped(answer, value).object?.history.nodes ?? []).map(toCommit);
}

function toCommit({
  oid,
  message,
  author,
  committer,
  authors,
  parents,
}: z.infer<typeof node>): WrittenCommit {
  const known = parents.nodes.flatMap((one) => one?.oid ?? []);
  return {
    sha: oid,
    parents: known.length === parents.totalCount ? known : undefined,
    people: peopleOf(
      [author, committer, ...authors.nodes].map((one) => one?.user),
      message,
    ),
  };
}
