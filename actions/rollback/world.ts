import type { Lane } from '../../src/cycle/lane.ts';
import type { EnvironmentSettings } from '../../src/domain/configuration.ts';
import type { WorkflowEvent } from '../../src/domain/event.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { HoldLedger } from '../../src/ports/holds.ts';
import type { Ledger } from '../../src/ports/ledger.ts';
import type { Log } from '../../src/ports/log.ts';
import type { MigrationChange } from '../../src/ports/migrator.ts';
import type { Prober } from '../../src/ports/prober.ts';
import type { Target } from '../../src/ports/target.ts';

/** What an environment is taken back over. */
export interface RollbackWorld {
  readonly app: string;
  readonly environment: EnvironmentSettings;
  readonly target: Target;
  readonly ledger: Ledger;
  /** Asked only of a release that a person names. */
  readonly holds: HoldLedger;
  readonly lane: Lane;
  readonly prober: Prober;
  readonly event: WorkflowEvent;
  readonly clock: Clock;
  readonly log: Log;
  /** Reverts migrations if each of them is safe to undo now; refuses the whole call otherwise. */
  revertSafely(ids: readonly string[], signal: AbortSignal): Promise<readonly MigrationChange[]>;
  /** Keeps the ledger entry's id for the step after the job. */
  keepEntry(id: string): void;
}
