/**
 * The answer to a question about a release. `insufficient` (too little data) and `error` (could not
 * measure) are never a pass: what cannot be read is not a yes.
 */
export type Verdict = 'pass' | 'fail' | 'insufficient' | 'error';

/** One check's answer, as it stands in summaries, outputs and the ledger. */
export interface CheckResult {
  readonly name: string;
  readonly verdict: Verdict;
  /** What was seen, in words a person can act on. Never contains a secret. */
  readonly detail: string;
  /** How long the check took, in milliseconds. */
  readonly durationMs: number;
}

/** Worst first. A failure that was measured outranks a measurement that failed. */
const WORST_FIRST: readonly Verdict[] = ['fail', 'error', 'insufficient', 'pass'];

/** The verdict over several: the worst of them. No verdicts at all is too little data, not a pass. */
export function worstVerdict(verdicts: readonly Verdict[]): Verdict {
  return WORST_FIRST.find((candidate) => verdicts.includes(candidate)) ?? 'insufficient';
}
