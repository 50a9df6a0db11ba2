import type { Ask } from './record.ts';

/** What must not have changed between what Airlock wrote in an issue and what people read there. */
export interface IssueState {
  readonly isOpen: boolean;
  readonly isLocked: boolean;
  /** Whether the token’s own identity opened it. */
  readonly isOwn: boolean;
  /** Whether anybody ever changed its title or its text. */
  readonly isEdited: boolean;
  /** The mark that it begins with; undefined where there is none. */
  readonly mark: string | undefined;
}

/** Begins the issue that was opened for an ask, and no other. */
export const markOf = ({ id }: Pick<Ask, 'id'>): string => `ask ${id}`;

/**
 * Why an issue may show people something else than what they are asked; undefined where it shows just that.
 * The ledger says which issue it is, and is not believed for what it shows.
 */
export function distrust(issue: IssueState | undefined, ask: Pick<Ask, 'id'>): string | undefined {
  if (issue === undefined) return 'the issue in which it was asked is gone';
  if (!issue.isOwn || issue.mark !== markOf(ask)) return 'Airlock did not open that issue for what is asked';
  return issue.isEdited
    ? 'somebody changed the issue: it may show something else than what is asked'
    : undefined;
}
