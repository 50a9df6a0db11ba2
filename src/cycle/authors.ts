import { liveCommit, liveEntry } from '../domain/hotfix/base.ts';
import type { CommitHistory } from '../ports/gatekeeper.ts';
import type { Ledger } from '../ports/ledger.ts';
import { type Place, readEntries } from './ledger-entries.ts';

/**
 * Logins of those who wrote what an environment would get with a commit, beyond what is live there. Of its
 * first release, the newest commit stands for all.
 *
 * @throws Failure where the ledger or a commit in between cannot be read
 */
export async function authorsFor(
  { ledger, gatekeeper }: { readonly ledger: Ledger; readonly gatekeeper: CommitHistory },
  place: Place,
  commit: string,
): Promise<readonly string[]> {
  const entries = await readEntries(ledger, place, (read) => liveEntry(read) !== undefined);
  return gatekeeper.authors(commit, liveCommit(liveEntry(entries)));
}
