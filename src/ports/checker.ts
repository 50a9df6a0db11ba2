import type { BuildCheckSettings } from '../domain/configuration.ts';
import type { BundleSize } from '../domain/size.ts';
import type { Verdict } from '../domain/verdict.ts';

/** Answers the questions of `build.checks` on a checked-out repository. */
export interface Checker {
  /**
   * Makes one check. What keeps it from an answer (a missing file, a program that was killed, a service
   * that cannot be reached) is an `error` verdict and not an exception; only the signal's reason is thrown.
   */
  check(settings: BuildCheckSettings, signal: AbortSignal): Promise<CheckReport>;
}

export interface CheckReport {
  readonly verdict: Verdict;
  /** What was seen, in words a person can act on: one line, free of secrets. */
  readonly detail: string;
  /** What the check printed, terminal colours and all. */
  readonly output?: string;
  /** What was measured of the build, for later builds to be compared with. */
  readonly sizes?: readonly BundleSize[];
  /** Figures behind the verdict; cells are plain text. */
  readonly figures?: { readonly header: readonly string[]; readonly rows: readonly (readonly string[])[] };
}
