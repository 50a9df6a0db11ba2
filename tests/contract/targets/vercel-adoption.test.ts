import { afterEach, expect, it } from 'vitest';
import { promote } from '../../../actions/promote/run.ts';
import { rollback } from '../../../actions/rollback/run.ts';
import type { StrategySettings } from '../../../src/domain/configuration.ts';
import { httpProber } from '../../../src/probes/http.ts';
import { createWorld, settings } from '../../unit/cycle/world.ts';
import { NEVER, VercelUnderTest } from './vercel-environment.ts';

let vercel: VercelUnderTest;
afterEach(async () => {
  expect(vercel.fake.problems).toEqual([]);
  await vercel.close();
});

const STEP = { config: '', environment: 'production', release: '', token: '', 'database-url': '' };

it.each<[string, StrategySettings, string]>([
  ['at once', { kind: 'blue-green' }, 'LIVE_CHECKS_FAILED'],
  ['in steps', { kind: 'canary', steps: [10, 100], pauseMs: 1 }, 'CANARY_CHECKS_FAILED'],
])(
  'what a push put live before Airlock came is live again after a bad promote %s',
  async (_how, strategy, reason) => {
    vercel = await VercelUnderTest.open();
    const pushed = await vercel.deployByHand('from a push');
    vercel.fake.promoteByHand(pushed);
    const target = await vercel.connect();
    // Only its version is asked for, and a static page names none.
    const environment = settings({ url: vercel.liveUrl, strategy });
    const checks = environment.smoke.checks.map((check) => ({ ...check, path: '/' }));
    const world = {
      ...createWorld({ ...environment, smoke: { warmUpMs: 0, checks } }),
      target,
      prober: httpProber,
    };
    const request = await vercel.release('1.0.0');
    const { release } = request;
    const { id } = await target.stage(request, NEVER);
    const given = { ...STEP, 'app-variables': '', digest: release.digest, migrations: [] };
    const promoted = await promote(
      { ...given, 'deployment-id': id, verdict: 'pass', hotfix: null, overridden: [] },
      { ...world, release },
      NEVER,
    );
    expect(promoted).toMatchObject({ kind: 'refused', reason });

    const back = await rollback(
      { ...given, automatic: true, reason: 'it broke', to: '' },
      { ...world, app: 'shop', revertSafely: async () => [] },
      NEVER,
    );
    expect(back.outputs).toMatchObject({ 'rolled-back': 'true', 'deployment-id': pushed, undone: '1.0.0' });
    expect((await target.observe()).live).toMatchObject({ id: pushed, weight: 100 });
    expect((await vercel.versionAt(vercel.liveUrl))?.version).toBe('from a push');
  },
);
