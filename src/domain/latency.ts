/**
 * The nearest-rank percentile: the smallest sample that at least `percent` of all samples do not exceed.
 * Always one of the samples, never a value between two; with fewer than 20 samples the 95th is the largest.
 *
 * @param samples in any order; at least one
 * @param percent above 0, at most 100
 */
export function percentile(samples: readonly number[], percent: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  // Multiplied first: 0.95 × 20 is a little more than 19 in binary and would skip a rank.
  const rank = Math.ceil((percent * sorted.length) / 100);
  const value = sorted[rank - 1];
  if (value === undefined) throw new RangeError(`no ${percent}th percentile of ${samples.length} samples`);
  return value;
}
