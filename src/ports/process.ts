/** Runs programs of the machine. Arguments are a list: no shell reads them unless the program is one. */
export interface ProcessRunner {
  /** Runs a program to its end. Throws `Failure` PROGRAM_MISSING when it is not on this machine. */
  run(command: string, args: readonly string[], options?: RunOptions): Promise<ProcessResult>;
}

export interface RunOptions {
  readonly cwd?: string;
  /** Added to the environment of this process; `undefined` takes a variable away. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Called with each chunk of output as it comes; without it nothing is shown. */
  readonly onOutput?: (chunk: string) => void;
  /** After this many milliseconds the process group is ended. */
  readonly timeoutMs?: number;
  /** When it is aborted the process group is ended, and the run rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Bytes kept of each kind of output, the last ones; 1 MiB where nothing is said. */
  readonly outputLimit?: number;
}

export interface ProcessResult {
  /** Exit code; 128 + n for an end by signal n, as a shell says it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}
