/** Time as the fake tells it. Tests move it instead of sleeping. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Moves time forward, in milliseconds. */
  advance(milliseconds: number): void;
}

export function createClock(base: () => number = Date.now): Clock {
  let ahead = 0;
  return {
    now: () => base() + ahead,
    advance(milliseconds) {
      ahead += milliseconds;
    },
  };
}
