import { type HotfixAnswer, shut } from './answer.ts';

/** Who stands for letting production take what its staging has not run. */
export interface EmergencyQuestion {
  readonly environment: string;
  readonly reason: string;
  /** Who started this attempt of the run. */
  readonly startedBy: string;
  /** Who approved its entry into the environment, as GitHub says. */
  readonly approvers: readonly string[];
}

export type Emergency =
  | { readonly kind: 'two-people'; readonly by: string; readonly second: string; readonly reason: string }
  | { readonly kind: 'refused'; readonly answer: HotfixAnswer };

/** Gates that ask what staging knows of the release: an emergency goes by both. */
export const EMERGENCY_GATES = ['order', 'soak'] as const;

/**
 * Two people: the one who started the run with a reason, and another one who approved it after that. Their
 * names come from GitHub and not from an input, so that nobody signs for somebody else.
 */
export function judgeEmergency(question: EmergencyQuestion): Emergency {
  const { environment, reason, startedBy } = question;
  const approver = question.approvers.find(
    (login) => isPerson(login) && login.toLowerCase() !== startedBy.toLowerCase(),
  );
  if (reason.trim() !== '' && isPerson(startedBy) && approver !== undefined) {
    return { kind: 'two-people', by: startedBy, second: approver, reason: reason.trim() };
  }
  const missing =
    reason.trim() === ''
      ? 'no reason is given'
      : isPerson(startedBy)
        ? `nobody but ${startedBy} approved this run`
        : `${startedBy} is not a person`;
  const answer = shut(
    'EMERGENCY_NEEDS_TWO',
    `${environment} takes what its staging has not run only by two people’s word, and ${missing}`,
    `Start hotfix.yml by hand with \`emergency\` as the reason; another person approves ${environment}.`,
  );
  return { kind: 'refused', answer };
}

const isPerson = (login: string): boolean => login !== '' && !login.endsWith('[bot]');
