import { isDeepStrictEqual } from 'node:util';
import type {
  AnswerPayload,
  ApprovalEntry,
  ApprovalPayload,
  AskPayload,
  IssuePayload,
} from '../domain/approval/record.ts';
import type { Approvals } from '../ports/approvals.ts';
import { explained, type GitHub, settled } from './api.ts';
import { whoami } from './identity.ts';
import { writeApproval } from './payload.ts';
import {
  closeRecord,
  createRecord,
  type GitHubRecord,
  ownRecords,
  READ,
  recordPages,
  WRITE,
} from './records.ts';

/** One task for asks and answers, so that one request finds all of them. */
const APPROVAL = 'approval';
/** GitHub runs nothing again that is 30 days old; a day more for clocks that differ. */
const KEPT_MS = 31 * 24 * 60 * 60_000;

/**
 * Approvals by comment as GitHub Deployments of a task of their own. Needs `deployments: write`, and to read
 * `deployments: read`. Whoever else has that may write such a record, too: only those by this very identity
 * count, and what they say of a comment is asked of the comment again.
 */
export function createApprovals(github: GitHub): Approvals {
  const read = async (environment?: string): Promise<readonly ApprovalEntry[]> => {
    const own = await whoami(github);
    const oldest = github.clock.now().getTime() - KEPT_MS;
    const found: ApprovalEntry[] = [];
    const like = { task: APPROVAL, ...(environment === undefined ? {} : { environment }) };
    for await (const page of recordPages(github, like)) {
      const mine = await ownRecords(github, page, (login) => login === own);
      found.push(...mine.flatMap((record) => toEntry(record) ?? []));
      const last = page.at(-1);
      if (last !== undefined && Date.parse(last.at) < oldest) break;
    }
    return found;
  };

  return {
    record: (environment, payload) =>
      explained(`record the ${payload.approval} for ${environment}`, WRITE, () =>
        settled(github, async () => {
          const known = (await read(environment)).find((one) => isAgain(one.payload, payload));
          if (known) return known;
          const record = await createRecord(github, {
            task: APPROVAL,
            environment,
            commit: payload.commit,
            payload: writeApproval(payload),
            about: aboutOf(payload),
          });
          // On GitHub’s page it is no deployment that goes on.
          await closeRecord(github, record.number, 'inactive', aboutOf(payload));
          return { id: record.id, environment, at: record.at, payload };
        }),
      ),

    read: (environment) =>
      explained('read who was asked and who answered', READ, async () => {
        const all = await read(environment);
        return { asks: all.filter(isAsk), issues: all.filter(isIssue), answers: all.filter(isAnswer) };
      }),
  };
}

function aboutOf(payload: ApprovalPayload): string {
  switch (payload.approval) {
    case 'ask':
      return `Run ${payload.run.id} waits for its approval`;
    case 'issue':
      return `Asked in issue ${payload.issue}`;
    case 'answer':
      return `${payload.word} by ${payload.by.login}: ${payload.reason}`;
  }
}

/** Whether the same is said once more: a comment is one answer and an ask has one issue, whichever run sees to it. */
function isAgain(known: ApprovalPayload, wanted: ApprovalPayload): boolean {
  if (known.approval === 'answer' && wanted.approval === 'answer') return known.comment === wanted.comment;
  if (known.approval === 'issue' && wanted.approval === 'issue') return known.ask === wanted.ask;
  return isDeepStrictEqual(known, wanted);
}

const isAsk = (one: ApprovalEntry): one is ApprovalEntry<AskPayload> => one.payload.approval === 'ask';
const isIssue = (one: ApprovalEntry): one is ApprovalEntry<IssuePayload> => one.payload.approval === 'issue';
const isAnswer = (one: ApprovalEntry): one is ApprovalEntry<AnswerPayload> =>
  one.payload.approval === 'answer';

const toEntry = ({ id, environment, at, read }: GitHubRecord): ApprovalEntry | undefined =>
  read.kind === 'approval' ? { id, environment, at, payload: read.payload } : undefined;
