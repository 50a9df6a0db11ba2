/** Bytes of files that count together, as they are and compressed one by one. */
export interface BundleSize {
  /** Which files: the glob of a budget, or words. */
  readonly name: string;
  readonly raw: number;
  /** Absent where only the whole was measured. */
  readonly gzip?: number;
  readonly brotli?: number;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** Bytes for a person: `512 B`, `14.2 KiB`, `3.00 MiB`. */
export function describeBytes(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length - 1);
  const value = bytes / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(value < 10 ? 2 : 1)} ${UNITS[power]}`;
}
