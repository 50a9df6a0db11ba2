/** What `hotfix:` in airlock.yml says about the short way to production. */
export interface HotfixSettings {
  /** Branches that may take it: a name, or a folder with `/*` (one level) or `/**` (all below) at its end. */
  readonly branches: readonly string[];
  /** What the short way leaves out, each by its name. */
  readonly skip: HotfixSkips;
  /** A larger change is no hotfix. Added and removed lines and changed files since the live commit. */
  readonly most: { readonly lines: number; readonly files: number };
  /**
   * Environment in GitHub whose reviewers approve a hotfix, in place of the environment's own; its secrets
   * are those the job gets. Undefined for the environment's own.
   */
  readonly approvalEnvironment: string | undefined;
}

export interface HotfixSkips {
  readonly gates: readonly SkippableGate[];
  /** Names of build checks. */
  readonly checks: readonly string[];
}

/** Gates that a configuration may let a hotfix pass by. All others hold for every release. */
export const SKIPPABLE_GATES = ['soak', 'calendar'] as const;
export type SkippableGate = (typeof SKIPPABLE_GATES)[number];

/** What a ledger entry keeps of the short way, so that it is known without the branch. */
export interface HotfixRecord {
  readonly branch: string;
  /** Commit that was live when the hotfix was made: everything since is the fix. */
  readonly base: string;
  /** What the short way left out, in words: `soak`, `check lint`, `environment development`. */
  readonly skipped: readonly string[];
  /** Why production took what staging had not run, where two people said so. */
  readonly emergency?: string;
}
