import { describeAge } from '../duration.ts';
import { type LedgerEntry, proofOf } from '../ledger.ts';
import { type Digest, shortDigest } from '../release.ts';
import { type GateAnswer, open, shut } from './gate.ts';

/** What the ledger says of an environment that comes before. */
export interface Before {
  readonly environment: string;
  /** Newest first. */
  readonly entries: readonly LedgerEntry[];
}

/**
 * Whether this digest went through each environment that comes before, and not too long ago: what it was
 * proven against changes too.
 *
 * @param digest absent while the release is not built
 * @param freshMs longest age of a proof, in milliseconds
 */
export function orderGate(
  digest: Digest | undefined,
  before: readonly Before[],
  freshMs: number,
  now: Date,
): GateAnswer {
  if (before.length === 0) return open('order', 'no environment comes before this one');
  const names = before.map(({ environment }) => environment).join(', ');
  if (digest === undefined) {
    return shut(
      'order',
      'NOT_PROVEN',
      `the release is not built, so it is not proven in ${names}`,
      `Its own run takes it through ${names} first.`,
    );
  }
  const files = `sha256:${shortDigest(digest)}`;
  const proofs = before.map(({ environment, entries }) => ({ environment, proof: proofOf(entries, digest) }));
  const missing = proofs.filter(({ proof }) => proof === undefined);
  if (missing.length > 0) {
    const places = missing.map(({ environment }) => environment).join(', ');
    return shut(
      'order',
      'NOT_PROVEN',
      `${files} did not go live with passing checks in ${places}, or was found bad there since`,
      `Release this build into ${places} first.`,
    );
  }
  const old = proofs.flatMap(({ environment, proof }) => {
    const age = proof === undefined ? Number.NaN : now.getTime() - Date.parse(provenAt(proof));
    // A time that cannot be read is no young one.
    return age <= freshMs ? [] : [{ environment, age }];
  });
  const [first] = old;
  if (first === undefined) return open('order', `${files} is proven in ${names}`);
  const places = old.map(({ environment }) => environment).join(', ');
  return shut(
    'order',
    'PROOF_TOO_OLD',
    `${files} passed in ${first.environment} ${describeAge(first.age)} ago; here it counts for ${describeAge(freshMs)}`,
    `Release this build into ${places} once more.`,
  );
}

/** When a proof was given. When a superseded one passed is not known any more: its opening stands for that. */
const provenAt = ({ state, changedAt, openedAt }: LedgerEntry): string =>
  state === 'succeeded' ? changedAt : openedAt;
