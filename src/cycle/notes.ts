import type { Configuration } from '../domain/configuration.ts';
import type { WorkflowEvent } from '../domain/event.ts';
import { changesOf } from '../domain/notes/changes.ts';
import type { Commit } from '../domain/notes/commit.ts';
import type { GoneLive } from '../domain/notes/gone-live.ts';
import type { Difference, Notes } from '../domain/notes/notes.ts';
import { failed, git, lines, type Repository, relationTo } from './history.ts';
import { migrationsBetween } from './overview.ts';

/** More commits than this nobody reads. */
const MOST_COMMITS = 1_000;

interface NotesWorld {
  readonly configuration: Pick<Configuration, 'database'>;
  readonly event: Pick<WorkflowEvent, 'repository'>;
  /** Address of this GitHub's pages. */
  readonly server: string;
}

/**
 * What there is to say of a release that went live, by the ledger and the history. A commit before it that the
 * history does not have is said as that.
 *
 * @throws Failure HISTORY_SHALLOW, GIT_FAILED
 */
export async function readNotes(
  { configuration, event, server }: NotesWorld,
  repository: Repository,
  { entry, previous, hotfixes, since }: GoneLive,
): Promise<Notes> {
  const { release, hotfix, overridden = [], actor, approvers } = entry.payload;
  const { commit } = release;
  const difference =
    previous === undefined
      ? undefined
      : await differenceOf(repository, previous.commit, commit, configuration);
  const { owner, name } = event.repository;
  return {
    app: release.app,
    version: release.version,
    environment: entry.environment,
    commit,
    at: entry.openedAt,
    previous: previous && { version: previous.version, commit: previous.commit },
    difference,
    compareUrl:
      previous === undefined || difference === undefined || 'unknown' in difference
        ? undefined
        : `${server}/${owner}/${name}/compare/${previous.commit}...${commit}`,
    hotfix: hotfix && {
      branch: hotfix.branch,
      skipped: hotfix.skipped,
      overridden,
      emergency: hotfix.emergency,
      by: actor,
      approvers,
    },
    hotfixes,
    since,
  };
}

async function differenceOf(
  repository: Repository,
  previous: string,
  commit: string,
  { database }: NotesWorld['configuration'],
): Promise<Difference | { readonly unknown: string }> {
  const relation = await relationTo(repository, commit, previous);
  if (relation === 'unknown')
    return {
      unknown: `the commit ${previous.slice(0, 7) || 'of the release before'} is not in this repository’s history`,
    };
  const [commits, migrations, lost] = await Promise.all([
    commitsSince(repository, previous, commit),
    database === undefined ? [] : migrationsBetween(repository, previous, commit, database.migrations),
    relation === 'contains'
      ? lines(repository, ['rev-list', '--count', '--no-merges', previous, `^${commit}`, '--'])
      : ['0'],
  ]);
  return {
    changes: changesOf(commits.slice(0, MOST_COMMITS)),
    migrations,
    lost: Number(lost[0]),
    isCut: commits.length > MOST_COMMITS,
  };
}

/**
 * Commits that a release has and the one before it has not, newest first. One that was picked is the same change
 * under another name, as a hotfix is that was brought back so: it was live already.
 */
async function commitsSince(
  repository: Repository,
  previous: string,
  commit: string,
): Promise<readonly Commit[]> {
  const result = await git(repository, [
    'log',
    '-z',
    '--no-show-signature',
    '--no-mailmap',
    '--encoding=UTF-8',
    '--left-only',
    '--cherry-pick',
    `--max-count=${MOST_COMMITS + 1}`,
    '--format=%H%n%P%n%B',
    `${commit}...${previous}`,
    '--',
  ]);
  if (result.code !== 0) throw failed(result);
  return result.stdout.split('\0').flatMap((record) => {
    const [, sha, parents = '', message = ''] =
      /^([0-9a-f]{40})\n([0-9a-f ]*)\n([\s\S]*)$/.exec(record) ?? [];
    return sha === undefined ? [] : [{ sha, parents: parents.split(' ').filter(Boolean).length, message }];
  });
}

/**
 * Tags at a commit.
 *
 * @throws Failure GIT_FAILED
 */
export const tagsAt = (repository: Repository, commit: string): Promise<readonly string[]> =>
  lines(repository, ['for-each-ref', `--points-at=${commit}`, '--format=%(refname:strip=2)', 'refs/tags']);
