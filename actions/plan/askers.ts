import { askersOf } from '../../src/domain/holds.ts';
import type { GateWorld } from './gates.ts';

/**
 * Who asked for this run by a comment: GitHub says that an app started it. Nobody for a run that a person
 * started.
 */
export async function readAskers(
  { configuration: { app }, event, holds }: Pick<GateWorld, 'configuration' | 'event' | 'holds'>,
  commit: string,
): Promise<readonly string[]> {
  if (event.name !== 'workflow_dispatch' || !event.actor.endsWith('[bot]')) return [];
  return askersOf((await holds.read()).controls, { app, commit });
}
