/** One figure of the product, held to what it must be. */
export interface Figure {
  readonly what: string;
  /** With its unit. */
  readonly measured: string;
  /** As a person says it: `≤ 4×`. */
  readonly target: string;
  /** Absent: it was not measured, or is told and held to nothing. */
  readonly holds?: boolean;
}

/** What the command line of the benchmark asks for. */
export interface BenchOptions {
  /** Whether Vercel's command line is installed and measured beside Airlock. */
  readonly withCli: boolean;
}

/** The middle one of several measurements. */
export const median = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
