import { local } from './local.ts';
import type { RehearsalTarget } from './rehearsal-target.ts';
import { vercel } from './vercel.ts';

/** Every target that can be rehearsed, by its key in airlock.yml. */
export const rehearsalTargets: ReadonlyMap<string, RehearsalTarget> = new Map(
  [local, vercel].map((target) => [target.id, target]),
);
