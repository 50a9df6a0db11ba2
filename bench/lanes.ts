import { playLane } from '../rehearsal/world/lane-schedules.ts';
import type { Figure } from './figure.ts';

const SCHEDULES = 20_000;
const FIRST_SEED = 1_000_000;

/** Two holders, a stranded lane, or one that was closed over its living owner: in none of many schedules. */
export async function lanes(): Promise<Figure[]> {
  let [held, killed, broken] = [0, 0, 0];
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SCHEDULES; seed += 1) {
    const played = await playLane(seed);
    held += played.held;
    killed += played.killed;
    if (played.violations.length === 0) continue;
    broken += 1;
    console.error(`Seed ${seed}: ${played.violations.join('; ')}.`);
  }
  return [
    {
      what: `${SCHEDULES} seeded schedules of the lane (held ${held} times, ${killed} steps killed): violations`,
      measured: `${broken}`,
      target: '0',
      holds: broken === 0 && held > SCHEDULES && killed > SCHEDULES,
    },
  ];
}
