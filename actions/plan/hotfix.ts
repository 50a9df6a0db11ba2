import { readEntries } from '../../src/cycle/ledger-entries.ts';
import type { Configuration } from '../../src/domain/configuration.ts';
import type { HotfixAnswer } from '../../src/domain/hotfix/answer.ts';
import { backMergeAnswer, obligations } from '../../src/domain/hotfix/back-merge.ts';
import { baseAnswer, liveEntry } from '../../src/domain/hotfix/base.ts';
import { rulesAnswer, sizeAnswer } from '../../src/domain/hotfix/change.ts';
import type { HotfixRecord } from '../../src/domain/hotfix/settings.ts';
import { skippedBy } from '../../src/domain/hotfix/way.ts';
import { isActivation } from '../../src/domain/ledger.ts';
import type { Ledger } from '../../src/ports/ledger.ts';
import { type Repository, relationTo } from './history.ts';
import { broughtAlong, changeBetween, findHotfix } from './hotfix-history.ts';

export interface HotfixWorld {
  readonly configuration: Pick<Configuration, 'app' | 'environments' | 'hotfix'>;
  readonly ledger: Ledger;
  readonly repository: Repository;
}

export interface HotfixReading {
  readonly base: HotfixAnswer;
  /** Absent where the base is not open: there is nothing to compare the branch with. */
  readonly size?: HotfixAnswer;
  readonly rules?: HotfixAnswer;
  /** What the ledger will keep of it; absent as the two above are. */
  readonly record?: HotfixRecord;
}

export interface HotfixBranch {
  readonly branch: string;
  readonly commit: string;
  /** Name of the default branch. */
  readonly main: string;
  /** Path of airlock.yml in the repository. */
  readonly config: string;
}

/**
 * Holds a hotfix branch to what is live in production, the last environment of airlock.yml.
 *
 * @throws Failure HISTORY_SHALLOW, GIT_FAILED, DEFAULT_BRANCH_MISSING, and what the ledger throws: what cannot be read is no yes
 */
export async function readHotfix(
  { configuration, ledger, repository }: HotfixWorld,
  { branch, commit, main, config }: HotfixBranch,
): Promise<HotfixReading> {
  const place = productionOf(configuration);
  const entries = await readEntries(ledger, place, (read) => liveEntry(read) !== undefined);
  const live = liveEntry(entries);
  const liveCommit = live?.payload.release.commit;
  const standing = liveCommit === undefined ? 'unknown' : await relationTo(repository, commit, liveCommit);
  const along =
    liveCommit !== undefined && standing === 'contained'
      ? await broughtAlong(repository, { main, live: liveCommit, commit })
      : [];
  const base = baseAnswer(place.environment, live, standing, along);
  if (base.state !== 'open' || liveCommit === undefined) return { base };
  // Run again once it is live, it is held to what it grew from and not to itself.
  const grownFrom = live?.payload.hotfix && standing === 'same' ? live.payload.hotfix.base : liveCommit;
  const change = await changeBetween(repository, grownFrom, commit);
  return {
    base,
    size: sizeAnswer(change, configuration.hotfix.most),
    rules: rulesAnswer(change, config),
    record: { branch, base: grownFrom, skipped: skippedBy(configuration) },
  };
}

/**
 * Whether a normal release brings every hotfix with it that production had.
 *
 * @throws Failure HISTORY_SHALLOW, GIT_FAILED, and what the ledger throws
 */
export async function readBackMerge(
  { configuration, ledger, repository }: HotfixWorld,
  commit: string,
): Promise<HotfixAnswer> {
  const entries = await readEntries(ledger, productionOf(configuration), (read) =>
    // What went live before a normal release was in it.
    read.some((entry) => isActivation(entry) && entry.task === 'promote' && !entry.payload.hotfix),
  );
  const found = [];
  for (const obligation of obligations(entries))
    found.push({ obligation, finding: await findHotfix(repository, commit, obligation) });
  return backMergeAnswer(found);
}

const productionOf = ({ app, environments }: HotfixWorld['configuration']) => ({
  app,
  environment: environments.at(-1)?.name ?? '',
});
