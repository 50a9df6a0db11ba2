const MARK = Symbol.for('airlock.failure');

/**
 * Something that went wrong, told to the person who has to mend it: a stable code, what happened, and
 * what to do next. Every code stands in the error reference (`docs/errors.md`). Messages must be free of
 * secrets: they are redacted where the failure is made.
 */
export class Failure extends Error {
  /** Providers come in bundles of their own, with their own copy of this class: it is known by its mark. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: a class that extends it asks for itself alone
    if (this !== Failure) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === 'object' && value !== null && MARK in value;
  }

  readonly [MARK] = true;
  readonly code: string;
  /** What the reader should do now, as an instruction. */
  readonly next: string;
  /** File, line and column (1-based) the failure is about, where there is one. */
  readonly at: Location | undefined;
  /** It is of this one deployment: with another one the same may go well. */
  readonly ofDeployment: boolean;
  /** Every single thing that is wrong, where the message sums up several. */
  readonly problems: readonly Problem[];

  constructor(code: string, what: string, next: string, options: FailureOptions = {}) {
    super(what, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Failure';
    this.code = code;
    this.next = next;
    this.at = options.at;
    this.ofDeployment = options.ofDeployment ?? false;
    this.problems = options.problems ?? [];
  }
}

interface FailureOptions {
  readonly cause?: unknown;
  readonly at?: Location;
  readonly ofDeployment?: boolean;
  readonly problems?: readonly Problem[];
}

/** One of several things that are wrong, with its own place. */
export interface Problem {
  readonly at: Location;
  readonly message: string;
}

/** A place in a file of the user's repository. */
export interface Location {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}
