import type { ControlEntry, HoldRecord, NewControl, WayBackRecord } from '../domain/holds.ts';

/**
 * What people said of environments and releases, on the ledger. What anybody but Airlock itself wrote there is
 * passed over. Throws `Failure`; a read that is not complete is an error, never a short list: what was not read
 * would not hold.
 */
export interface HoldLedger {
  /** Writes one. Of unknown fate it is looked for first, so that what is said once stands once. */
  record(entry: NewControl): Promise<ControlEntry>;
  /** The whole repository's: a release is held everywhere. */
  read(): Promise<HoldRecord>;
  /**
   * Ids of those ways back that were gone to their end, whether or not they helped. Asks nothing for none.
   *
   * @param waysBack as they were read
   */
  gone(waysBack: readonly WayBackRecord[]): Promise<ReadonlySet<string>>;
  /**
   * Why what an entry opens does not count, by what is known now of the run that wrote it and of the people it
   * names; undefined where it counts.
   */
  doubt(entry: ControlEntry): Promise<string | undefined>;
}
