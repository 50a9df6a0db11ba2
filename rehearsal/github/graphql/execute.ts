import { readFileSync } from 'node:fs';
import { buildSchema, type ExecutionResult, execute, GraphQLError, parse, validate } from 'graphql';
import type { Permissions } from '../../executor/run-service.ts';
import { iso, nodeId } from '../representation/words.ts';
import {
  type Comment,
  type Deployment,
  type DeploymentStatus,
  type Environment,
  fullName,
  type Issue,
  type Repository,
} from '../state.ts';

import { showObject } from './commits.ts';
import { refuseTooMuch } from './limit.ts';
import { error, LONGEST_PAGE, type Page, sizeOf } from './page.ts';

const schema = buildSchema(readFileSync(new URL('slice.graphql', import.meta.url), 'utf8'));

export interface Viewer {
  /** Who GitHub takes the token for. */
  readonly login: string;
  /** The repositories that this token can see at all. */
  readonly repositories: readonly Repository[];
  may(repository: Repository, needs: Permissions): boolean;
  /** GitHub's words for a token that may not. */
  readonly refusal: string;
}

interface DeploymentPage extends Page {
  readonly environments?: readonly string[];
  readonly orderBy?: { readonly direction: 'ASC' | 'DESC' };
}

/** Runs a query on the slice of GitHub's schema. Errors carry GitHub's `type` beside the message. */
export async function answerQuery(
  viewer: Viewer,
  request: { query: string; variables?: Record<string, unknown> },
): Promise<unknown> {
  let result: ExecutionResult;
  try {
    const document = parse(request.query);
    const errors = validate(schema, document);
    if (errors.length === 0) refuseTooMuch(document, request.variables ?? {});
    result =
      errors.length > 0
        ? { errors }
        : await execute({
            schema,
            document,
            rootValue: roots(viewer),
            variableValues: request.variables ?? {},
            typeResolver: (value) => (value as { __typename: string }).__typename,
          });
  } catch (thrown) {
    if (!(thrown instanceof GraphQLError)) throw thrown;
    result = { errors: [thrown] };
  }
  return {
    ...('data' in result ? { data: result.data } : {}),
    ...(result.errors === undefined
      ? {}
      : {
          errors: result.errors.map(({ message, path, locations, extensions }) => ({
            ...(typeof extensions.type === 'string' ? { type: extensions.type } : {}),
            ...(path === undefined ? {} : { path }),
            locations,
            message,
          })),
        }),
  };
}

const roots = (viewer: Viewer) => ({
  id: nodeId('Q', 'query'),
  viewer: { id: nodeId('U', viewer.login), login: viewer.login },
  repository: ({ owner, name }: { owner: string; name: string }) => {
    const found = viewer.repositories.find((one) => one.owner === owner && one.name === name);
    if (found === undefined)
      throw error(`Could not resolve to a Repository with the name '${owner}/${name}'.`, 'NOT_FOUND');
    return showRepository(viewer, found);
  },
  node: ({ id }: { id: string }) => nodeOf(viewer, id),
  // An error among the results is null in its place, and one of the errors.
  nodes: ({ ids }: { ids: readonly string[] }) =>
    ids.map((id) => {
      try {
        return nodeOf(viewer, id);
      } catch (thrown) {
        return thrown;
      }
    }),
});

function nodeOf(viewer: Viewer, id: string) {
  for (const repository of viewer.repositories) {
    for (const deployment of repository.deployments)
      if (nodeId('DE', deployment.id) === id) {
        forbid(viewer, repository, 'deployments');
        return showDeployment(deployment);
      }
    for (const { comments, pull } of repository.issues)
      for (const comment of comments)
        if (nodeId('IC', comment.id) === id) {
          forbid(viewer, repository, pull === undefined ? 'issues' : 'pull-requests');
          return showComment(comment);
        }
  }
  throw error(`Could not resolve to a node with the global id of '${id}'`, 'NOT_FOUND');
}

const forbid = (
  viewer: Viewer,
  repository: Repository,
  what: 'contents' | 'deployments' | 'issues' | 'pull-requests',
): void => {
  if (!viewer.may(repository, { [what]: 'read' })) throw error(viewer.refusal, 'FORBIDDEN');
};

const showRepository = (viewer: Viewer, repository: Repository) => ({
  id: nodeId('R', repository.id),
  name: repository.name,
  nameWithOwner: fullName(repository),
  deployments: (page: DeploymentPage) => {
    forbid(viewer, repository, 'deployments');
    return connection(repository, page);
  },
  environment: ({ name }: { name: string }) => {
    forbid(viewer, repository, 'deployments');
    const found = repository.environments.get(name);
    return found === undefined ? null : showEnvironment(repository, found);
  },
  object: (named: { oid?: string; expression?: string }) => {
    forbid(viewer, repository, 'contents');
    return showObject(repository, named);
  },
  issue: ({ number }: { number: number }) => {
    forbid(viewer, repository, 'issues');
    const found = repository.issues.find((one) => one.number === number);
    if (found === undefined || found.pull !== undefined)
      throw error(`Could not resolve to an Issue with the number of ${number}.`, 'NOT_FOUND');
    return showIssue(found);
  },
  pullRequest: ({ number }: { number: number }) => {
    forbid(viewer, repository, 'pull-requests');
    const found = repository.issues.find((one) => one.number === number);
    if (found?.pull === undefined)
      throw error(`Could not resolve to a PullRequest with the number of ${number}.`, 'NOT_FOUND');
    return showPullRequest(found, found.pull.head);
  },
});

const edited = ({ editedAt }: { readonly editedAt?: Date }) =>
  editedAt === undefined ? null : iso(editedAt);

const showIssue = (one: Issue) => ({
  __typename: 'Issue',
  id: nodeId('I', one.id),
  number: one.number,
  state: one.state.toUpperCase(),
  locked: one.isLocked ?? false,
  body: one.body ?? '',
  author: showActor(one.author),
  lastEditedAt: edited(one),
  // Whatever is asked for: renames are all that the slice has of a timeline.
  timelineItems: ({ first = LONGEST_PAGE }: Page) => ({
    nodes: Array.from({ length: Math.min(first, one.renames ?? 0) }, (_, index) => ({
      __typename: 'RenamedTitleEvent',
      id: nodeId('RTE', `${one.id}/${index}`),
    })),
  }),
});

const showComment = (one: Comment) => ({
  __typename: 'IssueComment',
  id: nodeId('IC', one.id),
  lastEditedAt: edited(one),
});

/** GraphQL calls an app by its own name, without what REST adds to it. */
const showActor = (login: string) =>
  login.endsWith('[bot]')
    ? { __typename: 'Bot', id: nodeId('BOT', login), login: login.slice(0, -'[bot]'.length) }
    : { __typename: 'User', id: nodeId('U', login), login };

const showPullRequest = (one: Issue, head: string) => ({
  id: nodeId('PR', one.id),
  number: one.number,
  state: one.state.toUpperCase(),
  headRefOid: head,
});

const showEnvironment = (repository: Repository, environment: Environment) => ({
  databaseId: environment.id,
  id: nodeId('EN', environment.id),
  name: environment.name,
  latestCompletedDeployment: () => {
    const found = repository.deployments.findLast(
      (one) => one.environment === environment.name && one.statuses.at(-1)?.state === 'success',
    );
    return found === undefined ? null : showDeployment(found);
  },
});

function connection(repository: Repository, page: DeploymentPage) {
  const size = sizeOf('deployments', page);
  const { environments } = page;
  const found = repository.deployments.filter(
    (one) => environments === undefined || environments.includes(one.environment),
  );
  const ordered = page.orderBy?.direction === 'DESC' ? found.toReversed() : found;
  const index = (cursor: string | undefined) =>
    cursor === undefined ? -1 : ordered.findIndex((one) => cursorOf(one) === cursor);
  const from = index(page.after) + 1;
  const until = page.before === undefined ? ordered.length : index(page.before);
  const window = ordered.slice(from, until);
  const nodes = page.first === undefined ? window.slice(-size) : window.slice(0, size);
  const [first, last] = [nodes[0], nodes.at(-1)];
  return {
    nodes: nodes.map(showDeployment),
    totalCount: found.length,
    pageInfo: {
      startCursor: first === undefined ? null : cursorOf(first),
      endCursor: last === undefined ? null : cursorOf(last),
      hasPreviousPage: first !== undefined && ordered.indexOf(first) > 0,
      hasNextPage: last !== undefined && ordered.indexOf(last) < ordered.length - 1,
    },
  };
}

const cursorOf = (deployment: Deployment): string =>
  Buffer.from(`cursor:${deployment.id}`).toString('base64');

/** A deployment's state as GraphQL words it: a live one is active, not a success. */
const stateOf = (status: DeploymentStatus | undefined): string =>
  status === undefined ? 'PENDING' : status.state === 'success' ? 'ACTIVE' : status.state.toUpperCase();

const showDeployment = (one: Deployment) => ({
  __typename: 'Deployment',
  id: nodeId('DE', one.id),
  // Above 2^31, so that asking for it fails as an `Int` does.
  databaseId: one.id,
  commitOid: one.sha,
  createdAt: iso(one.createdAt),
  creator: showActor(one.creator),
  updatedAt: iso(one.updatedAt),
  description: one.description,
  environment: one.environment,
  latestEnvironment: one.environment,
  originalEnvironment: one.originalEnvironment,
  task: one.task,
  // The payload is a JSON text here; one that was a text already is encoded twice.
  payload: JSON.stringify(one.payload),
  state: stateOf(one.statuses.at(-1)),
  latestStatus: () => {
    const latest = one.statuses.at(-1);
    return latest === undefined ? null : showStatus(latest);
  },
});

const showStatus = (one: DeploymentStatus) => ({
  id: nodeId('DES', one.id),
  state: one.state.toUpperCase(),
  description: one.description,
  environment: one.environment,
  environmentUrl: one.environmentUrl === '' ? null : one.environmentUrl,
  logUrl: one.logUrl === '' ? null : one.logUrl,
  createdAt: iso(one.createdAt),
  creator: showActor(one.creator),
  updatedAt: iso(one.createdAt),
});
