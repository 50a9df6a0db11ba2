/** Where a piece of Vercel's work stands that takes several looks to finish. */
export type Phase = 'waiting' | 'working' | 'done';

/** How many looks at it a piece of work takes: 0 is done at once, 2 shows each phase once. */
export interface Pace {
  readonly build: number;
  readonly alias: number;
}

/** What the look after `looks` earlier ones sees. */
export function phaseAt(looks: number, needed: number): Phase {
  if (looks >= needed) return 'done';
  return looks * 2 < needed ? 'waiting' : 'working';
}

/** How a build ends, and what it says on the way. */
export interface BuildEnd {
  readonly state: 'READY' | 'ERROR' | 'CANCELED';
  readonly code?: string;
  readonly message?: string;
  readonly logs: readonly string[];
}

export type JobStatus = 'pending' | 'in-progress' | 'succeeded' | 'failed' | 'skipped';

/** One promote or rollback: Vercel's `lastAliasRequest`. */
export interface AliasJob {
  readonly type: 'promote' | 'rollback';
  readonly from: string | null;
  readonly to: string;
  /** The canary of the rolling release that a rollback ends. */
  readonly fromCanary?: string;
  /** Milliseconds since 1970, by a clock that may be wrong. */
  readonly requestedAt: number;
  /** How it will end. */
  readonly outcome: 'succeeded' | 'failed' | 'skipped';
  /** Places of the domains that it moves although it fails. */
  readonly moves?: readonly number[];
  status: JobStatus;
  looks: number;
}

export const underWay = (job: AliasJob | undefined): job is AliasJob =>
  job?.status === 'pending' || job?.status === 'in-progress';

/**
 * One more look at a job.
 *
 * @returns whether this look is the one that saw it succeed: now the aliases move
 */
export function lookAtJob(job: AliasJob, needed: number): boolean {
  if (!underWay(job)) return false;
  const phase = phaseAt(job.looks, needed);
  job.looks += 1;
  job.status = phase === 'waiting' ? 'pending' : phase === 'working' ? 'in-progress' : job.outcome;
  return phase === 'done' && job.outcome === 'succeeded';
}
