import type { BuildEnd } from './state.ts';

/** What goes wrong with one promote or rollback. */
export interface AliasTrouble {
  /** How its job ends. Default `succeeded`. */
  readonly outcome?: 'failed' | 'skipped';
  /** How wrong the clock is that writes `requestedAt`, in milliseconds. */
  readonly skew?: number;
  /** How many looks at the project still see the request before this one. */
  readonly stale?: number;
  /** How many looks after its success still see the old deployment on the production domains. */
  readonly lag?: number;
}

/** Trouble inside Vercel, in the order it was lined up. */
export interface Trouble {
  /** How the next builds end. */
  readonly builds: BuildEnd[];
  readonly aliasing: AliasTrouble[];
  /** How many answers about a rolling release come without `activeStage`. */
  hiddenStages: number;
}
