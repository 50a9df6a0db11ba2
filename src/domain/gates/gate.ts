import type { HotfixRefusal } from '../hotfix/answer.ts';

/** Every gate there is, in the order in which a plan lists them. */
export const GATES = [
  'hold',
  'order',
  'soak',
  'calendar',
  'newest',
  'back-merge',
  'hotfix-base',
  'hotfix-size',
  'hotfix-rules',
  'approval',
] as const;
export type GateName = (typeof GATES)[number];

/** The way a release takes to an environment. */
export type Lane = 'normal' | 'hotfix';

/** Why a gate is shut, as a stable code. */
export type GateRefusal =
  | 'HELD'
  | 'NOT_PROVEN'
  | 'PROOF_TOO_OLD'
  | 'NOT_SOAKED'
  | 'CALENDAR_SHUT'
  | 'NOT_NEWEST'
  | 'NOT_APPROVED'
  | 'WAITS_FOR_APPROVAL'
  | 'APPROVAL_REJECTED'
  | HotfixRefusal;

/** What one gate says of one release and one environment. */
export type GateAnswer =
  | { readonly gate: GateName; readonly state: 'open'; readonly why: string; readonly next: '' }
  | {
      readonly gate: GateName;
      readonly state: 'shut';
      readonly reason: GateRefusal;
      readonly why: string;
      /** What a person should do. */
      readonly next: string;
      /** When it opens by itself, ISO 8601 in UTC; absent where nothing but a person opens it. */
      readonly opensAt?: string;
    }
  /** It could not be read. It holds the release back as `shut` does. */
  | { readonly gate: GateName; readonly state: 'unknown'; readonly why: string; readonly next: string };

/** The answer with what the configuration and people made of it. */
export type GateResult =
  | GateAnswer
  /** The way of this release leaves it out, by configuration: nobody asked it. */
  | { readonly gate: GateName; readonly state: 'skipped'; readonly why: string; readonly next: '' }
  /** It was not open, and somebody recorded that the release goes on all the same. */
  | { readonly gate: GateName; readonly state: 'overridden'; readonly why: string; readonly next: '' };

export const open = (gate: GateName, why: string): GateAnswer => ({ gate, state: 'open', why, next: '' });

export const shut = (
  gate: GateName,
  reason: GateRefusal,
  why: string,
  next: string,
  opensAt?: Date,
): GateAnswer => ({
  gate,
  state: 'shut',
  reason,
  why,
  next,
  ...(opensAt === undefined ? {} : { opensAt: opensAt.toISOString() }),
});

/** A gate that could not be read. */
export const unreadable = (gate: GateName, why: string, next: string): GateAnswer => ({
  gate,
  state: 'unknown',
  why,
  next,
});
