import type { OperationId } from './openapi/description.ts';

export interface Fault {
  /** The operation it hits; `graphql` for a query. Any, when left out. */
  readonly match?: OperationId | 'graphql' | ((request: Request) => boolean);
  /**
   * An error status (429 is a secondary rate limit), GraphQL's server error with status 200, a connection
   * cut, or no answer at all.
   */
  readonly answer: 500 | 502 | 503 | 429 | 'broken-query' | 'reset' | 'timeout';
  /** `after`: GitHub did the work, and only its answer was lost. */
  readonly when?: 'before' | 'after';
  /** Seconds in the `retry-after` header of a 429. Default 1. */
  readonly retryAfter?: number;
  /** How many matching requests it hits. Default 1. */
  readonly times?: number;
}

export interface Faults {
  /** Lines up trouble for the next matching request. */
  next(fault: Fault): void;
  /** How many requests were hit so far. */
  readonly hit: number;
}

/** Trouble that waits for its request. */
export function createFaults(): Faults & {
  take(operation: OperationId | 'graphql', request: Request): Fault | undefined;
} {
  const waiting: { fault: Fault; left: number }[] = [];
  let hit = 0;
  return {
    get hit() {
      return hit;
    },
    next(fault) {
      waiting.push({ fault, left: fault.times ?? 1 });
    },
    take(operation, request) {
      const index = waiting.findIndex(({ fault: { match } }) =>
        typeof match === 'function' ? match(request) : match === undefined || match === operation,
      );
      const found = waiting[index];
      if (found === undefined) return undefined;
      found.left -= 1;
      hit += 1;
      if (found.left === 0) waiting.splice(index, 1);
      return found.fault;
    },
  };
}
