import type { AliasTrouble, Trouble, VisitTrouble } from './trouble.ts';

export interface Fault {
  /** The operation it hits, as Vercel's SDK calls it, or a pattern for `METHOD /path`. Any, when left out. */
  readonly match?: string | RegExp | ((request: Request) => boolean);
  /**
   * An error status (409: it is the current one already, whatever is under way beside it), a connection cut, no answer at all, an answer that breaks off in its middle, or one
   * that takes its time.
   */
  readonly answer: 500 | 502 | 503 | 429 | 409 | 'reset' | 'timeout' | 'truncated' | 'slow';
  /** `after`: Vercel did the work, and only its answer was lost. `truncated` and `slow` always do the work. */
  readonly when?: 'before' | 'after';
  /** How many matching requests pass before it hits. Default 0. */
  readonly skip?: number;
  /** How many matching requests it hits. Default 1. */
  readonly times?: number;
  /** Seconds in the `retry-after` header of a 429 or 503. Default 1. */
  readonly retryAfter?: number;
  /** Whether a 429 says when it ends by `x-ratelimit-reset` alone. */
  readonly resetOnly?: boolean;
  /** Milliseconds that a slow answer takes. Default 1000. */
  readonly delay?: number;
}

/** How a build ends that does not end well. */
export interface BuildFault {
  readonly state: 'ERROR' | 'CANCELED';
  /** Default BUILD_FAILED. */
  readonly code?: string;
  readonly message?: string;
  readonly logs?: readonly string[];
}

export interface Faults {
  /** Lines up trouble for the next matching request. */
  next(fault: Fault): void;
  /** Lets the build of the next deployment fail. */
  build(fault: BuildFault): void;
  /** Trouble with the next promote or rollback. */
  alias(trouble: AliasTrouble): void;
  /** From now on visitors meet this. */
  visit(trouble: VisitTrouble): void;
  /** Domains lag so many looks behind the end of a rolling release. */
  lagBehindRelease(looks: number): void;
  /** Leaves `activeStage` out of the next answers about a rolling release. */
  hideActiveStage(times: number): void;
  /** How many requests were hit so far; those `after` their work once it was done. */
  readonly hit: number;
}

/** Trouble that waits for its request. */
export function createFaults(
  trouble: Trouble,
): Faults & { take(operation: string, request: Request): Fault | undefined; strike(): void } {
  const waiting: { fault: Fault; skip: number; left: number }[] = [];
  let hit = 0;
  return {
    get hit() {
      return hit;
    },
    next(fault) {
      waiting.push({ fault, skip: fault.skip ?? 0, left: fault.times ?? 1 });
    },
    build({ state, code = 'BUILD_FAILED', message = 'Command "build" exited with 1', logs = [message] }) {
      trouble.builds.push({ state, code, message, logs });
    },
    alias(one) {
      trouble.aliasing.push(one);
    },
    visit(one) {
      trouble.visits.push(one);
    },
    lagBehindRelease(looks) {
      trouble.releaseLag = looks;
    },
    hideActiveStage(times) {
      trouble.hiddenStages += times;
    },
    take(operation, request) {
      for (const [index, one] of waiting.entries()) {
        if (!matches(one.fault, operation, request)) continue;
        if (one.skip > 0) {
          one.skip -= 1;
          continue;
        }
        one.left -= 1;
        if (one.left === 0) waiting.splice(index, 1);
        return one.fault;
      }
      return undefined;
    },
    strike() {
      hit += 1;
    },
  };
}

function matches({ match }: Fault, operation: string, request: Request): boolean {
  if (match === undefined || match === operation) return true;
  if (typeof match === 'function') return match(request);
  return match instanceof RegExp && match.test(`${request.method} ${new URL(request.url).pathname}`);
}
