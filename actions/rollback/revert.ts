import { Failure } from '../../src/domain/failure.ts';
import { cell, code } from '../../src/domain/markdown.ts';
import type { Inputs } from '../../src/runner/contract.ts';
import type { contract } from './contract.ts';
import type { RollbackWorld } from './world.ts';

/**
 * Reverts the run's migrations after the app is back, unless airlock.yml or their safety forbids it.
 *
 * @returns what was reverted, and a line for the summary
 */
export async function revert(
  inputs: Pick<Inputs<typeof contract>, 'migrations'>,
  world: Pick<RollbackWorld, 'environment' | 'log' | 'revertSafely'>,
  signal: AbortSignal,
): Promise<{ ids: readonly string[]; line: string }> {
  const ids = Array.isArray(inputs.migrations)
    ? inputs.migrations.filter((id) => typeof id === 'string')
    : [];
  if (ids.length === 0) return { ids: [], line: '' };
  const kept = `Migrations stay applied (${ids.map(code).join(', ')}); the release before them runs with them`;
  if (world.environment.rollback.migrations === 'never')
    return { ids: [], line: `${kept}, as airlock.yml says.` };
  try {
    const changes = await world.revertSafely(ids, signal);
    return {
      ids: changes.map(({ id }) => id),
      line: `Migrations reverted: ${changes.map(({ id }) => code(id)).join(', ') || 'none'}.`,
    };
  } catch (error) {
    if (signal.aborted || !(error instanceof Failure)) throw error;
    // The app is back and an expanded schema serves both releases: a revert that is not safe is left undone.
    world.log.warning(`${error.message} ${error.next}`);
    return { ids: [], line: `${kept}: ${cell(error.message)}` };
  }
}
