import * as z from 'zod';
import type { Approver, CommentApproval } from '../domain/approval/settings.ts';
import { waitingTime } from './values.ts';

const DAY_MS = 24 * 60 * 60_000;
/** GitHub runs nothing again that is 30 days old. */
const LONGEST_WAIT_MS = 29 * DAY_MS;
const MOST_APPROVERS = 50;

const approver = z
  .string()
  .max(140)
  .regex(
    /^(?:[A-Za-z0-9][A-Za-z0-9-]{0,38}|@[A-Za-z0-9][A-Za-z0-9-]{0,38}\/[A-Za-z0-9][A-Za-z0-9._-]{0,98})$/,
    'must be a login such as `alice`, or a team such as `@org/team`',
  );

const selfApproval = z
  .boolean()
  .optional()
  .describe(
    'Who started the run, or wrote any commit that is not live yet, may be the only one who approves it.',
  );

const byEnvironment = z
  .strictObject({
    by: z.literal('environment').optional().describe("GitHub's environment asks its reviewers."),
    'self-approval': selfApproval,
    'prevent-self-review': z
      .boolean()
      .optional()
      .describe('GitHub itself must keep whoever starts a run from approving it.'),
    'branch-policy': z
      .boolean()
      .optional()
      .describe('GitHub must let only selected branches and tags into the environment.'),
    'admin-bypass': z
      .boolean()
      .optional()
      .describe('GitHub may let administrators pass by the reviewers. Default `true`.'),
  })
  .transform(({ by: _, ...rules }) => ({ kind: 'required' as const, ...rules }));

const byComment = z
  .strictObject({
    by: z.literal('comment').describe('Airlock opens an issue, and people answer there.'),
    approvers: z
      .array(approver)
      .min(1)
      .max(MOST_APPROVERS)
      .describe('Who may approve: logins, and teams as `@org/team`. They need write access, too.'),
    expires: waitingTime(60_000, 'at least 1m and ')
      .refine((milliseconds) => milliseconds <= LONGEST_WAIT_MS, 'must be at most 29d')
      .optional()
      .describe('How long a run waits. Default `24h`.'),
    needed: z.int().min(1).max(10).optional().describe('How many different people must say yes. Default 1.'),
    'self-approval': selfApproval,
  })
  .transform((rules) => ({ kind: 'comment' as const, ...rules }));

/** `approval:` as people write it. */
export const approval = z
  .union(
    [
      z.enum(['required', 'none']).transform((kind) => ({ kind })),
      z.discriminatedUnion('by', [byEnvironment, byComment]),
    ],
    {
      error: 'must be `required`, `none`, or a mapping with what the approval must be like',
    },
  )
  .describe(
    '`required`: somebody must say yes, to GitHub’s environment or, with `by: comment`, in an issue.',
  );

type ApprovalFile = z.output<typeof approval>;

/** What the gates of an environment have of it. */
export function completeApproval(file: ApprovalFile) {
  const rules = { ...NO_RULES, ...file };
  return {
    approval: rules.kind === 'none' ? ('none' as const) : ('required' as const),
    selfApproval: rules['self-approval'] ?? false,
    preventSelfReview: rules['prevent-self-review'] ?? false,
    branchPolicy: rules['branch-policy'] ?? false,
    adminBypass: rules['admin-bypass'] ?? true,
    comment: file.kind === 'comment' ? completeComment(file) : undefined,
  };
}

const NO_RULES = {
  'self-approval': undefined,
  'prevent-self-review': undefined,
  'branch-policy': undefined,
  'admin-bypass': undefined,
};

const completeComment = ({
  approvers,
  expires = DAY_MS,
  needed = 1,
}: Extract<ApprovalFile, { kind: 'comment' }>): CommentApproval => ({
  approvers: approvers.map(completeApprover),
  expiresMs: expires,
  needed,
});

function completeApprover(written: string): Approver {
  const [, organization, slug] = /^@([^/]+)\/(.+)$/.exec(written) ?? [];
  return organization === undefined || slug === undefined
    ? { kind: 'person', login: written }
    : { kind: 'team', organization, slug };
}
