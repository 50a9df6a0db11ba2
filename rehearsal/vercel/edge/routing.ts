import { createHash } from 'node:crypto';
import { canaryShare, type RollingRelease } from '../rolling-release.ts';

/** A visitor's place in a rolling release: the cookie `<canary>|<bucket>[|forced]`. */
export interface Bucket {
  readonly canary: string;
  /** 0 to 1: up to the canary's share, the canary answers. */
  readonly at: number;
  readonly forced: boolean;
}

/** The cookie's name, of the project's id. */
export const cookieName = (project: string): string =>
  `_vcrr_${createHash('sha1').update(project).digest('hex').slice(0, 16)}`;

/** The bucket of a visitor: as the address asks, as their cookie says, or by lot. */
export function bucketOf(
  release: RollingRelease,
  query: URLSearchParams,
  cookie: string | undefined,
  lot: () => number,
): Bucket {
  if (query.get('vcrrForceCanary') === 'true') return { canary: release.canary, at: 0, forced: true };
  if (query.get('vcrrForceStable') === 'true') return { canary: release.canary, at: 1, forced: true };
  const [canary, at, forced] = decodeURIComponent(cookie ?? '').split('|');
  // A cookie of an earlier rollout is drawn again, also a forced one.
  if (canary === release.canary && at !== undefined && at !== '' && Number(at) >= 0 && Number(at) <= 1)
    return { canary, at: Number(at), forced: forced === 'forced' };
  return { canary: release.canary, at: lot(), forced: false };
}

export const showBucket = ({ canary, at, forced }: Bucket): string =>
  encodeURIComponent(`${canary}|${at}${forced ? '|forced' : ''}`);

/** Who answers this visitor. A share of 0 is reached by force alone. */
export function choose(release: RollingRelease, bucket: Bucket, now: number): string {
  const share = canaryShare(release, now);
  const reaches = bucket.forced ? bucket.at <= share : bucket.at < share;
  return reaches ? release.canary : release.base;
}
