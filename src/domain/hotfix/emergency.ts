import { isPerson } from '../gates/starters.ts';
import { type HotfixAnswer, shut } from './answer.ts';

/** Who stands for letting production take what its staging has not run. */
export interface EmergencyQuestion {
  readonly environment: string;
  readonly reason: string;
  /** Who started the run, and who started this attempt of it. */
  readonly startedBy: readonly [string, string];
  /** Who approved its entry into the environment, as GitHub says: in whatever attempt. */
  readonly approvers: readonly string[];
  /** Whether an earlier attempt of the run had other files: an approval may have been for those. */
  readonly isRebuilt: boolean;
  /** Whether the second person is still asked, by comment. */
  readonly isAwaited: boolean;
}

export type Emergency =
  | { readonly kind: 'two-people'; readonly by: string; readonly second: string; readonly reason: string }
  /** Everything but the second person is there: they have not been heard yet. */
  | { readonly kind: 'awaited'; readonly answer: HotfixAnswer }
  | { readonly kind: 'refused'; readonly answer: HotfixAnswer };

/** Gates that ask what staging knows of the release: an emergency goes by both. */
export const EMERGENCY_GATES = ['order', 'soak'] as const;

/**
 * Two people: the one who started the run with a reason, and another one who approved it after that. Their
 * names come from GitHub and not from an input, so that nobody signs for somebody else. Nobody but the first
 * may have run it again: else the one who starts an attempt would be seconded by their own earlier approval.
 */
export function judgeEmergency(question: EmergencyQuestion): Emergency {
  const { environment, reason, startedBy, approvers } = question;
  const by = startedBy[0];
  const approver = approvers.find((login) => isPerson(login) && !isSame(login, by));
  const missing = missingIn(question, approver);
  if (missing === undefined && approver !== undefined) {
    return { kind: 'two-people', by, second: approver, reason: reason.trim() };
  }
  const answer = shut(
    'EMERGENCY_NEEDS_TWO',
    `${environment} takes what its staging has not run only by two people’s word, and ${missing}`,
    `Start hotfix.yml by hand with \`emergency\` as the reason; another person approves ${environment}.`,
  );
  const isAwaited = question.isAwaited && missingIn(question, 'somebody who is still asked') === undefined;
  return { kind: isAwaited ? 'awaited' : 'refused', answer };
}

function missingIn(
  { reason, startedBy: [by, again], isRebuilt }: EmergencyQuestion,
  approver: string | undefined,
): string | undefined {
  if (reason.trim() === '') return 'no reason is given';
  if (!isPerson(by)) return `${by} is not a person`;
  if (!isSame(by, again)) return `${by} started this run and ${again} ran it again: start a new one`;
  if (approver === undefined) return `nobody but ${by} approved this run`;
  return isRebuilt ? 'an earlier attempt of this run had other files: start a new one' : undefined;
}

/** GitHub takes logins for equal whatever their case. */
const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();
