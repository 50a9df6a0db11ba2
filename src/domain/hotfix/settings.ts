import { Failure } from '../failure.ts';
import { isRecord } from '../json-path.ts';

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
  /** Environment in GitHub whose reviewers were asked, where it was not its own. */
  readonly approvedIn?: string;
}

/**
 * The record as one step hands it to the next; undefined for a normal release.
 *
 * @throws Failure INPUT_INVALID
 */
export function readHotfixRecord(value: unknown): HotfixRecord | undefined {
  if (value === null) return undefined;
  if (isRecord(value)) {
    const { branch, base, skipped, emergency, approvedIn } = value;
    const isText = (one: unknown): one is string => typeof one === 'string';
    const isTextOrNone = (one: unknown) => one === undefined || isText(one);
    if (
      isText(branch) &&
      typeof base === 'string' &&
      /^[0-9a-f]{40}$/.test(base) &&
      Array.isArray(skipped) &&
      skipped.every(isText) &&
      [emergency, approvedIn].every(isTextOrNone)
    )
      return {
        branch,
        base,
        skipped,
        ...(isText(emergency) ? { emergency } : {}),
        ...(isText(approvedIn) ? { approvedIn } : {}),
      };
  }
  throw new Failure(
    'INPUT_INVALID',
    '`hotfix` must be what the plan action gave, or `null`.',
    'Pass the `hotfix` output of the plan of this environment.',
  );
}
