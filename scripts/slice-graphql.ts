/**
 * Cuts the types that the fake GitHub answers out of GitHub's public GraphQL schema:
 *
 *     npm install --prefix <a folder outside the repository> @octokit/graphql-schema@15.26.1
 *     node scripts/node24.mjs scripts/slice-graphql.ts <that folder>/node_modules/@octokit/graphql-schema/schema.graphql
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { type DefinitionNode, parse, print, visit } from 'graphql';

/** Type → the fields kept, of a union the members; an empty list keeps the type whole. */
const KEPT: Readonly<Record<string, readonly string[]>> = {
  Query: ['id', 'node', 'nodes', 'repository', 'viewer'],
  Node: ['id'],
  Repository: ['id', 'name', 'nameWithOwner', 'deployments', 'environment', 'issue', 'object', 'pullRequest'],
  GitObject: ['id', 'oid'],
  Commit: ['author', 'authors', 'committer', 'history', 'id', 'message', 'oid', 'parents'],
  CommitAuthor: [],
  CommitConnection: ['nodes', 'totalCount'],
  CommitHistoryConnection: ['nodes'],
  GitActor: ['user'],
  GitActorConnection: ['nodes'],
  GitTimestamp: [],
  PullRequest: ['headRefOid', 'id', 'number', 'state'],
  PullRequestState: [],
  Actor: ['login'],
  Bot: ['id', 'login'],
  Issue: ['author', 'body', 'id', 'lastEditedAt', 'locked', 'number', 'state', 'timelineItems'],
  IssueComment: ['id', 'lastEditedAt'],
  IssueState: [],
  IssueTimelineItems: ['RenamedTitleEvent'],
  IssueTimelineItemsConnection: ['nodes'],
  IssueTimelineItemsItemType: [],
  RenamedTitleEvent: ['id'],
  User: ['id', 'login'],
  GitObjectID: [],
  Environment: ['databaseId', 'id', 'latestCompletedDeployment', 'name'],
  Deployment: [
    'commitOid',
    'createdAt',
    'creator',
    'databaseId',
    'description',
    'environment',
    'id',
    'latestEnvironment',
    'latestStatus',
    'originalEnvironment',
    'payload',
    'state',
    'task',
    'updatedAt',
  ],
  DeploymentConnection: ['nodes', 'pageInfo', 'totalCount'],
  DeploymentStatus: [
    'createdAt',
    'creator',
    'description',
    'environment',
    'environmentUrl',
    'id',
    'logUrl',
    'state',
    'updatedAt',
  ],
  DeploymentOrder: [],
  DeploymentOrderField: [],
  DeploymentState: [],
  DeploymentStatusState: [],
  OrderDirection: [],
  PageInfo: [],
  DateTime: [],
  URI: [],
};

/** Interfaces of the whole schema that the slice leaves out. */
const INTERFACES = new Set(['Node', 'Actor', 'GitObject']);

const source = process.argv[2];
if (source === undefined) throw new Error('Give the path of schema.graphql from @octokit/graphql-schema.');
const document = parse(readFileSync(source, 'utf8'), { noLocation: true });

const kept = document.definitions.flatMap((definition): DefinitionNode[] => {
  const name = 'name' in definition ? definition.name?.value : undefined;
  const fields = name === undefined ? undefined : KEPT[name];
  if (fields === undefined) return [];
  return [
    visit(definition, {
      enter: (node) =>
        'description' in node && node.description ? { ...node, description: undefined } : undefined,
      FieldDefinition: {
        enter: (node) =>
          fields.length > 0 && !fields.includes(node.name.value)
            ? null
            : { ...node, description: undefined, directives: [] },
      },
      UnionTypeDefinition: {
        enter: (node) => ({
          ...node,
          types: (node.types ?? []).filter((one) => fields.includes(one.name.value)),
        }),
      },
      ObjectTypeDefinition: {
        leave: (node) => ({
          ...node,
          directives: [],
          interfaces: (node.interfaces ?? []).filter((one) => INTERFACES.has(one.name.value)),
        }),
      },
    }) as DefinitionNode,
  ];
});
if (kept.length !== Object.keys(KEPT).length) throw new Error("GitHub's schema lacks a kept type.");
const text = kept.map((definition) => print(definition)).join('\n\n');
writeFileSync(
  new URL('../rehearsal/github/graphql/slice.graphql', import.meta.url),
  `# Cut from GitHub's public schema (@octokit/graphql-schema 15.26.1, MIT) by scripts/slice-graphql.ts.\n\n${text}\n`,
);
