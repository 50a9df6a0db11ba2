import { liveCommit, liveEntry } from '../domain/hotfix/base.ts';
import type { CommitHistory } from '../ports/gatekeeper.ts';
import type { Ledger } from '../ports/ledger.ts';
import { type Place, readEntries } from './ledger-entries.ts';

/**
 * Logins of those who wrote what an environment would get with a commit, beyond what is live there. Of its
 * first release, the newest commit stands for all. May be asked before it is known whether anybody needs it,
 * to go along with what else is asked: then only whoever awaits it learns that it failed.
 *
 * @throws Failure where the ledger or a commit in between cannot be read
 */
export function authorsFor(
  { ledger, gatekeeper }: { readonly ledger: Ledger; readonly gatekeeper: CommitHistory },
  place: Place,
  commit: string,
): Promise<readonly string[]> {
  const live = readEntries(ledger, place, (read) => liveEntry(read) !== undefined).then((entries) =>
    liveCommit(liveEntry(entries)),
  );
  const asked = Promise.all([gatekeeper.authors(commit, live), live]).then(([authors]) => authors);
  asked.catch(() => {});
  return asked;
}
