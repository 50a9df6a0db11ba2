import type { EnvironmentSettings } from '../domain/configuration.ts';
import type { WorkflowEvent } from '../domain/event.ts';
import type { ControlKind } from '../domain/holds.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { Clock } from '../ports/clock.ts';
import type { Comments } from '../ports/comments.ts';
import type { HoldLedger } from '../ports/holds.ts';
import type { Ledger } from '../ports/ledger.ts';

/** What somebody says, as they wrote it. Empty is for what nobody said. */
export interface ControlRequest {
  readonly mode: ControlKind | 'status';
  readonly reason: string;
  /** Version or digest. */
  readonly release: string;
  readonly until: string;
  readonly gate: string;
  readonly second: string;
}

export interface ControlWorld {
  readonly app: string;
  /** What it is about; of a release, where it is filed. */
  readonly environment: Pick<EnvironmentSettings, 'name'>;
  /** Environments whose ledgers know releases by their versions. */
  readonly known: readonly Pick<EnvironmentSettings, 'name'>[];
  /** Login of whoever says it. */
  readonly by: string;
  /** The comment that says it, where one does. */
  readonly comment?: number;
  readonly ledger: Ledger;
  readonly holds: HoldLedger;
  readonly people: Pick<Comments, 'permission'>;
  readonly event: WorkflowEvent;
  readonly clock: Clock;
}

/** What is locked and held after it. */
export interface ControlOutputs {
  readonly locked?: string | undefined;
  /** As JSON. */
  readonly holds?: string | undefined;
  /** The ledger entry that was written; undefined when nothing had to be. */
  readonly entry?: string | undefined;
}

export type ControlRefusal =
  | 'REASON_MISSING'
  | 'RUN_NOT_BELIEVED'
  | 'NOT_LOCKED'
  | 'NOT_HELD'
  | 'RELEASE_NOT_NAMED'
  | 'RELEASE_UNKNOWN'
  | 'GATE_NOT_OVERRIDABLE'
  | 'OVERRIDE_NOT_PERMITTED'
  | 'SECOND_PERSON_MISSING';
export type ControlOutcome = Outcome<ControlOutputs>;

export type Refused = Extract<ControlOutcome, { kind: 'refused' }>;

export const refuse = (reason: ControlRefusal, headline: string, next: string): Refused => ({
  kind: 'refused',
  reason,
  headline,
  next,
  outputs: {},
  summary: '',
});
