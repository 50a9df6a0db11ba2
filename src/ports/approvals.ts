import type { ApprovalEntry, ApprovalPayload, ApprovalRecord } from '../domain/approval/record.ts';

/**
 * Who was asked to let a run in, and what they said, on the ledger. What anybody else wrote there than the
 * token’s own identity is passed over. Throws `Failure`; a read that is not complete is an error.
 */
export interface Approvals {
  /**
   * Writes one, or gets what stands there already: an ask has one issue and a comment is one answer, whoever
   * writes it down. Of unknown fate it is looked for first.
   */
  record(environment: string, payload: ApprovalPayload): Promise<ApprovalEntry>;
  /** All that may still matter: nothing waits for longer than GitHub lets a run be run again. */
  read(environment?: string): Promise<ApprovalRecord>;
}
