import type { Clock } from '../../ports/clock.ts';

/** Where the API is, and who asks. */
export interface VercelAccess {
  /** A secret. Empty when the step has none: the first request says so. */
  readonly token: string;
  /** Id (`team_…`) or slug; absent for a personal account. */
  readonly team: string | undefined;
  /** Base address without a slash at its end. */
  readonly apiUrl: string;
  readonly clock: Clock;
  readonly timeoutMs?: number;
}

/** One question or order. */
export interface VercelRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Path with its version, such as `/v9/projects/prj_1`; parts from outside are encoded by `path`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  /** Refusals that the caller reads himself, by status. */
  readonly expects?: readonly number[];
}

/** A path whose parts cannot leave their place. */
export const path = (parts: TemplateStringsArray, ...values: readonly string[]): string =>
  String.raw({ raw: parts }, ...values.map(encodeURIComponent));
