import type { ApprovalPayload } from '../../src/domain/approval/record.ts';
import type { GitHub } from '../../src/github/api.ts';
import { readPayload } from '../../src/github/payload.ts';
import type { FakeGitHub } from '../github/fake-github.ts';
import type { RepositoryHandle } from '../github/repository-handle.ts';
import { nodeId } from '../github/representation/words.ts';
import type { Issue } from '../github/state.ts';

/** What a run asks people by comment, and nobody has answered yet. */
export interface Asked {
  readonly environment: string;
  /** The issue in which it is asked; undefined while there is none. */
  readonly issue: number | undefined;
}

/** What people do in the issues of a repository. */
export interface Conversation {
  title(issue: number): string;
  /** Comments, and gives the webhook's body of it. */
  say(issue: number, by: string, body: string): Promise<Readonly<Record<string, unknown>>>;
  /** What was said last in an issue: where a comment was heard, Airlock's answer. */
  lastWord(issue: number): string;
}

/** The newest ask of a run for each environment, as the ledger has it, where it has no answer. */
export function askedBy(github: FakeGitHub, repository: string, runId: number): readonly Asked[] {
  const all = (repositoryIn(github, repository)?.deployments ?? []).toReversed().flatMap((one) => {
    const read = readPayload(one.payload);
    const { originalEnvironment: environment } = one;
    return read.kind === 'approval' ? [{ id: nodeId('DE', one.id), environment, payload: read.payload }] : [];
  });
  const about = <K extends ApprovalPayload['approval']>(kind: K) =>
    all.flatMap(({ payload, ...rest }) =>
      payload.approval === kind
        ? [{ ...rest, payload: payload as Extract<ApprovalPayload, { approval: K }> }]
        : [],
    );
  const own = about('ask').filter(({ payload }) => payload.run.id === String(runId));
  const newest = own.filter(
    ({ environment }, index) => own.findIndex((one) => one.environment === environment) === index,
  );
  return newest
    .filter(({ id }) => !about('answer').some(({ payload }) => payload.ask === id))
    .map(({ id, environment }) => ({
      environment,
      issue: about('issue').find(({ payload }) => payload.ask === id)?.payload.issue,
    }));
}

/** @param reader somebody’s connection, for what GitHub shows of a comment */
export function openConversation(
  reader: GitHub,
  github: FakeGitHub,
  handle: Pick<RepositoryHandle, 'fullName' | 'say'>,
): Conversation {
  const issueAt = (number: number): Issue => {
    const found = repositoryIn(github, handle.fullName)?.issues.find((one) => one.number === number);
    if (found === undefined) throw new Error(`There is no issue ${number}.`);
    return found;
  };
  return {
    title: (issue) => issueAt(issue).title,
    async say(issue, by, body) {
      const { owner, name: repo } = reader.repository;
      const { data: comment } = await reader.request(
        'GET /repos/{owner}/{repo}/issues/comments/{comment_id}',
        { owner, repo, comment_id: handle.say(issue, { by, body }) },
      );
      const { state, author: login } = issueAt(issue);
      return { action: 'created', comment, issue: { number: issue, state, user: { login } } };
    },
    lastWord: (issue) => (issueAt(issue).comments.at(-1)?.body ?? '').replaceAll(/<!--.*?-->/gs, '').trim(),
  };
}

const repositoryIn = (github: FakeGitHub, fullName: string) =>
  github.snapshot().repositories.find(({ owner, name }) => `${owner}/${name}` === fullName);
