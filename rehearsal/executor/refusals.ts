import { Failure } from '../../src/domain/failure.ts';

/** Collects everything this executor does not do, so that a file is refused once and by every name. */
export class Refusals {
  readonly #found: string[] = [];

  /** @param what names the key or action, @param at the file and line it stands on */
  add(what: string, at: string): void {
    this.#found.push(`${at}: ${what}`);
  }

  /** Throws EXECUTOR_UNSUPPORTED with every name when there is one. */
  check(): void {
    if (this.#found.length === 0) return;
    throw new Failure(
      'EXECUTOR_UNSUPPORTED',
      `The rehearsal executor cannot run this workflow:\n${this.#found.map((line) => `  ${line}`).join('\n')}`,
      'Take these out of the rehearsed workflow, or run it on GitHub.',
    );
  }
}

/** A workflow that GitHub would not start: the run ends at once and no job runs. */
export class StartupFailure extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StartupFailure';
  }
}
