import { readEntries } from '../../src/cycle/ledger-entries.ts';
import { hadOtherFiles } from '../../src/domain/gates/rebuilt.ts';
import type { LedgerEntry } from '../../src/domain/ledger.ts';
import type { Entry, GateWorld } from './world.ts';

/** GitHub runs nothing again that is 30 days old; a day more for clocks. */
const LONGEST_RUN_MS = 31 * 86_400_000;

/**
 * Whether an earlier attempt of this run had other files, here or in an environment before. GitHub tells of an
 * approval for which run it was, and not for which attempt.
 */
export async function wasRebuilt(
  {
    configuration: { app, environments },
    clock,
    event,
    ledger,
  }: Pick<GateWorld, 'configuration' | 'clock' | 'event' | 'ledger'>,
  { environment, digest }: Pick<Entry, 'environment' | 'digest'>,
): Promise<boolean> {
  if (event.run.attempt === 1 || digest === undefined) return false;
  const oldest = clock.now().getTime() - LONGEST_RUN_MS;
  const isOld = ({ openedAt }: LedgerEntry) => Date.parse(openedAt) < oldest;
  const names = environments.map(({ name }) => name);
  const before = names.slice(0, Math.max(0, names.indexOf(environment.name)));
  for (const name of [...before, environment.name]) {
    const entries = await readEntries(
      ledger,
      { app, environment: name },
      (read) => read.some(isOld) || hadOtherFiles(read, event.run.id, digest),
    );
    if (hadOtherFiles(entries, event.run.id, digest)) return true;
  }
  return false;
}
