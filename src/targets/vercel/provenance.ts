import type { WorkflowEvent } from '../../domain/event.ts';
import type { Release } from '../../domain/release.ts';
import { META, releaseMeta } from './meta.ts';

/** Commit messages are for people to know a deployment by: the first line, and not a book. */
const LONGEST_SUBJECT = 200;

/** What Vercel keeps beside a deployment: the release, its place, and the run that put it there. */
export const provenanceOf = (
  release: Release,
  environment: string,
  event: WorkflowEvent | undefined,
): Readonly<Record<string, string>> => ({
  ...releaseMeta(release, environment),
  ...(event && {
    [META.run]: event.run.url,
    airlockRunId: event.run.id,
    airlockRunAttempt: String(event.run.attempt),
  }),
});

/** Where the release comes from, for Vercel's own pages. What strangers wrote is data here, and stays so. */
export function gitMetadataOf(release: Release, event: WorkflowEvent | undefined) {
  if (!event) return { commitSha: release.commit };
  const { owner, name } = event.repository;
  const head = headCommit(event.payload);
  return {
    remoteUrl: `${new URL(event.run.url).origin}/${owner}/${name}.git`,
    commitRef: event.ref.replace(/^refs\/(heads|tags)\//, ''),
    commitSha: release.commit,
    commitAuthorName: event.triggeringActor,
    // The event may be about another commit than the release is of: no message is better than a wrong one.
    ...(head?.id === release.commit && { commitMessage: subjectOf(head.message) }),
    dirty: false,
  };
}

const subjectOf = (message: string): string => (message.split('\n')[0] ?? '').slice(0, LONGEST_SUBJECT);

function headCommit(payload: unknown): { readonly id: string; readonly message: string } | undefined {
  if (typeof payload !== 'object' || payload === null || !('head_commit' in payload)) return undefined;
  const { head_commit: head } = payload;
  if (typeof head !== 'object' || head === null || !('id' in head) || !('message' in head)) return undefined;
  const { id, message } = head;
  return typeof id === 'string' && typeof message === 'string' ? { id, message } : undefined;
}
