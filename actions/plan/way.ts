import { Failure } from '../../src/domain/failure.ts';
import type { Route } from '../../src/domain/route.ts';
import type { Trust } from '../../src/domain/trust.ts';
import type { ProcessRunner } from '../../src/ports/process.ts';
import type { Inputs } from '../../src/runner/contract.ts';
import type { AheadWorld } from './ahead.ts';
import type { contract } from './contract.ts';
import type { HotfixEntry } from './world.ts';

export type PlanInputs = Inputs<typeof contract>;

/** The ledger, the holds, the calendars and GitHub's own gates are asked only for an environment's gates. */
export interface PlanWorld extends AheadWorld {
  readonly processes: ProcessRunner;
  /** Names of the app's own variables that are set. */
  readonly configured: readonly string[];
  /** Absolute path of the checkout. */
  readonly workspace: string;
}

/** How far a run may go that nobody refused, and which way. */
export interface Way {
  readonly trust: Exclude<Trust, { kind: 'refused' }>;
  readonly route: Route;
  readonly hotfix: HotfixEntry | undefined;
}

/**
 * @param what what is read with it, as the subject of a sentence
 * @throws Failure TOKEN_MISSING
 */
export function requireToken({ token }: PlanInputs, what: string): void {
  if (token !== '') return;
  throw new Failure(
    'TOKEN_MISSING',
    `${what} cannot be read without a token.`,
    'Leave `token` out of `with:` for the job’s own, and give the job `actions: read` and `deployments: read`.',
  );
}
