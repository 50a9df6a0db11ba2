import type { Location } from './failure.ts';

/**
 * What a use case hands back. A refusal is data, not an exception: an expected no with a stable code that
 * the contract declares. Work that had nothing to do is `done`, and its headline says so.
 */
export type Outcome<Outputs> =
  /** `waits`: nothing went wrong, and what was asked for is still to come. */
  (
    | { readonly kind: 'done'; readonly waits?: true }
    | { readonly kind: 'refused'; readonly reason: string; readonly next: string }
  ) & {
    /** One line for the log and the top of the summary. */
    readonly headline: string;
    readonly outputs: Outputs;
    /** Step summary in GitHub-flavoured Markdown, without the headline. */
    readonly summary: string;
    readonly annotations?: readonly Annotation[];
  };

export interface Annotation {
  readonly level: 'notice' | 'warning' | 'error';
  readonly message: string;
  readonly at?: Location;
}
