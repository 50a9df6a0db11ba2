import { describeAge } from '../duration.ts';
import { proofOf } from '../ledger.ts';
import { type Digest, shortDigest } from '../release.ts';
import { type GateAnswer, open, shut } from './gate.ts';
import type { Before } from './order.ts';

/**
 * Whether the release stood live and proven in each environment before for long enough. One that another
 * took the place of does not stand there any more, and one that came back begins anew.
 *
 * @param soakMs time that it must have stood there, in milliseconds
 */
export function soakGate(
  digest: Digest | undefined,
  before: readonly Before[],
  soakMs: number,
  now: Date,
): GateAnswer {
  if (soakMs === 0) return open('soak', 'airlock.yml asks for none');
  if (before.length === 0) return open('soak', 'no environment comes before this one');
  const wanted = describeAge(soakMs);
  const standing = before.map(({ environment, entries }) => {
    const proof = digest === undefined ? undefined : proofOf(entries, digest);
    const since = proof?.state === 'succeeded' ? Date.parse(proof.changedAt) : Number.NaN;
    return { environment, since };
  });
  const gone = standing.filter(({ since }) => Number.isNaN(since)).map(({ environment }) => environment);
  if (gone.length > 0) {
    const files = digest === undefined ? 'the release' : `sha256:${shortDigest(digest)}`;
    return shut(
      'soak',
      'NOT_SOAKED',
      `${files} must stand in ${gone.join(', ')} for ${wanted}, and is not what is live and proven there`,
      `Release this build into ${gone.join(', ')} and let it stand there, or go on with the one that does.`,
    );
  }
  const opensAt = Math.max(...standing.map(({ since }) => since)) + soakMs;
  if (opensAt <= now.getTime()) {
    return open('soak', `stood for ${wanted} and more in ${before.map((one) => one.environment).join(', ')}`);
  }
  const left = opensAt - now.getTime();
  return shut(
    'soak',
    'NOT_SOAKED',
    `it must stand in ${before.map((one) => one.environment).join(', ')} for ${wanted}; ${describeAge(left)} are left`,
    `Run this job again from ${new Date(opensAt).toISOString().slice(0, 16)}Z on.`,
    new Date(opensAt),
  );
}
