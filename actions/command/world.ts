import type { Comment } from '../../src/domain/command/comment.ts';
import type { CommandRequest } from '../../src/domain/command/request.ts';
import type { Configuration } from '../../src/domain/configuration.ts';
import type { WorkflowEvent } from '../../src/domain/event.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import type { Approvals } from '../../src/ports/approvals.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Comments } from '../../src/ports/comments.ts';
import type { HoldLedger } from '../../src/ports/holds.ts';
import type { Ledger } from '../../src/ports/ledger.ts';
import type { Proposals } from '../../src/ports/proposals.ts';
import type { Runs } from '../../src/ports/runs.ts';
import type { Inputs, Outputs } from '../../src/runner/contract.ts';
import type { contract } from './contract.ts';

/** What a command is heard, judged and carried out over. */
export interface CommandWorld {
  readonly configuration: Pick<Configuration, 'app' | 'environments' | 'routes'>;
  readonly event: WorkflowEvent;
  readonly clock: Clock;
  /** Aborted when the run is cancelled. */
  readonly signal: AbortSignal;
  readonly comments: Pick<Comments, 'read' | 'permission' | 'isAnswered' | 'reply'>;
  readonly approvals: Pick<Approvals, 'read'>;
  readonly proposals: Proposals;
  readonly runs: Pick<Runs, 'state'>;
  readonly ledger: Ledger;
  readonly holds: HoldLedger;
}

export type CommandInputs = Inputs<typeof contract>;
export type CommandOutcome = Outcome<Outputs<typeof contract>>;
export type CommandRefusal = keyof (typeof contract)['refusals'];

/** A request of somebody who may make it, in a comment that stands as it was written. */
export interface Said<Request extends CommandRequest = CommandRequest> {
  readonly request: Request;
  readonly comment: Comment;
  /** Login of whoever wrote it. */
  readonly by: string;
}
