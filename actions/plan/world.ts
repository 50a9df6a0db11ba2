import type { Configuration, EnvironmentSettings } from '../../src/domain/configuration.ts';
import type { WorkflowEvent } from '../../src/domain/event.ts';
import type { Lane } from '../../src/domain/gates/gate.ts';
import type { Digest } from '../../src/domain/release.ts';
import type { Approvals } from '../../src/ports/approvals.ts';
import type { CalendarFiles } from '../../src/ports/calendar.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Comments } from '../../src/ports/comments.ts';
import type { ApprovalHistory, CommitHistory, Gatekeeper } from '../../src/ports/gatekeeper.ts';
import type { HoldLedger } from '../../src/ports/holds.ts';
import type { Issues } from '../../src/ports/issues.ts';
import type { Ledger } from '../../src/ports/ledger.ts';

/** What the gates of an environment are read from. */
export interface GateWorld {
  readonly configuration: Configuration;
  readonly event: WorkflowEvent;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly holds: Pick<HoldLedger, 'read' | 'doubt' | 'gone'>;
  readonly gatekeeper: Gatekeeper & ApprovalHistory & CommitHistory;
  readonly calendars: CalendarFiles;
  /** Where people approve by comment. */
  readonly approvals: Approvals;
  readonly comments: Comments;
  readonly issues: Pick<Issues, 'read'>;
}

/** A release before an environment. */
export interface Entry {
  readonly environment: EnvironmentSettings;
  /** Absent while it is not built. */
  readonly digest: Digest | undefined;
  readonly commit: string;
  readonly lane: Lane;
  /** Whether the run that would enter is still to come: nobody can have approved it. */
  readonly isAhead: boolean;
  /** What is to be known of a hotfix; absent in the normal lane. */
  readonly hotfix?: HotfixEntry;
}

/** A hotfix before an environment. */
export interface HotfixEntry {
  readonly branch: string;
  /** Name of the default branch. */
  readonly main: string;
  /** Path of airlock.yml as the workflow was given it. */
  readonly config: string;
  /** Why it goes on without what staging says; empty when it does not. */
  readonly emergency: string;
  /** Environment in GitHub whose reviewers are asked, where it is not its own. */
  readonly approvedIn: string | undefined;
}
