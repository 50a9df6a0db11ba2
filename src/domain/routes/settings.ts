import { isInside, matchesRef, type RefPattern } from './ref-pattern.ts';

/** What `routes:` in airlock.yml says: how far a run goes, by what started it. */
export interface RouteSettings {
  /** The default branch, a schedule on it, and what follows another run; undefined for no environment. */
  readonly defaultBranch: string | undefined;
  /** A branch that is named here is found here, the default one too. */
  readonly branches: readonly RouteRule[];
  readonly tags: readonly RouteRule[];
  /** By hand, `workflow_dispatch`, or by a program of somebody with write access, `repository_dispatch`. */
  readonly manual: string | undefined;
  /** Environments that a comment on a pull request may ask for. */
  readonly comment: readonly string[];
}

/** Names that match go through all environments up to this one; undefined for none. */
export interface RouteRule {
  readonly pattern: RefPattern;
  readonly to: string | undefined;
}

/**
 * The rule for a name: of those that match, the narrowest. airlock.yml is held to leave no doubt which that is.
 */
export function ruleFor(rules: readonly RouteRule[], name: string): RouteRule | undefined {
  const matching = rules.filter(({ pattern }) => matchesRef(pattern, name));
  return matching.find((rule) =>
    matching.every((other) => other === rule || !isInside(other.pattern, rule.pattern)),
  );
}

/**
 * What `routes:` says where nothing is written.
 *
 * @param names the environments in order
 */
export function standardRoutes(names: readonly string[]): RouteSettings {
  const last = names.at(-1);
  const proving = names.includes('staging') ? 'staging' : (names.at(-2) ?? last);
  return {
    defaultBranch: proving,
    branches: names.includes('development')
      ? ['develop', 'development'].map((pattern) => ({ pattern, to: 'development' }))
      : [],
    tags: [
      { pattern: 'v*.*.*', to: last },
      // A candidate is there to be tried.
      { pattern: 'v*.*.*-*', to: proving },
    ],
    manual: last,
    comment: [],
  };
}
