import type { PlanHash } from '../gates/plan-hash.ts';
import type { Digest } from '../release.ts';

interface RunReference {
  readonly id: string;
  readonly attempt: number;
  readonly url: string;
}

interface Common {
  readonly schema: 1;
  readonly app: string;
  /** Commit of the release: GitHub files a record under one. */
  readonly commit: string;
  /** The run that wrote it. */
  readonly run: RunReference;
}

/** A run asks for its approval, and ends. */
export interface AskPayload extends Common {
  readonly approval: 'ask';
  readonly digest: Digest;
  readonly plan: PlanHash;
  /** When nobody can say yes any more, ISO 8601 in UTC. */
  readonly until: string;
  /** Logins of those who started the run, and this attempt of it. */
  readonly startedBy: readonly string[];
  /** GitHub’s id of the job that is to run again. */
  readonly job: number;
  /** Why a hotfix goes on without what staging says; absent where it does not. */
  readonly emergency?: string;
}

/** People are asked in an issue. */
export interface IssuePayload extends Common {
  readonly approval: 'issue';
  readonly ask: string;
  readonly issue: number;
}

/** What an approver may say. */
export const WORDS = ['approve', 'reject', 'hold'] as const;
export type Word = (typeof WORDS)[number];

/** A person said yes or no, and why. */
export interface AnswerPayload extends Common {
  readonly approval: 'answer';
  readonly word: Word;
  readonly ask: string;
  readonly digest: Digest;
  /** Hash of the plan that was answered. */
  readonly plan: string;
  readonly issue: number;
  readonly comment: number;
  readonly by: { readonly id: number; readonly login: string };
  /** Empty for a yes without one. */
  readonly reason: string;
  /** Attempt of the asking run that waited: when it is another one, the run has gone on. */
  readonly waited: number;
}

export type ApprovalPayload = AskPayload | IssuePayload | AnswerPayload;

/** One of them as it stands in the ledger. */
export interface ApprovalEntry<Payload extends ApprovalPayload = ApprovalPayload> {
  readonly id: string;
  readonly environment: string;
  /** When it was written, ISO 8601 in UTC. */
  readonly at: string;
  readonly payload: Payload;
}

export type Ask = ApprovalEntry<AskPayload>;
/** Whether whoever started a run may say yes to it themselves: never to an emergency, which takes two people. */
export const letsOneselfApprove = (
  { payload }: Ask,
  { selfApproval }: { readonly selfApproval: boolean },
): boolean => selfApproval && payload.emergency === undefined;

export type Answer = ApprovalEntry<AnswerPayload>;
export type AskedIn = ApprovalEntry<IssuePayload>;

/** What the ledger has of approvals by comment; each newest first. */
export interface ApprovalRecord {
  readonly asks: readonly Ask[];
  readonly issues: readonly AskedIn[];
  readonly answers: readonly Answer[];
}

/** What was said to an ask: of one person the newest word alone, newest first. */
export function answersTo({ answers }: ApprovalRecord, ask: Ask): readonly Answer[] {
  const people = new Set<number>();
  return answers.filter(({ payload }) => {
    if (payload.ask !== ask.id || people.has(payload.by.id)) return false;
    people.add(payload.by.id);
    return true;
  });
}

/** Number of the issue in which people are asked. One that is said to be for two asks is for none. */
export function issueOf({ issues }: ApprovalRecord, ask: Ask): number | undefined {
  const own = issues.findLast(({ payload }) => payload.ask === ask.id)?.payload.issue;
  const isShared = issues.some(({ payload }) => payload.issue === own && payload.ask !== ask.id);
  return isShared ? undefined : own;
}

/** The newest ask of a run for an environment. */
export const askOf = (
  { asks }: ApprovalRecord,
  { app, environment, runId }: { app: string; environment: string; runId: string },
): Ask | undefined =>
  asks.find(
    (one) => one.environment === environment && one.payload.app === app && one.payload.run.id === runId,
  );

/** Logins of those who said yes to what a run asked last. */
export function approversIn(record: ApprovalRecord, environment: string, runId: string): readonly string[] {
  const ask = record.asks.find((one) => one.environment === environment && one.payload.run.id === runId);
  const yes = ask === undefined ? [] : answersTo(record, ask);
  return yes.flatMap(({ payload }) => (payload.word === 'approve' ? [payload.by.login] : []));
}
