import type { ProcessRunner } from '../ports/process.ts';

/** What checks on this machine are given. */
export interface CheckerHost {
  /** Absolute path of the checked-out repository. */
  readonly workspace: string;
  readonly processes: ProcessRunner;
  /** Environment variables of the step. Only looked at for being there. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Names of variables that are set elsewhere, and whose values a build has no business with. */
  readonly configured: readonly string[];
  /** What a build may want to bake in. */
  readonly release: { readonly version: string; readonly commit: string; readonly builtAt: string };
}
