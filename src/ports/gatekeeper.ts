/** Reads how GitHub itself guards an environment. Never changes anything. */
export interface Gatekeeper {
  /** What GitHub says now. Throws `Failure` when it does not answer. */
  protection(environment: string): Promise<EnvironmentProtection>;
}

/**
 * GitHub's own protection of an environment. `unknown` is an answer that does not say whether somebody
 * must review: no proof that anybody does.
 */
export type EnvironmentProtection =
  | {
      readonly kind: 'known';
      /** Logins and team slugs of which one must say yes; empty when GitHub lets everyone in. */
      readonly reviewers: readonly string[];
      /** Whether the one who started the run may not approve it. */
      readonly preventsSelfReview: boolean;
    }
  | { readonly kind: 'unknown'; readonly why: string };
