import type { WorkflowEvent } from '../../src/domain/event.ts';
import type { Decision } from '../../src/domain/gates/engine.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import type { Trust } from '../../src/domain/trust.ts';
import type { Outputs } from '../../src/runner/contract.ts';
import type { contract } from './contract.ts';

export type PlanOutcome = Outcome<Outputs<typeof contract>>;

export const refusal = (reason: keyof (typeof contract)['refusals'], headline: string, next: string) => ({
  kind: 'refused' as const,
  reason,
  headline,
  next,
});

/** The reason of a gate that holds a release back. */
export const reasonOf = (holding: NonNullable<Decision['holding']>) =>
  holding.state === 'unknown' ? 'GATE_UNREADABLE' : holding.reason;

/** The outputs of a run that goes nowhere. */
export const nothing = ({ event }: { readonly event: WorkflowEvent }, trust: Trust) => ({
  environments: '[]',
  approvals: '[]',
  preview: 'false',
  'clean-up': 'false',
  plan: JSON.stringify({ ...whatStarted(event, trust), environments: [] }),
});

/** What began it, and what that may do: the head of every `plan` output. */
export const whatStarted = (event: WorkflowEvent, trust: Trust) => ({
  event: event.name,
  ref: event.ref,
  actor: event.triggeringActor,
  trust: trust.kind,
  why: trust.why,
});
