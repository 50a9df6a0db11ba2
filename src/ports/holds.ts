import type { ControlEntry, HoldRecord, NewControl } from '../domain/holds.ts';

/**
 * What people said of environments and releases, on the ledger. Throws `Failure`; a read that is not
 * complete is an error, never a short list: what was not read would not hold.
 */
export interface HoldLedger {
  /** Writes one. Of unknown fate it is looked for first, so that what is said once stands once. */
  record(entry: NewControl): Promise<ControlEntry>;
  /** The whole repository's: a release is held everywhere. */
  read(): Promise<HoldRecord>;
}
