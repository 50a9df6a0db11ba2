import { type LedgerEntry, nameOf, tookTraffic } from '../ledger.ts';
import { type HotfixAnswer, open, shut, unknown } from './answer.ts';

/** How the live commit stands to that of the hotfix. */
export type Standing = 'same' | 'contained' | 'contains' | 'diverged' | 'unknown';

/**
 * The entry that made live what is live, by the ledger. After a rollback that is what it went back to.
 *
 * @param entries one environment's entries of one app, newest first
 */
export const liveEntry = (entries: readonly LedgerEntry[]): LedgerEntry | undefined =>
  entries.find((entry) => tookTraffic(entry) && entry.state === 'succeeded');

/** Commit of what is live, as whoever put it there called it. */
export const liveCommit = (live: LedgerEntry | undefined): string | undefined =>
  live && (live.payload.foreign ?? live.payload.release).commit;

/**
 * Whether a hotfix grows from what is live: then nothing else comes with it, and nothing that is live goes
 * away. It settles two hotfixes at once, too: the one that comes second must contain the first.
 *
 * @param standing how the commit that is live stands to that of the hotfix
 * @param along commits of the default branch itself that are in the hotfix and not live, newest first
 */
export function baseAnswer(
  environment: string,
  live: LedgerEntry | undefined,
  standing: Standing,
  along: readonly string[],
): HotfixAnswer {
  if (!live) {
    return shut(
      'HOTFIX_WRONG_BASE',
      `nothing went live in ${environment} yet, so there is nothing to fix`,
      'Take the first release through the pipeline.',
    );
  }
  const { release, foreign, hotfix } = live.payload;
  if (foreign !== undefined) {
    return unknown(
      `what is live in ${environment} was not put there by Airlock (${nameOf(live.payload)}), so no branch can be held to it`,
      'Make a release of Airlock live there first: roll back to one, or go through the pipeline.',
    );
  }
  const { version, commit } = release;
  const named = `${version} (${commit.slice(0, 7)})`;
  switch (standing) {
    case 'same':
      return open(`this is the commit that is live in ${environment}`);
    case 'contained':
      if (along.length > 0) {
        return shut(
          'HOTFIX_WRONG_BASE',
          `the branch brings ${along.length} commit${along.length === 1 ? '' : 's'} of the default branch along that ${along.length === 1 ? 'is' : 'are'} not live in ${environment} (${short(along)})`,
          `Start from what is live and take the fix over: git switch -c hotfix/<name> ${commit} && git cherry-pick <fix>`,
        );
      }
      return open(`the branch grows from ${named}, which is live in ${environment}`);
    case 'unknown':
      return unknown(
        `${named} is live in ${environment}, and its commit is not in this checkout`,
        'Check out with `fetch-depth: 0`. If the commit’s branch was deleted, restore it on its pull request.',
      );
    case 'contains':
      return shut(
        'HOTFIX_WRONG_BASE',
        `${named}, which is live in ${environment}, contains this commit and more`,
        `Start from what is live: git switch -c hotfix/<name> ${commit}`,
      );
    case 'diverged':
      return hotfix === undefined
        ? shut(
            'HOTFIX_WRONG_BASE',
            `the branch does not grow from ${named}, which is live in ${environment}`,
            `Start from what is live and take the fix over: git switch -c hotfix/<name> ${commit} && git cherry-pick <fix>`,
          )
        : shut(
            'HOTFIX_WRONG_BASE',
            `another hotfix, ${named}, is live in ${environment} since, and the branch does not contain it`,
            `Take it in, then push again: git merge ${commit}`,
          );
  }
}

const MOST_NAMED = 5;
const short = (commits: readonly string[]): string =>
  commits
    .slice(0, MOST_NAMED)
    .map((sha) => sha.slice(0, 7))
    .concat(commits.length > MOST_NAMED ? ['…'] : [])
    .join(', ');
