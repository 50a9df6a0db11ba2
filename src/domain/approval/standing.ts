import { type Answer, type ApprovalRecord, type Ask, answersTo } from './record.ts';

/** How an ask stands, by what the ledger has of it. */
export type Standing =
  | { readonly kind: 'waits'; readonly yes: readonly Answer[] }
  /** Enough people said yes. */
  | { readonly kind: 'granted'; readonly yes: readonly Answer[] }
  | { readonly kind: 'rejected'; readonly no: Answer }
  /** The environment was asked for anew, by this run or another one. */
  | { readonly kind: 'superseded'; readonly by: Ask }
  | { readonly kind: 'expired' };

/**
 * One no outweighs every yes. Somebody’s newest word counts, but for a no: it is not taken back, as a new
 * release is a run away.
 *
 * @param needed how many different people must say yes
 */
export function standingOf(record: ApprovalRecord, ask: Ask, needed: number, now: Date): Standing {
  const no = record.answers.find(({ payload }) => payload.ask === ask.id && payload.word !== 'approve');
  if (no) return { kind: 'rejected', no };
  const yes = answersTo(record, ask);
  if (yes.length >= needed) return { kind: 'granted', yes };
  const by = successorOf(record, ask);
  if (by) return { kind: 'superseded', by };
  return hasExpired(ask, now) ? { kind: 'expired' } : { kind: 'waits', yes };
}

/** A later ask for the same environment. */
function successorOf({ asks }: ApprovalRecord, ask: Ask): Ask | undefined {
  const [newest] = asks.filter(
    ({ environment, payload }) => environment === ask.environment && payload.app === ask.payload.app,
  );
  return newest === undefined || newest.id === ask.id ? undefined : newest;
}

/** The end is no part of it. A time that cannot be read has passed: nobody can say yes to that. */
export const hasExpired = ({ payload }: Ask, now: Date): boolean =>
  !(now.getTime() < Date.parse(payload.until));
