import type { WorkflowEvent } from '../event.ts';
import { isRecord } from '../json-path.ts';
import { type GateAnswer, shut } from './gate.ts';

/** Who started a run, as far as that is proven. */
export type Starters =
  /** Logins, each with what they did: `started the run`. */
  | { readonly kind: 'people'; readonly people: ReadonlyMap<string, string> }
  /** An app did, and nothing proves for whom. */
  | { readonly kind: 'unknown'; readonly why: string };

/** Whether a login is an app's own, and so nobody's. Some have a name like a person's: then the event says it. */
export function isPerson(login: string, { payload }: Partial<Pick<WorkflowEvent, 'payload'>> = {}): boolean {
  if (login === '' || login.endsWith('[bot]')) return false;
  const sender = isRecord(payload) && isRecord(payload.sender) ? payload.sender : {};
  return sender.login !== login || sender.type === undefined || sender.type === 'User';
}

/** Whoever had an app start a run could be the one who approves it. */
export const startedByNobody = ({ why }: Extract<Starters, { kind: 'unknown' }>): GateAnswer =>
  shut(
    'approval',
    'NOT_APPROVED',
    `nobody can tell for whom this run was started: ${why}`,
    'A person starts it anew (Actions → Run workflow) and another one approves; or set `self-approval: true` in airlock.yml.',
  );
