import type { Ask } from '../../src/domain/approval/record.ts';
import type { CommentApproval } from '../../src/domain/approval/settings.ts';
import type { Configuration, EnvironmentSettings } from '../../src/domain/configuration.ts';
import type { WorkflowEvent } from '../../src/domain/event.ts';
import type { Approvals } from '../../src/ports/approvals.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Comments } from '../../src/ports/comments.ts';
import type { CommitHistory } from '../../src/ports/gatekeeper.ts';
import type { HoldLedger } from '../../src/ports/holds.ts';
import type { Issues } from '../../src/ports/issues.ts';
import type { Ledger } from '../../src/ports/ledger.ts';
import type { Log } from '../../src/ports/log.ts';
import type { ProcessRunner } from '../../src/ports/process.ts';
import type { Runs } from '../../src/ports/runs.ts';

export interface ApproveWorld {
  /** As the default branch has it. The waiting run is held to its own, too. */
  readonly configuration: Configuration;
  readonly event: WorkflowEvent;
  readonly clock: Clock;
  readonly log: Pick<Log, 'warning' | 'error'>;
  /** Absolute path of the checkout. */
  readonly workspace: string;
  readonly processes: ProcessRunner;
  readonly ledger: Ledger;
  readonly holds: Pick<HoldLedger, 'record'>;
  readonly gatekeeper: CommitHistory;
  readonly approvals: Approvals;
  readonly comments: Comments;
  readonly issues: Issues;
  readonly runs: Runs;
}

/** An ask with what airlock.yml says of its environment now. */
export interface OpenAsk {
  readonly ask: Ask;
  readonly environment: EnvironmentSettings;
  readonly settings: CommentApproval;
}

/** The ask in the words of airlock.yml; undefined where nobody is asked by comment there any more. */
export function openAsk(
  { configuration }: Pick<ApproveWorld, 'configuration'>,
  ask: Ask,
): OpenAsk | undefined {
  const environment = configuration.environments.find(({ name }) => name === ask.environment);
  const settings = environment?.gates.comment;
  return environment && settings && ask.payload.app === configuration.app
    ? { ask, environment, settings }
    : undefined;
}
