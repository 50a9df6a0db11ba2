import { randomInt } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Upstream } from './upstream.ts';

/** Where one request goes, and the cookie that keeps its client there. */
export interface Route {
  readonly upstream: Upstream;
  readonly cookie?: string;
}

export interface Candidate {
  readonly upstream: Upstream;
  /** Percent of the buckets, 1 to 99. */
  readonly weight: number;
}

const BUCKETS = 100;

/**
 * Spreads an environment's traffic. A client draws a bucket once and keeps it in a cookie; the candidate
 * takes the buckets below its weight, so who has moved to it stays there as the weight grows. A client
 * without cookies draws anew each time and is spread by weight.
 */
export class Router {
  readonly #cookieName: string;
  readonly #ownBucket: RegExp;
  #live: Upstream | undefined;
  #candidate: Candidate | undefined;

  /** @param environment its name: cookies are shared by every port of a host */
  constructor(environment: string) {
    this.#cookieName = bucketCookie(environment);
    this.#ownBucket = new RegExp(`(?:^|;\\s*)${this.#cookieName}=(\\d{1,2})(?:;|$)`);
  }

  /** Everything that comes from now on goes by these. */
  route(live: Upstream | undefined, candidate?: Candidate): void {
    this.#live = live;
    this.#candidate = candidate;
  }

  pick(request: IncomingMessage): Route | undefined {
    if (this.#candidate === undefined || this.#live === undefined) {
      return this.#live && { upstream: this.#live };
    }
    const known = this.#ownBucket.exec(request.headers.cookie ?? '')?.[1];
    const bucket = known === undefined ? randomInt(BUCKETS) : Number(known);
    const upstream = bucket < this.#candidate.weight ? this.#candidate.upstream : this.#live;
    if (known !== undefined) return { upstream };
    return { upstream, cookie: `${this.#cookieName}=${bucket}; Path=/; HttpOnly; SameSite=Lax` };
  }
}

/** Name of the cookie that holds a client's bucket. */
export const bucketCookie = (environment: string): string =>
  `airlock-bucket-${environment.replaceAll(/[^A-Za-z0-9-]/g, '-')}`;
