import { deploy } from '../../../actions/deploy/run.ts';
import { promote } from '../../../actions/promote/run.ts';
import { rollback } from '../../../actions/rollback/run.ts';
import type { Release } from '../../../src/domain/release.ts';
import { type createWorld, eventOfRun } from './world.ts';

type World = ReturnType<typeof createWorld>;
export const signal = new AbortController().signal;

/** The deploy step. */
export const stage = (world: World, of: Release) =>
  deploy({ ...world, release: of, sizes: [], directory: '/nowhere' }, signal);

/** The deploy and promote steps of one run. */
export async function goLive(
  world: World,
  of: Release,
  run = '1',
  verdict = 'pass',
  migrations: unknown = [],
) {
  const here = { ...world, event: eventOfRun(run) };
  const staged = await stage(here as World, of);
  return promoteDeployment(here as World, of, staged.outputs['deployment-id'] ?? '', verdict, migrations);
}

/** The promote step alone. */
export const promoteDeployment = (
  world: World,
  of: Release,
  deployment: string,
  verdict = 'pass',
  migrations: unknown = [],
  hotfix: unknown = null,
  overridden: unknown = [],
) =>
  promote(
    {
      config: '',
      environment: 'production',
      release: '',
      token: '',
      'database-url': '',
      'app-variables': '',
      'deployment-id': deployment,
      digest: of.digest,
      migrations,
      verdict,
      hotfix,
      overridden,
    },
    { ...world, release: of },
    signal,
  );

/** The rollback step, or the rollback workflow of a run of its own. */
export const goBack = (
  world: World,
  given: {
    reason?: string;
    digest?: string;
    to?: string;
    automatic?: boolean;
    migrations?: unknown;
    run?: string;
    app?: string;
    revert?: () => Promise<{ id: string; durationMs: number }[]>;
  } = {},
) =>
  rollback(
    {
      config: '',
      environment: 'production',
      release: '',
      token: '',
      'database-url': '',
      'app-variables': '',
      reason: given.reason ?? 'it broke',
      to: given.to ?? '',
      digest: given.digest ?? '',
      automatic: given.automatic ?? false,
      migrations: given.migrations ?? [],
    },
    {
      ...world,
      app: given.app ?? 'sophie',
      event: eventOfRun(given.run ?? '1'),
      revertSafely: given.revert ?? (async () => []),
    },
    signal,
  );

/** The ledger in short, newest first. */
export const states = async (world: World) =>
  (await world.ledger.entries('production', 100)).map(
    ({ task, state, payload }) => `${task} ${payload.release.version} ${state}`,
  );
