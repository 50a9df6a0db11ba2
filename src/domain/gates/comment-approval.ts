import type { Answer, Ask } from '../approval/record.ts';
import { type CommentApproval, nameOfApprover } from '../approval/settings.ts';
import { hasExpired } from '../approval/standing.ts';
import { describeAge } from '../duration.ts';
import { type GateAnswer, open, shut } from './gate.ts';
import { moved, type PlanHash } from './plan-hash.ts';

export interface CommentApprovalQuestion {
  readonly environment: string;
  readonly settings: CommentApproval;
  /** What this run asked people last; absent where it did not ask yet. */
  readonly ask: Ask | undefined;
  /** What the plan amounts to now. */
  readonly plan: PlanHash;
  /** Who said no to the ask, the last one; absent where nobody did. */
  readonly no: Answer | undefined;
  /** Who said yes to it, with why it does not count where it does not. */
  readonly yeses: readonly {
    readonly by: { readonly id: number; readonly login: string };
    readonly refused: string | undefined;
  }[];
}

/**
 * Whether enough people said yes, in comments, to exactly what this run would do now. `WAITS_FOR_APPROVAL`
 * is the one answer with which a run that has every other gate open asks, and ends.
 */
export function commentApprovalGate(question: CommentApprovalQuestion, now: Date): GateAnswer {
  const { environment, settings, ask, plan, no, yeses } = question;
  if (ask === undefined) return waits(settings, 'nobody was asked yet');
  const changes = moved(ask.payload.plan, plan);
  const counted = new Map(
    yeses.flatMap(({ by, refused }) => (refused === undefined ? [[by.id, by.login] as const] : [])),
  );
  if (changes.length > 0) {
    const said = yeses.length + (no ? 1 : 0) === 0 ? 'it was asked' : 'it was answered';
    return waits(settings, `${changes.join(' and ')} changed since ${said}: that answer is void`);
  }
  if (no) {
    const { by, reason, word } = no.payload;
    return shut(
      'approval',
      'APPROVAL_REJECTED',
      `${by.login} said /${word} to ${environment}${reason === '' ? '' : `: ${reason}`}`,
      'Mend what it was rejected for, and release a new build. A no is not taken back.',
    );
  }
  if (counted.size >= settings.needed && !hasExpired(ask, now)) {
    return open('approval', `approved by ${[...counted.values()].join(', ')}`);
  }
  if (hasExpired(ask, now)) {
    return waits(settings, `nobody answered within ${describeAge(settings.expiresMs)}`);
  }
  const refused = yeses.flatMap(({ by, refused: why }) => (why === undefined ? [] : [`${by.login}: ${why}`]));
  return waits(settings, [`${counted.size} of ${settings.needed} said yes`, ...refused].join('; '));
}

/** Before a run asks, and while it waits. */
export const waits = (settings: CommentApproval, why: string): GateAnswer =>
  shut('approval', 'WAITS_FOR_APPROVAL', why, `${whoMay(settings)} comments /approve in its issue.`);

const whoMay = ({ approvers, needed }: CommentApproval): string =>
  `${needed === 1 ? 'One' : String(needed)} of ${approvers.map(nameOfApprover).join(', ')}`;
