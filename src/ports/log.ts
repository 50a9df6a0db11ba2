import type { Location } from '../domain/failure.ts';

/** Where a use case tells a person what it does. Multi-line text is safe: it is never read as a command. */
export interface Log {
  info(message: string): void;
  debug(message: string): void;
  warning(message: string, at?: Location): void;
  error(message: string, at?: Location): void;
  /** Runs `work` with everything it logs folded under `title`. */
  group<T>(title: string, work: () => Promise<T>): Promise<T>;
  /** From now on this value is shown as `***` wherever it would be printed. */
  mask(secret: string): void;
}
