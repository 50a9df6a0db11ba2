/** Runs programs of the machine. Arguments are a list: no shell reads them unless the program is one. */
export interface ProcessRunner {
  run(command: string, args: readonly string[], options?: RunOptions): Promise<ProcessResult>;
}

export interface RunOptions {
  readonly cwd?: string;
  /** Added to the environment of this process. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Called with each chunk of output as it comes; without it nothing is shown. */
  readonly onOutput?: (chunk: string) => void;
  /** After this many milliseconds the process group is ended. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface ProcessResult {
  /** Exit code; 128 + n for an end by signal n, as a shell says it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}
