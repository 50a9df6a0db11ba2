import type { Protection, Repository, Run, State } from './state.ts';

/** Everything the fake remembers but tokens, as plain data. */
export interface Snapshot {
  readonly repositories: readonly (Pick<
    Repository,
    'owner' | 'name' | 'releases' | 'issues' | 'deployments'
  > & {
    readonly refs: Readonly<Record<string, string>>;
    readonly environments: Readonly<Record<string, Protection>>;
  })[];
  readonly runs: readonly (Omit<Run, 'pending'> & {
    readonly pending: readonly { environment: string; job: string }[];
  })[];
}

/** @returns data of its own: nothing that happens later changes it */
export const snapshot = (state: State): Snapshot =>
  structuredClone({
    repositories: [...state.repositories.values()].map(
      ({ owner, name, releases, issues, deployments, refs, environments }) => ({
        owner,
        name,
        releases,
        issues,
        deployments,
        refs: Object.fromEntries(refs),
        environments: Object.fromEntries([...environments].map(([key, one]) => [key, one.protection])),
      }),
    ),
    runs: [...state.runs.values()].map((run) => ({
      ...run,
      pending: run.pending.map(({ environment, job }) => ({ environment, job })),
    })),
  });
