/** Far above what anyone needs. Every environment repeats the common smoke checks, so both are bounded. */
export const MOST_CHECKS = 200;
export const MOST_ENVIRONMENTS = 50;

export const atMost = (most: number) => (record: Readonly<Record<string, unknown>>) =>
  Object.keys(record).length <= most;
