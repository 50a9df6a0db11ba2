import { local } from './local.ts';
import type { RehearsalTarget } from './rehearsal-target.ts';

/** Every target that can be rehearsed, by its key in airlock.yml. */
export const rehearsalTargets: ReadonlyMap<string, RehearsalTarget> = new Map(
  [local].map((target) => [target.id, target]),
);
