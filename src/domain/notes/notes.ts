import type { PendingMigration } from '../overview.ts';
import type { Changes } from './changes.ts';
import type { PastHotfix } from './gone-live.ts';

/** Everything that release notes say. Texts in it may be a stranger's, and are still as they were written. */
export interface Notes {
  readonly app: string;
  readonly version: string;
  readonly environment: string;
  readonly commit: string;
  /** When it was made live, ISO 8601 in UTC. */
  readonly at: string;
  /** What was live before; absent for the first release. */
  readonly previous: { readonly version: string; readonly commit: string } | undefined;
  /** What lies between the two; absent for the first release. Where it cannot be told, the reason. */
  readonly difference: Difference | { readonly unknown: string } | undefined;
  /** Where GitHub shows the difference. */
  readonly compareUrl: string | undefined;
  readonly hotfix: ToldHotfix | undefined;
  readonly hotfixes: readonly PastHotfix[];
  /** Version of the last normal release, which `hotfixes` came after. */
  readonly since: string | undefined;
}

export interface Difference {
  readonly changes: Changes;
  readonly migrations: readonly PendingMigration[];
  /** Commits that the release before had and this one has not: it is an older one. */
  readonly lost: number;
  /** Whether there are more commits than were read. */
  readonly isCut: boolean;
}

/** A hotfix, in its own notes. */
export interface ToldHotfix {
  readonly branch: string;
  readonly skipped: readonly string[];
  /** Gates that somebody's word opened. */
  readonly overridden: readonly string[];
  readonly emergency: string | undefined;
  readonly by: string;
  readonly approvers: readonly string[];
}

/** What the page is called: `shop 1.4.0`. An app's name and a version have no sign that would mean anything. */
export const titleOf = ({ app, version }: Pick<Notes, 'app' | 'version'>): string => `${app} ${version}`;
