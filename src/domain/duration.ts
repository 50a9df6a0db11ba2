/** Milliseconds for a person: `340 ms`, `12.4 s`, `3 min 5 s`. */
export function describeDuration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${(Math.floor(milliseconds / 100) / 10).toFixed(1)} s`;
  const seconds = Math.floor(milliseconds / 1_000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** A long time for a person, in at most two units, rounded up: `45 s`, `20 min`, `3 h 5 min`, `30 d`. */
export function describeAge(milliseconds: number): string {
  const seconds = Math.max(1, Math.ceil(milliseconds / 1_000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const two = (large: number, small: number, names: readonly [string, string]) =>
    `${large} ${names[0]}${small === 0 ? '' : ` ${small} ${names[1]}`}`;
  if (minutes < 48 * 60) return two(Math.floor(minutes / 60), minutes % 60, ['h', 'min']);
  const hours = Math.ceil(minutes / 60);
  return two(Math.floor(hours / 24), hours % 24, ['d', 'h']);
}
