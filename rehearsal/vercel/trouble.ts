import type { BuildEnd } from './progress.ts';

/** What goes wrong with one promote or rollback. */
export interface AliasTrouble {
  /** How its job ends. Default `succeeded`. */
  readonly outcome?: 'failed' | 'skipped';
  /** Which of the production domains a job moves that fails, by their places; none when left out. */
  readonly moves?: readonly number[];
  /** How wrong the clock is that writes `requestedAt`, in milliseconds. */
  readonly skew?: number;
  /** How many looks at the project still see the request before this one. */
  readonly stale?: number;
  /** How many looks after its success still see the old deployment on the production domains. */
  readonly lag?: number;
}

/** What goes wrong when visitors reach a deployment: the app's own doing, as seen from outside. */
export interface VisitTrouble {
  /** Deployments it concerns; the environment is `production`, `preview` or a custom one's slug. */
  readonly concerns: (deployment: { readonly id: string; readonly environment: string }) => boolean;
  /** Through the door of a domain only, not at the deployment's own address. */
  readonly atDomains?: boolean;
  /** The one path it concerns; every path when left out. */
  readonly path?: string;
  /** Answered by this status instead of the app. */
  readonly status?: number;
  /** Milliseconds before the answer. */
  readonly delay?: number;
}

/** Trouble inside Vercel, in the order it was lined up. */
export interface Trouble {
  /** How the next builds end. */
  readonly builds: BuildEnd[];
  readonly aliasing: AliasTrouble[];
  /** What visitors meet, for as long as it runs. */
  readonly visits: VisitTrouble[];
  /** How many answers about a rolling release come without `activeStage`. */
  hiddenStages: number;
  /** How many looks at the production domains still see the old deployment after a rolling release has ended. */
  releaseLag: number;
}
