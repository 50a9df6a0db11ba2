import { expect } from 'vitest';
import { FEW_STRIKES, killMatrix } from '../../rehearsal/world/kill-matrix.ts';
import { sampled } from '../sample.ts';
import { inTurn } from '../turns.ts';
import { release, scene } from './scene.ts';

const test = inTurn('kill');
// `npm run bench` strikes at many more moments. Two rows side by side, each with a GitHub of its own: a strike may wait for a request there.
const strikes = sampled(FEW_STRIKES, 2);
const worlds = [scene(), scene()];

test('killed at any step, a release leaves one whole release live and a true ledger, and its rerun ends well', async () => {
  const reports = await Promise.all(
    worlds.map(async (world, index) => {
      const caller = await world.open({ environments: ['production'] });
      await release(caller, '1.0.0');
      const own = strikes.filter((_, place) => place % worlds.length === index);
      return killMatrix(caller, world.github, own);
    }),
  );
  const killed = reports.reduce((sum, report) => sum + report.killed, 0);
  const consistent = reports.reduce((sum, report) => sum + report.consistent, 0);
  console.log(`Killed ${killed} steps; consistent after ${consistent}.`);
  expect(reports.flatMap(({ troubles }) => troubles)).toEqual([]);
  expect(consistent).toBe(strikes.length);
});
